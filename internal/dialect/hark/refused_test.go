package hark

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/order"
)

// node is a place in the input of a field at the root: a leaf or an object.
type node struct {
	field string // orderDevice
	path  []string
	typ   *ast.Type
}

// inputNodes lists every place of an input that the schema has.
func inputNodes(schema *ast.Schema, root *ast.Definition) (nodes []node) {
	var walk func(field string, path []string, t *ast.Type)
	walk = func(field string, path []string, t *ast.Type) {
		nodes = append(nodes, node{field, path, t})
		if def := schema.Types[t.NamedType]; def.Kind == ast.InputObject {
			for _, f := range def.Fields {
				walk(field, append(slices.Clone(path), f.Name), f.Type)
			}
		}
	}
	for _, f := range root.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		walk(f.Name, nil, f.Arguments.ForName("input").Type)
	}
	return nodes
}

// written is a value as JSON has it and as a document has it.
type written struct{ json, literal string }

// wrongFor lists the values that do not fit a type, of every kind there is.
func wrongFor(schema *ast.Schema, t *ast.Type) []written {
	same := func(text string) written { return written{text, text} }
	wrong := []written{same("7"), same("0"), same("2.5"), same("1e300"), same("2147483648"), same("-9223372036854775809"), same("true"), same("false"),
		same(`[["x"]]`), same("[7]"), same("[]"), {`["x","y"]`, `["x","y"]`}, {`{"nope":1}`, "{nope: 1}"}}
	if t.NonNull {
		wrong = append(wrong, same("null"))
	}
	switch def := schema.Types[t.NamedType]; def.Kind {
	case ast.Enum:
		for _, v := range def.EnumValues {
			wrong = append(wrong, written{strconv.Quote(strings.ToLower(v.Name)), strings.ToLower(v.Name)}, written{strconv.Quote(" " + v.Name), strconv.Quote(v.Name)},
				written{`["` + v.Name + `"]`, "[" + v.Name + "]"})
		}
		wrong = append(wrong, written{`""`, `""`}, written{`"NOPE"`, "NOPE"}, same("{}"))
	case ast.InputObject:
		wrong = append(wrong, same(`"x"`), same("{}"), written{`"NOPE"`, "NOPE"})
	default:
		wrong = append(wrong, written{`["x"]`, `["x"]`}, written{`{"nope":"x"}`, "NOPE"}, same("{}"))
	}
	return wrong
}

// goodFor is an input of a field at the root that is taken.
func goodFor(t *testing.T, field string) map[string]any {
	t.Helper()
	switch field {
	case "orderDevice":
		return input(nil)["i"].(map[string]any)
	case "ordersForUser":
		return map[string]any{"externalUserId": "user_1"}
	}
	return map[string]any{"orderId": "order_1"}
}

// put sets the value at a path of an input.
func put(in map[string]any, path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	at := in
	for _, name := range path[:len(path)-1] {
		at = at[name].(map[string]any)
	}
	at[path[len(path)-1]] = value
	return in
}

// literalOf writes a value of JSON as a document has it; raw texts stay as they
// are.
func literalOf(schema *ast.Schema, t *ast.Type, value any) string {
	switch v := value.(type) {
	case raw:
		return string(v)
	case map[string]any:
		var members []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			members = append(members, name+": "+literalOf(schema, schema.Types[t.NamedType].Fields.ForName(name).Type, v[name]))
		}
		return "{" + strings.Join(members, ", ") + "}"
	case string:
		if schema.Types[t.NamedType].Kind == ast.Enum {
			return v
		}
		return strconv.Quote(v)
	case nil:
		return "null"
	}
	panic(fmt.Sprintf("%T is not in an input", value))
}

// raw is a literal as it stands, and as JSON likewise.
type raw string

func (r raw) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// foreignWords are those of the language and the libraries that this is written
// in, which no client shall read.
var foreignWords = regexp.MustCompile(`(?i)float64|int64|interface ?\{|unmarshal|json:|reflect|map\[|\[\]any|nil\b|panic|runtime|gqlparser|gqlgen|goroutine|strconv|OPERATION_RESOLUTION|%!`)

// orders counts what the sender has ordered.
func (w *world) orders() int64 {
	w.T.Helper()
	_, n, err := w.Exchange.Find(w.T.Context(), order.FindQuery{Sender: strom, Source: Source, Limit: 1})
	check(w.T, err)
	return n
}

