package hark

import (
	"slices"

	"github.com/99designs/gqlgen/graphql/introspection"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/bookgate/bookgate/internal/dialect/hark/graph"
)

// loadSchema returns the published schema with no more of GraphQL's own
// definitions than what holds here: directives that are carried out, and the
// scalars that the schema uses (October 2021, 3.5: a built-in scalar that is
// not referenced must not be listed).
func loadSchema() *ast.Schema {
	schema := *graph.NewExecutableSchema(graph.Config{}).Schema()
	used := map[string]bool{}
	for _, def := range schema.Types {
		for _, field := range def.Fields {
			used[field.Type.Name()] = true
			for _, arg := range field.Arguments {
				used[arg.Type.Name()] = true
			}
		}
	}
	types, directives := map[string]*ast.Definition{}, map[string]*ast.DirectiveDefinition{}
	for name, def := range schema.Types {
		if def.Kind != ast.Scalar || used[name] {
			types[name] = def
		}
	}
	for name, def := range schema.Directives {
		if name == "defer" {
			continue // answers come in one piece
		}
		own := *def
		own.Locations = slices.DeleteFunc(slices.Clone(def.Locations), isDirectiveDefinition[ast.DirectiveLocation])
		directives[name] = &own
	}
	locations := *types["__DirectiveLocation"]
	locations.EnumValues = slices.DeleteFunc(slices.Clone(locations.EnumValues), func(v *ast.EnumValueDefinition) bool {
		return isDirectiveDefinition(v.Name)
	})
	types[locations.Name] = &locations
	schema.Types, schema.Directives = types, directives
	return &schema
}

// isDirectiveDefinition reports the one place of a directive that no edition of
// GraphQL has yet: a directive that is deprecated cannot be asked about.
func isDirectiveDefinition[T ~string](location T) bool { return location == "DIRECTIVE_DEFINITION" }

// typeOf returns the type that a field of the introspection answered with.
func typeOf(result any) *introspection.Type {
	switch t := result.(type) {
	case *introspection.Type:
		return t
	case introspection.Type:
		return &t
	}
	return nil
}
