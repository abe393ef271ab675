package hark

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// wideSchema has what the published schema has not: every scalar, lists,
// defaults and @oneOf.
func wideSchema(t testing.TB) *API {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: `
type Query { f(int: Int, float: Float, id: ID, text: String, flag: Boolean, kind: Kind, ints: [Int!], grid: [[Int]], in: In, one: One, must: Int! = 5, may: Int = 6): String g: Query }
enum Kind { A B }
input In { n: Int! = 3, m: Int = null, list: [String!], in: In, one: One }
input One @oneOf { a: Int, b: String, c: [Int] }`})
	if err != nil {
		t.Fatal(err)
	}
	return &API{schema: schema}
}

// coerced prepares a request and returns the arguments of its first field, as the
// executor reads them, or the first error.
func (a *API) coerced(query, variables string) (map[string]any, string) {
	q := graphqlRequest{Query: query}
	if err := decode([]byte(variables), &q.Variables); err != nil {
		return nil, err.Error()
	}
	op, refused := a.prepare(q, &queryCost{})
	if len(refused) > 0 {
		return nil, refused[0].Message
	}
	for _, f := range rootFields(op.def.SelectionSet) {
		if f.Name == "f" {
			return f.ArgumentMap(op.variables), ""
		}
	}
	return nil, ""
}