// wantRefused sends a request that must be refused as a whole: it has errors with
// a code and a place in the document, no data, and orders nothing.
func (w *world) wantRefused(name, query string, variables any) answer {
	w.T.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	check(w.T, err)
	a := w.send(http.MethodPost, "/", body, keyHeader, w.Keys["good"], "Content-Type", "application/json")
	if a.status != 200 || len(a.Errors) == 0 || strings.Contains(a.raw, `"data"`) {
		w.T.Errorf("%s: %d %s\n%s", name, a.status, a.raw, body)
	}
	for _, e := range a.Errors {
		if code := e.Extensions.Code; code != codeInput && code != codeValidation && code != codeParse {
			w.T.Errorf("%s: code %s\n%s", name, code, a.raw)
		}
		if len(e.Locations) == 0 || e.Locations[0].Line < 1 || e.Locations[0].Line > strings.Count(query, "\n")+1 || e.Locations[0].Column < 1 {
			w.T.Errorf("%s: no place in the document: %s", name, a.raw)
		}
	}
	if word := foreignWords.FindString(a.raw); word != "" {
		w.T.Errorf("%s: the word %q: %s", name, word, a.raw)
	}
	if n := w.orders(); n != 0 {
		w.T.Fatalf("%s: %d orders of a request that was refused\n%s\n%s", name, n, body, a.raw)
	}
	return a
}

// TestNothingIsOrderedByWhatIsRefused puts every wrong kind of value into every
// place of every input that the schema has, behind an order that is good: in a
// variable of the whole input, in a variable of the place alone, and as it is
// written in the document. Nothing is ordered.
func TestNothingIsOrderedByWhatIsRefused(t *testing.T) {
	w := newWorld(t)
	schema := loadSchema()
	good := literalOf(schema, schema.Mutation.Fields.ForName("orderDevice").Arguments[0].Type, goodFor(t, "orderDevice"))
	tried := 0
	for _, root := range []*ast.Definition{schema.Mutation, schema.Query} {
		first, keyword := "a: orderDevice(input: "+good+") { order { orderId } }\n", "mutation"
		if root == schema.Query {
			first, keyword = "", "query"
		}
		for _, n := range inputNodes(schema, root) {
			whole := root.Fields.ForName(n.field).Arguments[0].Type
			second := func(input string) string { return "b: " + n.field + "(input: " + input + ") { __typename }" }
			for _, bad := range fulltest.Cases(wrongFor(schema, n.typ), 4) {
				name := fmt.Sprintf("%s %s = %s", n.field, strings.Join(n.path, "."), bad.json)
				inVariable := put(goodFor(t, n.field), n.path, raw(bad.json))
				w.wantRefused(name+" in a variable", fmt.Sprintf("%s($b: %s) {\n%s%s }", keyword, whole, first, second("$b")), map[string]any{"b": inVariable})
				inPlace := put(goodFor(t, n.field), n.path, raw("$b"))
				a := w.wantRefused(name+" in a variable of its own", fmt.Sprintf("%s($b: %s) {\n%s%s }", keyword, n.typ, first, second(literalOf(schema, whole, inPlace))), map[string]any{"b": raw(bad.json)})
				if len(a.Errors) > 0 && (!strings.Contains(a.Errors[0].Message, "$b") || fmt.Sprint(a.Errors[0].Path) != "[b]") {
					t.Errorf("%s names neither variable nor field: %s", name, a.raw)
				}
				inDocument := put(goodFor(t, n.field), n.path, raw(bad.literal))
				w.wantRefused(name+" in the document", fmt.Sprintf("%s {\n%s%s }", keyword, first, second(literalOf(schema, whole, inDocument))), nil)
				tried += 3
			}
			if def := schema.Types[n.typ.NamedType]; def.Kind == ast.InputObject {
				for _, f := range def.Fields {
					if !f.Type.NonNull {
						continue
					}
					without := goodFor(t, n.field)
					at := without
					for _, name := range n.path {
						at = at[name].(map[string]any)
					}
					delete(at, f.Name)
					a := w.wantRefused(f.Name+" left out", fmt.Sprintf("%s($b: %s) {\n%s%s }", keyword, whole, first, second("$b")), map[string]any{"b": without})
					if !strings.Contains(a.raw, f.Name) {
						t.Errorf("%s is not named: %s", f.Name, a.raw)
					}
					w.wantRefused(f.Name+" left out of the document", fmt.Sprintf("%s {\n%s%s }", keyword, first, second(literalOf(schema, whole, without))), nil)
				}
			}
		}
	}
	if tried < fulltest.Rounds(250, 1000) {
		t.Errorf("%d requests were tried", tried)
	}
}

