package sqldb

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bookgate/bookgate/store/migrations"
)

func TestStepsAreNumberedWithoutHoles(t *testing.T) {
	file := &fstest.MapFile{Data: []byte("SELECT 1")}
	for _, files := range []fstest.MapFS{
		{"s/0002_b.sql": file}, {"s/0001_a.sql": file, "s/0003_c.sql": file}, {"s/0001_a.sql": file, "s/0001_b.sql": file}, {"s/first.sql": file},
	} {
		if steps, err := readSteps(files, "s"); err == nil {
			t.Errorf("%v were taken", steps)
		}
	}
	if steps, err := readSteps(migrations.SQLite, "sqlite"); err != nil || len(steps) == 0 {
		t.Errorf("%d steps, %v", len(steps), err)
	}
}

// TestEnginesHaveOneSchema holds what a backup between engines rests on: the
// same number means the same tables.
func TestEnginesHaveOneSchema(t *testing.T) {
	lite, post := mustSteps(migrations.SQLite, "sqlite"), mustSteps(migrations.Postgres, "postgres")
	for i := range max(len(lite), len(post)) {
		if i >= len(lite) || i >= len(post) || lite[i].Name != post[i].Name {
			t.Errorf("step %d is not the same in both engines", i+1)
		}
	}
}

func TestDigestOfAStepIsOfItsText(t *testing.T) {
	text := Step{SQL: "SELECT 1;\nSELECT 2;\n"}.Digest()
	if windows := (Step{SQL: "SELECT 1;\r\nSELECT 2;\r\n"}).Digest(); windows != text {
		t.Error("the line ends of another checkout count")
	}
	for _, edited := range []string{"SELECT 1;\nSELECT 2;", "SELECT 1;\nSELECT  2;\n", "SELECT 1;\nselect 2;\n",
		"SELECT 1;\nSELECT 2; -- \n", ""} {
		if (Step{SQL: edited}).Digest() == text {
			t.Errorf("%q counts as the same text", edited)
		}
	}
}

// TestStepsAreNotEdited compares the steps with steps.sum: what was applied
// anywhere is followed by another step, and never edited.
func TestStepsAreNotEdited(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "migrations", "steps.sum"))
	if err != nil {
		t.Fatal(err)
	}
	var now strings.Builder
	for name, steps := range map[string][]Step{
		"postgres": mustSteps(migrations.Postgres, "postgres"), "sqlite": mustSteps(migrations.SQLite, "sqlite"),
	} {
		for _, s := range steps {
			line := fmt.Sprintf("%s/%s %x\n", name, s.Name, s.Digest())
			now.WriteString(line)
			if !strings.Contains(string(text), line) {
				t.Errorf("store/migrations/steps.sum does not have this line. If the step is new, add it; "+
					"if it was edited, undo that and add another step:\n%s", line)
			}
		}
	}
	if strings.Count(now.String(), "\n") != strings.Count(string(text), "\n") {
		t.Errorf("steps.sum has other steps than the program, which has\n%s", &now)
	}
}