// TestCoercion holds values against the rules of October 2021, 3.5 to 3.11, once
// as variables and once as literals.
func TestCoercion(t *testing.T) {
	a := wideSchema(t)
	type both struct {
		typ, argument, json, literal string // literal "" where JSON alone can say it
		want                         any    // of JSON
		fits                         bool   // as JSON
		literalFits                  bool
	}
	for _, c := range []both{
		{"Int", "int", "1", "1", int64(1), true, true},
		{"Int", "int", "1.0", "1.0", int64(1), true, false},
		{"Int", "int", "2.5E1", "2.5E1", int64(25), true, false},
		{"Int", "int", "25e-1", "25e-1", nil, false, false},
		{"Int", "int", "-0", "-0", int64(0), true, true},
		{"Int", "int", "1.5", "1.5", nil, false, false},
		{"Int", "int", "2147483647", "2147483647", int64(2147483647), true, true},
		{"Int", "int", "2147483648", "2147483648", nil, false, false},
		{"Int", "int", "-2147483648", "-2147483648", int64(-2147483648), true, true},
		{"Int", "int", "-2147483649", "-2147483649", nil, false, false},
		{"Int", "int", "1e10", "1e10", nil, false, false},
		{"Int", "int", "99999999999999999999", "99999999999999999999", nil, false, false},
		{"Int", "int", `"1"`, `"1"`, nil, false, false},
		{"Int", "int", "true", "true", nil, false, false},
		{"Int", "int", "null", "null", nil, true, true},
		{"Int", "int", "[1]", "[1]", nil, false, false},
		{"Float", "float", "1", "1", 1.0, true, true},
		{"Float", "float", "1.5e3", "1.5e3", 1500.0, true, true},
		{"Float", "float", `"1.5"`, `"1.5"`, nil, false, false},
		{"ID", "id", "4", "4", "4", true, true},
		{"ID", "id", "12345678901234567890", "12345678901234567890", "12345678901234567890", true, false},
		{"ID", "id", "4.0", "4.0", "4", true, false},
		{"ID", "id", "4.5", "4.5", nil, false, false},
		{"ID", "id", `"4"`, `"4"`, "4", true, true},
		{"ID", "id", "true", "true", nil, false, false},
		{"String", "text", `"a"`, `"a"`, "a", true, true},
		{"String", "text", `"a\nb"`, `"""a` + "\n" + `b"""`, "a\nb", true, true},
		{"String", "text", "1", "1", nil, false, false},
		{"String", "text", `"A"`, "A", "A", true, false},
		{"Boolean", "flag", "true", "true", true, true, true},
		{"Boolean", "flag", "1", "1", nil, false, false},
		{"Boolean", "flag", `"true"`, `"true"`, nil, false, false},
		{"Kind", "kind", `"A"`, "A", "A", true, true},
		{"Kind", "kind", `"a"`, "a", nil, false, false},
		{"Kind", "kind", "0", "0", nil, false, false},
		{"Kind", "kind", "", `"A"`, nil, false, false},
		{"[Int!]", "ints", "[1,2.0]", "[1,2]", []any{int64(1), int64(2)}, true, true},
		{"[Int!]", "ints", "1", "1", []any{int64(1)}, true, true},
		{"[Int!]", "ints", "[1,null]", "[1,null]", nil, false, false},
		{"[Int!]", "ints", "[[1]]", "[[1]]", nil, false, false},
		{"[Int!]", "ints", "null", "null", nil, true, true},
		{"[[Int]]", "grid", "1", "1", []any{[]any{int64(1)}}, true, true},
		{"[[Int]]", "grid", "[[1],null]", "[[1],null]", []any{[]any{int64(1)}, nil}, true, true},
		{"[[Int]]", "grid", "[1,2]", "[1,2]", []any{[]any{int64(1)}, []any{int64(2)}}, true, true},
		{"In", "in", "{}", "{}", map[string]any{"n": int64(3), "m": nil}, true, true},
		{"In", "in", `{"n":1,"list":"x"}`, `{n: 1, list: "x"}`, map[string]any{"n": int64(1), "m": nil, "list": []any{"x"}}, true, true},
		{"In", "in", `{"n":null}`, "{n: null}", nil, false, false},
		{"In", "in", `{"x":1}`, "{x: 1}", nil, false, false},
		{"In", "in", `{"in":{"n":"1"}}`, `{in: {n: "1"}}`, nil, false, false},
		{"In", "in", `[{}]`, `[{}]`, nil, false, false},
		{"One", "one", `{"a":1}`, "{a: 1}", map[string]any{"a": int64(1)}, true, true},
		{"One", "one", `{"c":1}`, "{c: 1}", map[string]any{"c": []any{int64(1)}}, true, true},
		{"One", "one", `{"a":1,"b":"x"}`, `{a: 1, b: "x"}`, nil, false, false},
		{"One", "one", `{"a":1,"b":null}`, `{a: 1, b: null}`, nil, false, false},
		{"One", "one", `{"a":null}`, `{a: null}`, nil, false, false},
		{"One", "one", `{}`, `{}`, nil, false, false},
		{"One", "one", `{"a":1,"x":null}`, `{a: 1, x: null}`, nil, false, false},
		{"In", "in", `{"one":{"a":1,"b":"x"}}`, `{one: {a: 1, b: "x"}}`, nil, false, false},
	} {
		if c.json != "" {
			got, wrong := a.coerced("query($v: "+c.typ+") { f("+c.argument+": $v) }", `{"v":`+c.json+`}`)
			if (wrong == "") != c.fits || c.fits && !cmp.Equal(got[c.argument], c.want) {
				t.Errorf("%s of JSON %s: %#v %s", c.typ, c.json, got[c.argument], wrong)
			}
			if !c.fits && !strings.Contains(wrong, "$v") {
				t.Errorf("%s of JSON %s: %s", c.typ, c.json, wrong)
			}
		}
		got, wrong := a.coerced("{ f("+c.argument+": "+c.literal+") }", "{}")
		if (wrong == "") != c.literalFits || c.literalFits && c.fits && !cmp.Equal(got[c.argument], c.want) {
			t.Errorf("%s of the literal %s: %#v %s", c.typ, c.literal, got[c.argument], wrong)
		}
	}
}

