//go:build all

package interop

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"
)

// devices is a gateway with a key of the sender's for device orders, which the
// receiver delivers.
type devices struct {
	*gateway
	key string
}

func startDevices(t *testing.T, args ...string) devices {
	t.Helper()
	g := start(t, args...)
	if out, err := g.Admin("route", "default", "--sender", "7045", "--seller", "900877"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := g.Admin("key", "add", "--party", "7045", "--dialect", "hark", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var key map[string]any
	if err := json.Unmarshal(out, &key); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	secret, _ := key["key"].(string)
	if secret == "" {
		t.Fatalf("no key in %s", out)
	}
	return devices{g, secret}
}

// env are the settings of a script; path is where its client is pointed.
func (d devices) env(path string) map[string]string {
	return map[string]string{"URL": d.Base + path, "KEY": d.key}
}

// TestGraphQLAudit passes every check of graphql-http's audit, what must be as
// well as what may be.
func TestGraphQLAudit(t *testing.T) {
	t.Parallel()
	d := startDevices(t)
	for _, path := range []string{"/graphql", "/", "/hark"} {
		var results []struct{ ID, Name, Status, Reason string }
		node(t, "graphql-audit.mjs", d.env(path), &results)
		for _, r := range results {
			if r.Status != "ok" {
				t.Errorf("%s: %s %s: %s %s", path, r.ID, r.Name, r.Status, r.Reason)
			}
		}
		if len(results) != 61 {
			t.Errorf("%s: the audit has %d checks, want 61", path, len(results))
		}
	}
}

// TestGraphQLSchema has graphql-js 16 and 17 build and print the schema from the
// introspection: it is the one in the repository.
func TestGraphQLSchema(t *testing.T) {
	t.Parallel()
	d := startDevices(t)
	sdl, err := filepath.Abs("../dialect/hark/graph/schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	env := d.env("/graphql")
	env["SDL"] = sdl
	var results map[string]struct {
		Errors, Other              []any
		Printed, PrintedPlain      bool
		Directives, WantDirectives []string
	}
	node(t, "graphql-schema.mjs", env, &results)
	if len(results) != 2 {
		t.Fatalf("%d editions answered", len(results))
	}
	for name, r := range results {
		if len(r.Errors) > 0 || !r.Printed || !r.PrintedPlain || len(r.Other) > 0 {
			t.Errorf("%s: errors %v, printed %t and %t, types that are other than graphql-js has them: %v", name, r.Errors, r.Printed, r.PrintedPlain, r.Other)
		}
		if !slices.Equal(r.Directives, r.WantDirectives) {
			t.Errorf("%s: directives %v, want %v", name, r.Directives, r.WantDirectives)
		}
	}
}

// refusedCall is how graphql-request shows a request that was refused.
type refusedCall struct {
	Status int
	Codes  []string
	Data   any
}

// TestGraphQLRequest has graphql-request order, read, cancel and send lists of
// requests; what it refuses orders nothing.
func TestGraphQLRequest(t *testing.T) {
	t.Parallel()
	d := startDevices(t)
	for _, path := range []string{"/graphql", "/"} {
		var r struct {
			Ordered, Cancelled                   string
			Batch                                []string
			Before, AfterHalf, AfterWrong, ByGet int
			Half, Wrong, Two, NoKey              refusedCall
		}
		node(t, "graphql-request.mjs", d.env(path), &r)
		if r.Ordered != "ORDERED" || r.Cancelled != "CANCELLED" || !slices.Equal(r.Batch, []string{"__typename", "ordersForUser", "orderDevice"}) {
			t.Errorf("%s: %+v", path, r)
		}
		// Of a list the member that fits is ordered, and the other one is not.
		if r.Before != 2 || r.AfterHalf != 3 || r.AfterWrong != 3 || r.ByGet != 3 {
			t.Errorf("%s: %d orders, %d after half a list, %d after what was refused, %d by GET", path, r.Before, r.AfterHalf, r.AfterWrong, r.ByGet)
		}
		for name, call := range map[string]refusedCall{"wrong": r.Wrong, "two": r.Two} {
			if call.Status != 400 || !slices.Equal(call.Codes, []string{"BAD_USER_INPUT"}) || call.Data != nil {
				t.Errorf("%s, %s: %+v", path, name, call)
			}
		}
		if r.NoKey.Status != 401 || !slices.Equal(r.NoKey.Codes, []string{"UNAUTHENTICATED"}) {
			t.Errorf("%s without a key: %+v", path, r.NoKey)
		}
	}
}

// TestURQL has @urql/core order, read and cancel as it comes, which is by GET
// for queries, and with its persisted queries.
func TestURQL(t *testing.T) {
	t.Parallel()
	d := startDevices(t)
	for _, path := range []string{"/", "/graphql"} {
		var results map[string]struct {
			Errors, Wrong, Sent        []string
			Status, Cancelled, Network string
			Orders, Again              int
		}
		node(t, "graphql-urql.mjs", d.env(path), &results)
		if len(results) != 4 {
			t.Errorf("%s: %d ways were tried", path, len(results))
		}
		for name, r := range results {
			if len(r.Errors) > 0 || r.Status != "ORDERED" || r.Orders != 1 || r.Again != 1 || r.Cancelled != "CANCELLED" || r.Network != "" ||
				!slices.Equal(r.Wrong, []string{"BAD_USER_INPUT"}) {
				t.Errorf("%s, %s: %+v", path, name, r)
			}
			if gets := slices.Contains(r.Sent, "GET 200"); gets != (name == "plain" || name == "persisted") {
				t.Errorf("%s, %s sent %v", path, name, r.Sent)
			}
		}
	}
}

// TestApollo has @apollo/client order, read and cancel over each of its links.
func TestApollo(t *testing.T) {
	t.Parallel()
	d := startDevices(t)
	for _, path := range []string{"/", "/graphql"} {
		var results map[string]struct {
			Status, Root, Cancelled string
			Orders, After           int
			Wrong, Sent             []string
		}
		node(t, "graphql-apollo.mjs", d.env(path), &results)
		if len(results) != 5 {
			t.Errorf("%s: %d links were tried", path, len(results))
		}
		for name, r := range results {
			if r.Status != "ORDERED" || r.Orders != 1 || r.After != 1 || r.Root != "Query" || r.Cancelled != "CANCELLED" || !slices.Equal(r.Wrong, []string{"BAD_USER_INPUT"}) {
				t.Errorf("%s, %s: %+v", path, name, r)
			}
		}
	}
}

// TestGraphQLCodegen has graphql-codegen write a client's types from the
// introspection.
func TestGraphQLCodegen(t *testing.T) {
	t.Parallel()
	d := startDevices(t)
	var r struct {
		Files int
		Has   []string
	}
	node(t, "graphql-codegen.mjs", d.env("/graphql"), &r)
	if r.Files != 1 || len(r.Has) != 4 {
		t.Errorf("%+v", r)
	}
}

// TestGraphQLDifferential puts random requests to bookgate and to graphql-js:
// bookgate refuses what graphql-js finds fault with, and nothing else. Another
// seed makes other requests.
func TestGraphQLDifferential(t *testing.T) {
	t.Parallel()
	d := startDevices(t)
	sdl, err := filepath.Abs("../dialect/hark/graph/schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	env := d.env("/graphql")
	env["SDL"], env["SEED"], env["ROUNDS"] = sdl, "1", "40"
	var r struct {
		Requests, Refused, Differences int
		Differ                         []any
	}
	node(t, "graphql-differential.mjs", env, &r)
	if r.Differences > 0 || r.Refused < r.Requests/4 || r.Refused > r.Requests*9/10 {
		t.Errorf("seed %s: of %d requests %d are refused; %d other than by graphql-js, as %v", env["SEED"], r.Requests, r.Refused, r.Differences, r.Differ)
	}
}
