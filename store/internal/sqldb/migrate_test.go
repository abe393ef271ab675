package sqldb

import (
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