// TestAbsentVariables leaves out what may be left out (October 2021, 6.4.1).
func TestAbsentVariables(t *testing.T) {
	a := wideSchema(t)
	three := map[string]any{"n": int64(3), "m": nil}
	for _, c := range []struct {
		query, variables string
		want             map[string]any // nil where it is refused
	}{
		{"{ f }", "{}", map[string]any{"must": int64(5), "may": int64(6)}},
		{"query($v: Int) { f(int: $v) }", "{}", map[string]any{"must": int64(5), "may": int64(6)}},
		{"query($v: Int) { f(may: $v) }", "{}", map[string]any{"must": int64(5), "may": int64(6)}},
		{"query($v: Int) { f(must: $v) }", "{}", map[string]any{"must": int64(5), "may": int64(6)}},
		{"query($v: Int) { f(may: $v) }", `{"v":null}`, map[string]any{"must": int64(5), "may": nil}},
		{"query($v: Int) { f(must: $v) }", `{"v":null}`, nil},
		{"query($v: Int = 7) { f(must: $v) }", "{}", map[string]any{"must": int64(7), "may": int64(6)}},
		{"query($v: Int = 7) { f(must: $v) }", `{"v":8}`, map[string]any{"must": int64(8), "may": int64(6)}},
		{"query($v: Int = 7) { f(must: $v) }", `{"v":null}`, nil},
		{"query($v: Int!) { f(must: $v) }", "{}", nil},
		{"query($v: Int) { f(in: {n: $v}) }", "{}", map[string]any{"must": int64(5), "may": int64(6), "in": three}},
		{"query($v: Int) { f(in: {n: $v}) }", `{"v":null}`, nil},
		{"query($v: Int) { f(grid: [[$v, 1]]) }", "{}", map[string]any{"must": int64(5), "may": int64(6), "grid": []any{[]any{nil, int64(1)}}}},
		{"query($v: Int = 1) { f(ints: [$v, 2]) }", `{"v":null}`, nil},
		{"query($v: In = {list: \"x\"}) { f(in: $v) }", "{}", map[string]any{"must": int64(5), "may": int64(6), "in": map[string]any{"n": int64(3), "m": nil, "list": []any{"x"}}}},
		{"query($v: Int!) { f(one: {a: $v}) }", `{"v":1}`, map[string]any{"must": int64(5), "may": int64(6), "one": map[string]any{"a": int64(1)}}},
		{"query($v: Int) { f(one: {a: $v}) }", "{}", nil},
		{"query($v: Int) { f(one: {a: $v}) }", `{"v":null}`, nil},
		{"query($v: Int = 1) { f(one: {a: $v}) }", `{"v":null}`, nil},
		{"query($v: One) { f(one: $v) }", `{"v":{"a":1,"b":"x"}}`, nil},
		// The default of another operation is not another's.
		{"query A($v: Int) { ...F } query B($v: Int = 9) { ...F } fragment F on Query { f(may: $v) }", "{}", map[string]any{"must": int64(5), "may": int64(6)}},
		{"query A($v: Int) { ...F } query B($v: Int = 9) { ...F } fragment F on Query { f(in: {m: $v}) }", "{}", map[string]any{"must": int64(5), "may": int64(6), "in": three}},
		// What is not executed is not coerced.
		{"query($v: Int = 7) { g { f } f @skip(if: false) x: f(must: $v) @skip(if: true) }", `{"v":null}`, map[string]any{"must": int64(5), "may": int64(6)}},
		{"query($v: Int = 7) { f ... @include(if: false) { x: f(must: $v) } }", `{"v":null}`, map[string]any{"must": int64(5), "may": int64(6)}},
		{"query($v: Int = 7) { f ... @include(if: true) { x: f(must: $v) } }", `{"v":null}`, nil},
		{"query($v: Int = 7) { f g { g { f(must: $v) } } }", `{"v":null}`, nil},
		{"query($s: Boolean = true, $v: Int = 7) { f x: f(must: $v) @skip(if: $s) }", `{"v":null}`, map[string]any{"must": int64(5), "may": int64(6)}},
		{"query($s: Boolean = true) { f x: f @skip(if: $s) }", `{"s":null}`, nil},
	} {
		q := graphqlRequest{Query: c.query}
		if strings.Contains(c.query, "query A") {
			q.OperationName = "A"
		}
		if err := json.Unmarshal([]byte(c.variables), &q.Variables); err != nil {
			t.Fatal(err)
		}
		if err := decode([]byte(c.variables), &q.Variables); err != nil {
			t.Fatal(err)
		}
		op, refused := a.prepare(q, &queryCost{})
		if (len(refused) > 0) != (c.want == nil) {
			t.Errorf("%s of %s: refused %v", c.query, c.variables, refused)
			continue
		}
		if c.want == nil {
			continue
		}
		if got := rootFields(op.def.SelectionSet)[0]; got.Name == "f" {
			if diff := cmp.Diff(c.want, got.ArgumentMap(op.variables)); diff != "" {
				t.Errorf("%s of %s (-want +got):\n%s", c.query, c.variables, diff)
			}
		}
	}
}

