//go:build all

package store

import (
	"maps"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/postgrestest"
	"github.com/bookgate/bookgate/order"
)

// TestCutUpgradeLeavesWholeSteps ends the session of an upgrade in PostgreSQL,
// at any instant of the step.
func TestCutUpgradeLeavesWholeSteps(t *testing.T) {
	t.Parallel()
	where := postgrestest.Schema(t)
	oldStore(t, where, 300)
	e := engineOf(t, where)
	tables := columnsOf(t, e)
	before := digestsOf(t, e, tables)
	good := e.Steps[1].SQL
	cut := 0
	for n := range 20 {
		// The step ends its own session, behind more and more of its statements.
		parts := strings.SplitAfter(good, ";\n")
		at := n * len(parts) / 20
		for strings.Count(strings.Join(parts[:at], ""), "$$")%2 == 1 { // not inside the body of a function
			at++
		}
		e.Steps[1].SQL = strings.Join(parts[:at], "") + "SELECT pg_terminate_backend(pg_backend_pid());" + strings.Join(parts[at:], "")
		if _, err := upgrade(t, e); err == nil {
			t.Fatalf("cut %d was survived", n)
		} else if order.KindOf(err) == order.Unavailable {
			cut++
		}
		if have, err := e.InspectSchema(t.Context()); err != nil || have != 1 {
			t.Fatalf("cut %d left schema %d, %v", n, have, err)
		}
		if got := digestsOf(t, e, columnsOf(t, e)); !maps.Equal(got, before) {
			t.Fatalf("cut %d left %v, want %v", n, got, before)
		}
	}
	if cut == 0 {
		t.Error("no session was cut in the middle of a step")
	}
	openIn(t, where, Options{Upgrade: true})
	if got := digestsOf(t, e, tables); !maps.Equal(got, before) {
		t.Errorf("after the upgrade %v, want %v", got, before)
	}
}