// TestRefusedInEveryForm refuses what does not fit wherever a document hides it.
func TestRefusedInEveryForm(t *testing.T) {
	w := newWorld(t)
	schema := loadSchema()
	good := literalOf(schema, schema.Mutation.Fields.ForName("orderDevice").Arguments[0].Type, goodFor(t, "orderDevice"))
	bad := strings.Replace(good, "HAN_LTEM", "han_ltem", 1)
	place := func(alias, in string) string {
		return alias + ": orderDevice(input: " + in + ") { order { orderId } } "
	}
	wrong := map[string]any{"b": input(func(in, _, _ map[string]any) { in["type"] = "han_ltem" })["i"]}
	for name, c := range map[string]struct {
		query     string
		variables any
	}{
		"in a fragment":                  {"mutation($b: OrderDeviceInput!) { " + place("a", good) + "...F } fragment F on Mutation { " + place("b", "$b") + "}", wrong},
		"in a fragment of a fragment":    {"mutation($b: OrderDeviceInput!) { " + place("a", good) + "...F } fragment F on Mutation { ...G } fragment G on Mutation { " + place("b", "$b") + "}", wrong},
		"in an inline fragment":          {"mutation($b: OrderDeviceInput!) { " + place("a", good) + "... on Mutation { " + place("b", "$b") + "} }", wrong},
		"behind @include":                {"mutation($b: OrderDeviceInput!) { " + place("a", good) + "... @include(if: true) { " + place("b", "$b") + "} }", wrong},
		"behind @skip":                   {"mutation($b: OrderDeviceInput!) { " + place("a", good) + "... @skip(if: true) { " + place("b", "$b") + "} }", wrong},
		"literal in a fragment":          {"mutation { " + place("a", good) + "...F } fragment F on Mutation { " + place("b", bad) + "}", nil},
		"literal that is skipped":        {"mutation { " + place("a", good) + strings.Replace(place("b", strings.Replace(good, "PERSONAL", "{}", 1)), ") {", ") @skip(if: true) {", 1) + "}", nil},
		"{} for an enum in a fragment":   {"mutation($s: Boolean!) { " + place("a", good) + "...F @skip(if: $s) } fragment F on Mutation { " + place("b", strings.Replace(good, "PERSONAL", "{}", 1)) + "}", map[string]any{"s": true}},
		"literal in another operation":   {"mutation A { " + place("a", good) + "} mutation B { " + place("b", bad) + "}", nil},
		"before the good one":            {"mutation($b: OrderDeviceInput!) { " + place("b", "$b") + place("a", good) + "}", wrong},
		"in a list":                      {"mutation($b: [OrderDeviceInput!]!) { " + place("a", good) + place("b", "$b") + "}", map[string]any{"b": []any{input(nil)["i"]}}},
		"@skip of a text":                {"mutation($s: Boolean!) { " + place("a", good) + "__typename @skip(if: $s) }", map[string]any{"s": "true"}},
		"@skip of a number":              {"mutation($s: Boolean!) { " + place("a", good) + "__typename @skip(if: $s) }", map[string]any{"s": 1}},
		"@skip of nothing":               {"mutation($s: Boolean!) { " + place("a", good) + "__typename @skip(if: $s) }", nil},
		"@skip of a default set to null": {"mutation($s: Boolean = true) { " + place("a", good) + "__typename @skip(if: $s) }", map[string]any{"s": nil}},
		"default set to null":            {"mutation($id: String = \"x\") { " + place("a", good) + "b: cancelOrder(input: {orderId: $id}) { orderId } }", map[string]any{"id": nil}},
		"default of the wrong kind":      {"mutation($id: String = 7) { " + place("a", good) + "b: cancelOrder(input: {orderId: $id}) { orderId } }", map[string]any{"id": "x"}},
		"variable not declared":          {"mutation { " + place("a", good) + place("b", "$b") + "}", wrong},
		"variable not used":              {"mutation($b: OrderDeviceInput!) { " + place("a", good) + "}", wrong},
		"variable twice":                 {"mutation($b: OrderDeviceInput!, $b: OrderDeviceInput!) { " + place("a", good) + place("b", "$b") + "}", wrong},
		"variable of an output type":     {"mutation($b: DeviceOrder) { " + place("a", good) + place("b", "$b") + "}", wrong},
		"variable of no type":            {"mutation($b: Nope) { " + place("a", good) + place("b", "$b") + "}", wrong},
		"variable that may be null":      {"mutation($b: OrderDeviceInput) { " + place("a", good) + place("b", "$b") + "}", wrong},
		"variable that is missing":       {"mutation($b: OrderDeviceInput!) { " + place("a", good) + place("b", "$b") + "}", map[string]any{"B": 1}},
		"member twice":                   {"mutation { " + place("a", good) + "b: cancelOrder(input: {orderId: \"a\", orderId: \"b\"}) { orderId } }", nil},
		"argument twice":                 {"mutation { " + place("a", good) + "b: cancelOrder(input: {orderId: \"a\"}, input: {orderId: \"a\"}) { orderId } }", nil},
		"argument that is not there":     {"mutation { " + place("a", good) + "b: cancelOrder(input: {orderId: \"a\"}, force: true) { orderId } }", nil},
		"field that is not there":        {"mutation { " + place("a", good) + "b: cancelOrder(input: {orderId: \"a\"}) { nope } }", nil},
		"directive that is not there":    {"mutation { " + place("a", good) + "b: cancelOrder(input: {orderId: \"a\"}) @nope { orderId } }", nil},
		"@defer":                         {"mutation { " + place("a", good) + "... @defer { b: __typename } }", nil},
		"fragment that is not there":     {"mutation { " + place("a", good) + "...F }", nil},
		"fragment not used":              {"mutation { " + place("a", good) + "} fragment F on Mutation { __typename }", nil},
		"syntax at the end":              {"mutation { " + place("a", good) + "} }", nil},
		"type definition":                {"mutation { " + place("a", good) + "} type X { a: String }", nil},
		"whole number as Int":            {"mutation($n: Int) { " + place("a", good) + "b: cancelOrder(input: {orderId: $n}) { orderId } }", map[string]any{"n": 7}},
	} {
		w.wantRefused(name, c.query, c.variables)
	}
}