// TestEveryMisfitIsListed names each value of a variable that does not fit, with
// its place in the input.
func TestEveryMisfitIsListed(t *testing.T) {
	a := engine(t)
	var q graphqlRequest
	check(t, decode([]byte(`{"query":"mutation($to: RecipientInput!) { orderDevice(input: {recipient: $to, subscriptionType: PERSONAL, type: HAN_LTEM}) { order { orderId } } }",
		"variables":{"to":{"firstName":7,"lastName":null,"email":["a"],"phoneNumber":true,"age":3,"postalAddress":{"addressLine1":{},"city":"OSLO","postalCode":186,"country":"no"}}}}`), &q))
	_, refused := a.prepare(q, &queryCost{})
	var got []string
	for _, e := range refused {
		fields := e.Extensions["fields"].([]badField)
		got = append(got, fields[0].Field+": "+fields[0].Message)
		if e.Path.String() != "orderDevice" || e.Extensions["code"] != codeInput || len(e.Locations) != 1 || e.Locations[0].Column != 10 {
			t.Errorf("%+v", e)
		}
	}
	want := []string{
		"recipient.age: It is not a member of RecipientInput; it has firstName, lastName, email, phoneNumber, externalUserId, postalAddress.",
		"recipient.firstName: It is the number 7; a text (String!) is wanted.",
		"recipient.lastName: It is null; a text (String!) is wanted.",
		"recipient.email: It is a list; a text (String!) is wanted.",
		"recipient.phoneNumber: It is true; a text (String!) is wanted.",
		"recipient.externalUserId: It is missing; a text (String!) is wanted.",
		"recipient.postalAddress.addressLine1: It is an object; a text (String!) is wanted.",
		"recipient.postalAddress.postalCode: It is the number 186; a text (String!) is wanted.",
		`recipient.postalAddress.country: It is "no"; NO (CountryCode!) is wanted.`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if says := refused[1].Message; says != "The variable $to does not fit: firstName is the number 7; a text (String!) is wanted." {
		t.Error(says)
	}
}

// TestFieldOfAValueThatIsWholeAMisfit names the member or the variable, without
// a path behind it, when what does not fit is all of it.
func TestFieldOfAValueThatIsWholeAMisfit(t *testing.T) {
	a := engine(t)
	const typed = `query($n: String!) { __type(name: $n) { name } }`
	for name, c := range map[string]struct{ request, field string }{
		"argument":            {`{"query": "` + typed + `", "variables": {"n": 7}}`, "name"},
		"argument left out":   {`{"query": "` + typed + `"}`, "name"},
		"input":               {`{"query": "query($i: OrderInput!) { order(input: $i) { orderId } }", "variables": {"i": []}}`, "input"},
		"member of an input":  {`{"query": "query($o: String!) { order(input: {orderId: $o}) { orderId } }", "variables": {"o": true}}`, "orderId"},
		"variable of no root": {`{"query": "query($s: Boolean!) { __typename @skip(if: $s) }", "variables": {"s": "true"}}`, "$s"},
		"directive":           {`{"query": "query($s: Boolean = true) { __typename @skip(if: $s) }", "variables": {"s": null}}`, "if"},
	} {
		var q graphqlRequest
		check(t, decode([]byte(c.request), &q))
		_, refused := a.prepare(q, &queryCost{})
		if len(refused) != 1 || refused[0].Extensions["fields"].([]badField)[0].Field != c.field {
			t.Errorf("%s: %+v, want the field %s", name, refused, c.field)
		}
	}
}

// TestPathOfAVariable names the field at the root that takes a variable, however
// often it does, and none where several do.
func TestPathOfAVariable(t *testing.T) {
	a := engine(t)
	twice := put(goodFor(t, "orderDevice"), []string{"recipient", "firstName"}, raw("$o")).(map[string]any)
	put(twice, []string{"recipient", "lastName"}, raw("$o"))
	literal := literalOf(a.schema, a.schema.Mutation.Fields.ForName("orderDevice").Arguments[0].Type, twice)
	for query, path := range map[string]string{
		`query($o: String!) { a: order(input: {orderId: $o}) { orderId } }`:                                            "a",
		`query($o: String!) { order(input: {orderId: $o}) { orderId } }`:                                               "order",
		`query($o: String!) { a: order(input: {orderId: $o}) { orderId } b: order(input: {orderId: $o}) { orderId } }`: "",
		`query($o: String!) { ...f } fragment f on Query { b: order(input: {orderId: $o}) { orderId } }`:               "b",
		`mutation($o: String!) { orderDevice(input: ` + literal + `) { order { orderId } } }`:                          "orderDevice",
	} {
		_, refused := a.prepare(graphqlRequest{Query: query, Variables: map[string]any{"o": true}}, &queryCost{})
		if len(refused) != 1 || refused[0].Path.String() != path {
			t.Errorf("%s: %+v, want the path %q", query, refused, path)
		}
	}
}

// TestUnreadableCharacters names what cannot be read as it stands in the
// document, not as one of its bytes, and where.
func TestUnreadableCharacters(t *testing.T) {
	for query, want := range map[string]string{
		"{\u00a0__typename}":                                         "Syntax error: Cannot parse the unexpected character U+00A0. 1:2",
		"{__typename\u200b}":                                         "Syntax error: Cannot parse the unexpected character U+200B. 1:12",
		`{order(input:{orderId:“x”}){orderId}}`:                      `Syntax error: Cannot parse the unexpected character '“' (U+201C). 1:23`,
		"{__type(name:\"\"\"a\n😀\n\"\"\"){name}\n  ø}":               `Syntax error: Cannot parse the unexpected character 'ø' (U+00F8). 4:3`,
		`{__type(name:"😀"){name} 😀}`:                                 `Syntax error: Cannot parse the unexpected character '😀' (U+1F600). 1:26`,
		"{__typename ;}":                                             `Syntax error: Cannot parse the unexpected character ";". 1:13`,
		"{__type(name:\"\"\"\n\n\"\"\"){name kind(x:'y')}}":          `Syntax error: Unexpected single quote character ('), did you mean to use a double quote (")? 3:18`,
		"{__type(name:\"\"\"\n\n\"\"\"){name} __type(name:\"\\q\")}": `Syntax error: Invalid character escape sequence: \q. 3:26`,
	} {
		_, err := parse(query)
		if err == nil {
			t.Errorf("%q is read", query)
			continue
		}
		at := err.Locations[0]
		if got := fmt.Sprintf("%s %d:%d", err.Message, at.Line, at.Column); got != want {
			t.Errorf("%q:\n%s, want\n%s", query, got, want)
		}
	}
}
