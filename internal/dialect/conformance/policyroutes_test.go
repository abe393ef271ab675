package conformance

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/internal/server/metrics"
)

// eavesdropper is a dialect without routes that is handed the table of all.
type eavesdropper struct{ table *mux.Router }

func (e *eavesdropper) Name() string           { return "eavesdropper" }
func (e *eavesdropper) Register(r *mux.Router) { e.table = r }

// TestPolicyHasEveryRoute wants a line of the policy for every route of the
// server's table, and none besides.
func TestPolicyHasEveryRoute(t *testing.T) {
	w := newWorld(t, t.TempDir())
	table := &eavesdropper{}
	server.New(server.Config{Public: public, Dialects: append(slices.Clone(w.dialects), table)})
	registered := map[string]bool{"GET " + metrics.Path: true} // on a listener of its own
	check(t, table.table.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if err != nil {
			return err
		}
		methods, err := route.GetMethods()
		for _, method := range methods {
			registered[method+" "+bareTemplate(path)] = true
		}
		return err
	}))
	said := map[string]bool{}
	for _, r := range readPolicy(t).routes {
		said[r.template()] = true
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(registered)), slices.Sorted(maps.Keys(said))); diff != "" {
		t.Errorf("the policy (-registered +said):\n%s", diff)
	}
}

// TestPolicyHasEveryField wants a line for every field of Query and Mutation on
// every route of GraphQL, and for every list or order within what they answer, as
// introspection has them.
func TestPolicyHasEveryField(t *testing.T) {
	w := newWorld(t, t.TempDir())
	a := w.harkAsk(w.key(sender, hark.Source, auth.ModeLive),
		`{ __schema { queryType { name } mutationType { name } `+
			`types { name kind `+
			`fields { name type { name kind ofType { name kind ofType { name kind ofType { name kind } } } } } } } }`, nil)
	type ref struct {
		Name, Kind string
		OfType     *ref
	}
	var answer struct {
		Data struct {
			Schema struct {
				QueryType, MutationType struct{ Name string }
				Types                   []struct {
					Name   string
					Fields []struct {
						Name string
						Type ref
					}
				}
			} `json:"__schema"`
		}
	}
	check(t, json.Unmarshal([]byte(w.want(a, http.StatusOK).body), &answer))
	type field struct{ name, of string }
	types := map[string][]field{}
	for _, of := range answer.Data.Schema.Types {
		for _, f := range of.Fields {
			inner := &f.Type
			for inner.OfType != nil {
				inner = inner.OfType
			}
			types[of.Name] = append(types[of.Name], field{f.Name, inner.Name})
		}
	}
	var want []string
	for _, root := range []string{answer.Data.Schema.QueryType.Name, answer.Data.Schema.MutationType.Name} {
		for _, f := range types[root] {
			want = append(want, f.name)
			for _, inner := range types[f.of] {
				if inner.of == "DeviceOrder" {
					want = append(want, f.name+"."+inner.name)
				}
			}
		}
	}
	slices.Sort(want)
	said := map[string][]string{}
	for _, r := range readPolicy(t).routes {
		if r.field != "" {
			said[r.template()] = append(said[r.template()], r.field)
		}
	}
	for route, got := range said {
		slices.Sort(got)
		if diff := cmp.Diff(want, slices.Compact(got)); diff != "" || len(want) < 4 {
			t.Errorf("%s (-schema +said):\n%s", route, diff)
		}
	}
	if len(said) != 8 {
		t.Errorf("%d routes of GraphQL", len(said))
	}
}

// TestPolicyIsWhole wants everything that the policy names to be made by the
// tests, and everything that they make to be named by it.
func TestPolicyIsWhole(t *testing.T) {
	c := newCells(t)
	for _, kind := range c.policy.kinds() {
		var names []string
		for _, o := range c.policy.objectsOf(kind) {
			names = append(names, o.name)
		}
		slices.Sort(names)
		if diff := cmp.Diff(slices.Sorted(maps.Keys(c.make[kind])), names); diff != "" {
			t.Errorf("objects of the kind %s (-made +named):\n%s", kind, diff)
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(c.make)), c.policy.kinds()); diff != "" {
		t.Errorf("kinds (-made +named):\n%s", diff)
	}
	sent, used := map[string]bool{}, map[string]bool{}
	surfaces := map[string]bool{}
	for _, r := range c.policy.routes {
		surfaces[r.surface] = true
		if used[r.kind] = true; len(c.policy.objectsOf(r.kind)) == 0 {
			t.Errorf("line %d: no object of the kind %s", r.line, r.kind)
		}
		if sent[r.body] = true; r.body != "" && bodies()[r.body] == nil {
			t.Errorf("line %d: there is no body %s", r.line, r.body)
		}
		for name := range r.outcomes {
			if !c.known(r, name) {
				t.Errorf("line %d: %s is neither a standing, an object nor a credential", r.line, name)
			}
		}
	}
	for name := range bodies() {
		if !sent[name] {
			t.Errorf("no route sends %s", name)
		}
	}
	for _, kind := range c.policy.kinds() {
		if !used[kind] {
			t.Errorf("no route has an object of the kind %s", kind)
		}
	}
	for surface := range surfaces {
		if len(c.policy.credentialsOf(surface)) == 0 {
			t.Errorf("the surface %s has no credentials", surface)
		}
		var names []string
		for _, cred := range c.policy.credentialsOf(surface) {
			if names = append(names, cred.name); c.show[surface][cred.name] == nil {
				t.Errorf("there is no credential %s of %s", cred.name, surface)
			}
		}
		for name := range c.show[surface] {
			if bystanding := strings.HasSuffix(name, "bystander"); !bystanding && !slices.Contains(names, name) {
				t.Errorf("the policy does not say what %s of %s may do", name, surface)
			}
		}
	}
}

// known reports whether the name of an outcome means something for a route.
func (c *cells) known(r routeRule, name string) bool {
	if credential, ok := strings.CutPrefix(name, "@"); ok {
		return c.show[r.surface][credential] != nil
	}
	object, standing, both := strings.Cut(name, ".")
	standings := map[string]bool{outside: true, "any": true}
	for _, o := range c.policy.objectsOf(r.kind) {
		for _, s := range o.standing {
			standings[s] = true
		}
	}
	if both {
		return c.make[r.kind][object] != nil && standings[standing]
	}
	return standings[name] || c.make[r.kind][name] != nil
}
