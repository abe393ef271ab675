#!/bin/sh
# github.com/vektah/gqlparser/v2 v2.5.64 (the parser under gqlgen 0.17.98)
#
# A document may have several operations that share a fragment, and each
# declares the variables for itself (GraphQL, October 2021, 5.8). Operation A
# declares $x without a default, operation B declares it with one, and A is
# executed without a value for $x.
#
# Expected: a member {b: $x} of an input object is left out, for in A the
# variable has neither value nor default (3.10, input coercion).
# True: ast.Value.Value returns B's default for it. The validator notes at each use of
# a variable the definition of the operation that it walked last, and the value
# is read through that note. With the operations in the other order it is left
# out. An argument that is the variable itself is left out either way.
#
# Why it matters: a valid request is executed with a value that its operation
# does not have, so an address gets a line that is another operation's default.
# Who executes over gqlparser has to coerce arguments with the variables of the
# operation alone.
set -e
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'M'
module finding

go 1.24

require github.com/vektah/gqlparser/v2 v2.5.64
M
cat > main.go <<'G'
package main

import (
	"fmt"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

func main() {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: `type Query { f(in: In, a: String): String } input In { a: String b: String }`})
	a, b := `query A($x: String) { ...F }`, `query B($x: String = "of B") { ...F }`
	f := `fragment F on Query { f(in: {a: "a", b: $x}, a: $x) }`
	for _, text := range []string{a + b + f, b + a + f} {
		doc, errs := gqlparser.LoadQuery(schema, text)
		if len(errs) > 0 {
			panic(errs)
		}
		op := doc.Operations.ForName("A")
		vars, err := validator.VariableValues(schema, op, nil)
		if err != nil {
			panic(err)
		}
		field := doc.Fragments[0].SelectionSet[0].(*ast.Field)
		fmt.Println(op.Name, vars, field.ArgumentMap(vars))
	}
}
G
go mod tidy >/dev/null 2>&1
go run . | tee out
cat > want <<'W'
A map[] map[in:map[a:a b:of B]]
A map[] map[in:map[a:a]]
W
diff want out