// TestOperationName picks the operation that is named; without a name, or with
// another one, nothing runs.
func TestOperationName(t *testing.T) {
	w := newWorld(t)
	const query = `mutation A($i: OrderDeviceInput!) { orderDevice(input: $i) { order { orderId } } } query B { __typename }`
	for _, name := range []any{nil, "", "C", "a"} {
		body, err := json.Marshal(map[string]any{"query": query, "operationName": name, "variables": input(nil)})
		check(t, err)
		a := w.send(http.MethodPost, "/", body, keyHeader, w.Keys["good"])
		if a.code() != codeOperation || a.Data != nil || w.orders() != 0 {
			t.Errorf("%v: %s", name, a.raw)
		}
	}
	body, err := json.Marshal(map[string]any{"query": query, "operationName": "B"})
	check(t, err)
	if a := w.send(http.MethodPost, "/", body, keyHeader, w.Keys["good"]); string(a.Data["__typename"]) != `"Query"` || w.orders() != 0 {
		t.Errorf("B: %s", a.raw)
	}
	body, err = json.Marshal(map[string]any{"query": query, "operationName": "A", "variables": input(nil)})
	check(t, err)
	if a := w.send(http.MethodPost, "/", body, keyHeader, w.Keys["good"]); a.code() != "" || w.orders() != 1 {
		t.Errorf("A: %s", a.raw)
	}
}

// TestLaterFailureHidesNothing refuses the second of two orders by its content:
// the first stands in the answer, and the hint speaks of the second alone.
func TestLaterFailureHidesNothing(t *testing.T) {
	w := newWorld(t)
	two := map[string]any{"a": input(nil)["i"], "b": input(func(_, recipient, _ map[string]any) { recipient["phoneNumber"] = "123" })["i"]}
	a := w.ask("good", `mutation($a: OrderDeviceInput!, $b: OrderDeviceInput!) {
  a: orderDevice(input: $a) { order { orderId } }
  b: orderDevice(input: $b) { order { orderId } }
  c: cancelOrder(input: {orderId: "nope"}) { orderId }
}`, two)
	var placed struct{ Order orderAnswer }
	check(t, json.Unmarshal(a.Data["a"], &placed))
	if placed.Order.OrderID == "" || string(a.Data["b"]) != "null" || string(a.Data["c"]) != "null" || len(a.Errors) != 2 || w.orders() != 1 {
		t.Fatalf("%s", a.raw)
	}
	for i, want := range []struct {
		path, code string
		line       int
	}{{"b", codeInput, 3}, {"c", codeNotFound, 4}} {
		e := a.Errors[i]
		if fmt.Sprint(e.Path) != "["+want.path+"]" || e.Extensions.Code != want.code || len(e.Locations) != 1 || e.Locations[0] != (location{want.line, 3}) {
			t.Errorf("%+v", e)
		}
		if strings.Contains(strings.ToLower(e.Extensions.Hint), "nothing was") {
			t.Errorf("the hint speaks of more than %s: %s", want.path, e.Extensions.Hint)
		}
	}
}

