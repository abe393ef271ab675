package conformance

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/internal/server"
)

// filled is the path of a route for a target. A variable that names nothing of
// it is a word of the path that is taken in any case.
func filled(template string, at target) string {
	return strings.NewReplacer("{id}", string(at.order.ID), "{orderId}", at.order.Number, "{endpoint}", at.endpoint, "{delivery}", at.delivery,
		"{line}", "1", "{event}", "1", "{attempt}", "1", "{", "", "}", "").Replace(template)
}

// bareTemplate takes the patterns out of the variables of a path.
func bareTemplate(template string) string {
	var b strings.Builder
	depth, pattern := 0, false
	for _, r := range template {
		switch {
		case r == '{':
			if depth++; depth > 1 {
				continue
			}
		case r == '}':
			if depth--; depth > 0 {
				continue
			}
			pattern = false
		case r == ':' && depth == 1:
			pattern = true
		}
		if !pattern {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// routesOf reads what a dialect registers.
func routesOf(t *testing.T, d server.Dialect) (all []string) {
	t.Helper()
	r := mux.NewRouter()
	d.Register(r)
	check(t, r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if err != nil {
			return err
		}
		methods, err := route.GetMethods()
		if err != nil {
			return err
		}
		for _, method := range methods {
			all = append(all, method+" "+bareTemplate(path))
		}
		return nil
	}))
	slices.Sort(all)
	return slices.Compact(all)
}

// TestEveryDialectIsListed wants every dialect and the e-mail channel mounted here,
// and each by which orders come among the clients.
func TestEveryDialectIsListed(t *testing.T) {
	folders, err := os.ReadDir("..")
	check(t, err)
	names := []string{"email"}
	var mounted, listed []string
	for _, f := range folders {
		if f.IsDir() && f.Name() != "conformance" && f.Name() != "dialecttest" {
			names = append(names, f.Name())
		}
	}
	slices.Sort(names)
	for _, d := range newWorld(t, t.TempDir()).dialects {
		mounted = append(mounted, d.Name())
	}
	for _, d := range clients() {
		listed = append(listed, d.name)
	}
	slices.Sort(mounted)
	if diff := cmp.Diff(names, mounted); diff != "" {
		t.Errorf("mounted here (-folders +mounted):\n%s", diff)
	}
	listed = append(listed, "email") // it answers orders, and brings none
	slices.Sort(listed)
	if diff := cmp.Diff(names, listed); diff != "" {
		t.Errorf("listed here (-folders +clients):\n%s", diff)
	}
}

// TestEveryRouteIsInTheMatrix wants an operation in the matrix for every route of every
// dialect that is mounted, and for none besides.
func TestEveryRouteIsInTheMatrix(t *testing.T) {
	w := newWorld(t, t.TempDir())
	for _, d := range w.dialects {
		var tried []string
		for _, op := range matrices()[d.Name()].operations {
			tried = append(tried, op.route)
		}
		slices.Sort(tried)
		if diff := cmp.Diff(routesOf(t, d), slices.Compact(tried)); diff != "" {
			t.Errorf("%s (-registered +tried):\n%s", d.Name(), diff)
		}
	}
}

// TestEveryFieldIsInTheMatrix wants an operation in the matrix for every
// field of Query and Mutation on every route, as introspection lists them.
func TestEveryFieldIsInTheMatrix(t *testing.T) {
	w := newWorld(t, t.TempDir())
	a := w.harkAsk(w.key(sender, hark.Source, auth.ModeLive), `{ __schema { queryType { fields { name } } mutationType { fields { name } } } }`, nil)
	var listed struct {
		Data struct {
			Schema struct {
				QueryType, MutationType struct{ Fields []struct{ Name string } }
			} `json:"__schema"`
		}
	}
	check(t, json.Unmarshal([]byte(w.want(a, http.StatusOK).body), &listed))
	var names []string
	for _, f := range slices.Concat(listed.Data.Schema.QueryType.Fields, listed.Data.Schema.MutationType.Fields) {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	tried := map[string][]string{}
	for _, op := range harkMatrix().operations {
		tried[op.route] = append(tried[op.route], op.name)
	}
	for route, got := range tried {
		slices.Sort(got)
		if diff := cmp.Diff(names, got); diff != "" || len(names) == 0 {
			t.Errorf("%s (-introspected +tried):\n%s", route, diff)
		}
	}
}
