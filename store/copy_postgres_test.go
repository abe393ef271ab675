//go:build all

package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/internal/postgrestest"
	"github.com/bookgate/bookgate/order"
)

// TestDryRunWritesNothing checks all and leaves the target as it was.
func TestDryRunWritesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, from string) {
		want := prepared(t, from)
		dir := filepath.Join(t.TempDir(), "missing")
		c, err := Copy(t.Context(), from, dir, CopyOptions{DryRun: true})
		if err != nil || c.Written || len(c.Tables) != len(want) {
			t.Fatalf("%+v, %v", c, err)
		}
		for _, table := range c.Tables {
			if table.From != want[table.Name] {
				t.Errorf("%s is %v, want %v", table.Name, table.From, want[table.Name])
			}
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the folder was made: %v", err)
		}
		empty := postgrestest.Schema(t)
		if _, err := Copy(t.Context(), from, empty, CopyOptions{DryRun: true}); err != nil {
			t.Fatal(err)
		}
		e, _, err := sqldb.EngineFor(empty, sqldb.EngineOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		err = e.Snapshot(t.Context(), func(ctx context.Context, c *sqldb.Conn) error {
			if v, err := e.SchemaVersion(ctx, c); err != nil || v != 0 {
				t.Errorf("schema %d was made, %v", v, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestPlacesThatAreNoStores(t *testing.T) {
	sound := t.TempDir()
	prepared(t, sound)
	foreignDir := t.TempDir()
	other(t, foreignDir, "CREATE TABLE theirs (a)")
	foreignDB := postgrestest.Schema(t)
	run(t, foreignDB, "CREATE TABLE theirs (a int)")
	empty := t.TempDir()
	for from, want := range map[string]struct{ code, words string }{
		"":                                     {"store-address", "empty"},
		"sqlite:":                              {"store-address", "empty"},
		"mysql://root:hemmelig@db/orders":      {"store-address", "under mysql:"},
		"postgre://root:hemmelig@db/orders":    {"store-address", "under postgre:"},
		"sqlite:http://x":                      {"store-address", "under http:"},
		"sqlite://server/share":                {"store-address", "a folder of this machine"},
		filepath.Join(sound, sqldb.FileName):   {"store-address", "is a file"},
		"postgres://root:hemmelig@/x?port=abc": {"store-open", "cannot be read"},
		filepath.Join(empty, "nowhere"):        {"store-missing", "There is no store"},
		empty:                                  {"store-missing", "There is no store"},
		postgrestest.Schema(t):                 {"store-missing", "There is no store"},
		foreignDir:                             {"store-foreign", "another program"},
		foreignDB:                              {"store-foreign", "another program"},
		sound:                                  {"store-address", "Both sides"},
	} {
		to := filepath.Join(empty, "made")
		if from == sound {
			to = "sqlite:" + sound
		}
		_, err := Copy(t.Context(), from, to, CopyOptions{})
		wantRefusal(t, err, order.Invalid, want.code, want.words)
		if strings.Contains(fmt.Sprint(err), "hemmelig") {
			t.Errorf("%q: the password is repeated: %v", from, err)
		}
		if from != sound && want.code != "store-missing" {
			_, err := Copy(t.Context(), sound, from, CopyOptions{})
			wantRefusal(t, err, order.Invalid, want.code, want.words)
		}
	}
	for name := range bytesOf(t, empty) {
		t.Errorf("%s was made", name)
	}
	_, err := Copy(t.Context(), sound, "postgres://u@127.0.0.1:1/x", CopyOptions{})
	wantRefusal(t, err, order.Unavailable, "store-open", "127.0.0.1:1")
}
