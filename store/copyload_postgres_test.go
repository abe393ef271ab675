//go:build all

package store

import (
	"testing"

	"github.com/bookgate/bookgate/internal/postgrestest"
)

// TestAnyHistoryIsCopiedThroughPostgres takes few histories, as each needs a
// schema of its own, and brings them back.
func TestAnyHistoryIsCopiedThroughPostgres(t *testing.T) {
	const some = 6
	for seed := range some {
		post, back := postgrestest.Schema(t), t.TempDir()
		want := copyHistory(t, histories().Example(seed), post)
		if _, err := Copy(t.Context(), post, back, CopyOptions{}); err != nil {
			t.Fatal(err)
		}
		holds(t, back, want)
	}
}

// TestCopyThroughPgBouncer goes there and back in its transaction mode.
func TestCopyThroughPgBouncer(t *testing.T) {
	from, back := t.TempDir(), t.TempDir()
	post := bouncer(t, postgrestest.Database(t)) + "&default_query_exec_mode=exec"
	want := prepared(t, from)
	for _, way := range [][2]string{{from, post}, {post, back}} {
		if _, err := Copy(t.Context(), way[0], way[1], CopyOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	holds(t, back, want)
}