// TestOrderedOnce executes once what a document asks for several times under one
// name, and what it skips not at all.
func TestOrderedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		query string
		want  int64
	}{
		"one alias twice":   {"mutation($i: OrderDeviceInput!) { a: orderDevice(input: $i) { order { orderId } } a: orderDevice(input: $i) { order { type } } }", 1},
		"a fragment twice":  {"mutation($i: OrderDeviceInput!) { ...F ...F } fragment F on Mutation { orderDevice(input: $i) { order { orderId } } }", 1},
		"inline and plain":  {"mutation($i: OrderDeviceInput!) { ... { orderDevice(input: $i) { __typename } } orderDevice(input: $i) { order { orderId } } }", 1},
		"skipped":           {"mutation($i: OrderDeviceInput!, $s: Boolean = true) { orderDevice(input: $i) @skip(if: $s) { order { orderId } } __typename }", 0},
		"not included":      {"mutation($i: OrderDeviceInput!) { ... @include(if: false) { orderDevice(input: $i) { order { orderId } } } }", 0},
		"both directives":   {"mutation($i: OrderDeviceInput!) { orderDevice(input: $i) @include(if: true) @skip(if: true) { order { orderId } } }", 0},
		"two aliases":       {"mutation($i: OrderDeviceInput!) { a: orderDevice(input: $i) { order { orderId } } b: orderDevice(input: $i) { order { orderId } } }", 2},
		"another operation": {"mutation($i: OrderDeviceInput!) { orderDevice(input: $i) { ordersForUser { orderId } } }", 1},
	} {
		w := newWorld(t)
		if a := w.ask("good", c.query, input(nil)); len(a.Errors) > 0 || a.Data == nil || w.orders() != c.want {
			t.Errorf("%s: %d orders, want %d: %s", name, w.orders(), c.want, a.raw)
		}
	}
}

// TestDefaultOfAnotherOperation keeps out of an order what another operation of
// the same document has for a variable that both use.
func TestDefaultOfAnotherOperation(t *testing.T) {
	w := newWorld(t)
	in := input(nil)["i"].(map[string]any)
	schema := loadSchema()
	delete(in["recipient"].(map[string]any)["postalAddress"].(map[string]any), "addressLine2")
	literal := strings.Replace(literalOf(schema, schema.Mutation.Fields.ForName("orderDevice").Arguments[0].Type, in), "addressLine1:", "addressLine2: $x, addressLine1:", 1)
	body, err := json.Marshal(map[string]any{"operationName": "A", "query": "mutation A($x: String) { ...F } mutation B($x: String = \"the text of another\") { ...F } fragment F on Mutation { orderDevice(input: " +
		literal + ") { order { " + everything + " } } }"})
	check(t, err)
	var placed struct{ Order orderAnswer }
	w.send(http.MethodPost, "/", body, keyHeader, w.Keys["good"]).good(t, "orderDevice", &placed)
	if second := placed.Order.Recipient.PostalAddress.AddressLine2; second != nil {
		t.Errorf("addressLine2 is %q", *second)
	}
}

// TestLiteralMisfit names the field and its place in the input for what is
// written in the document.
func TestLiteralMisfit(t *testing.T) {
	w := newWorld(t)
	a := w.wantRefused("literal", `mutation { b: orderDevice(input: {recipient: {phoneNumber: 7}, subscriptionType: PERSONAL, type: HAN_LTEM}) { order { orderId } } }`, nil)
	named := false
	for _, e := range a.Errors {
		named = named || fmt.Sprint(e.Path) == "[b]" && len(e.Extensions.Fields) == 1 && e.Extensions.Fields[0].Field == "recipient.phoneNumber"
	}
	if !named {
		t.Errorf("%s", a.raw)
	}
}
