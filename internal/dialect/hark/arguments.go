package hark

import (
	"fmt"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// bindArguments coerces the arguments of every field that the operation will
// execute, also of those in fragments, and puts the values in the place of what
// is written there.
func (c *coercer) bindArguments(set ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if c.included(s, s.Directives) {
				c.bind(s)
				c.bindArguments(s.SelectionSet)
			}
		case *ast.InlineFragment:
			if c.included(&ast.Field{Alias: "...", Position: s.Position}, s.Directives) {
				c.bindArguments(s.SelectionSet)
			}
		case *ast.FragmentSpread:
			if c.included(&ast.Field{Alias: "..." + s.Name, Position: s.Position}, s.Directives) {
				c.bindArguments(s.Definition.SelectionSet)
			}
		}
	}
}

// checkLiterals holds every argument that is written in a document against its
// type, also where it will not be executed (October 2021, 5.6.1). gqlparser does
// so as well, and lets some pass, such as {} for an enum.
func (c *coercer) checkLiterals(set ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			c.arguments(s, s.Definition.Arguments, s.Arguments)
			c.included(s, s.Directives)
			c.checkLiterals(s.SelectionSet)
		case *ast.InlineFragment:
			c.included(&ast.Field{Alias: "...", Position: s.Position}, s.Directives)
			c.checkLiterals(s.SelectionSet)
		case *ast.FragmentSpread:
			c.included(&ast.Field{Alias: "..." + s.Name, Position: s.Position}, s.Directives)
		}
	}
}

// included evaluates @skip and @include (October 2021, 3.13).
func (c *coercer) included(of *ast.Field, directives ast.DirectiveList) bool {
	in := true
	for _, d := range directives {
		values := c.arguments(of, d.Definition.Arguments, d.Arguments)
		if value, isBool := values["if"].(bool); isBool && (d.Name == "skip" && value || d.Name == "include" && !value) {
			in = false
		}
	}
	return in
}

// bind puts the coerced arguments of a field under names that no document can
// write. A field of a fragment comes by several times, with the same values.
func (c *coercer) bind(f *ast.Field) {
	if c.bound == nil {
		c.bound = map[*ast.Field]bool{}
	}
	if c.bound[f] || f.Definition == nil {
		return
	}
	c.bound[f] = true
	values := c.arguments(f, f.Definition.Arguments, f.Arguments)
	var arguments ast.ArgumentList
	for _, a := range f.Definition.Arguments {
		if value, given := values[a.Name]; given {
			name := fmt.Sprintf("%s of field %d", a.Name, len(c.bound))
			c.variables[name] = value
			variable := &ast.Value{Kind: ast.Variable, Raw: name, Position: f.Position}
			arguments = append(arguments, &ast.Argument{Name: a.Name, Position: f.Position, Value: variable})
		}
	}
	f.Arguments = arguments
}

// arguments coerces the arguments of a field or directive (October 2021, 6.4.1).
func (c *coercer) arguments(of *ast.Field, defs ast.ArgumentDefinitionList, given ast.ArgumentList) map[string]any {
	values := map[string]any{}
	for _, def := range defs {
		c.at = place{field: of, argument: def.Name, position: of.Position}
		a := given.ForName(def.Name)
		if a != nil && !c.unset(a.Value) {
			c.at.position = a.Value.Position
			if value, ok := c.literal(def.Type, a.Value, ""); ok {
				values[def.Name] = value
			}
			continue
		}
		if def.DefaultValue != nil {
			values[def.Name], _ = c.literal(def.Type, def.DefaultValue, "")
		} else if def.Type.NonNull {
			c.wrong("", c.wanted(def.Type), "has no value")
		}
	}
	return values
}

// uses lists where the fields at the root of the operation take a variable.
func (c *coercer) uses(variable string) (uses []place) {
	for _, f := range rootFields(c.def.SelectionSet) {
		for _, a := range f.Arguments {
			isIt := func(v *ast.Value) bool { return v.Kind == ast.Variable && v.Raw == variable }
			for _, path := range pathsOf(a.Value, isIt, a.Name) {
				uses = append(uses, place{field: f, path: path})
			}
		}
	}
	return uses
}

// pathsOf lists where in a value there is one that is looked for.
func pathsOf(v *ast.Value, wanted func(*ast.Value) bool, path string) (paths []string) {
	if wanted(v) {
		paths = append(paths, path)
	}
	for i, child := range v.Children {
		name := child.Name
		if v.Kind == ast.ListValue {
			name = strconv.Itoa(i)
		}
		paths = append(paths, pathsOf(child.Value, wanted, join(path, name))...)
	}
	return paths
}

// rootFields lists the fields at the root of an operation, also those in
// fragments.
func rootFields(set ast.SelectionSet) (fields []*ast.Field) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			fields = append(fields, s)
		case *ast.InlineFragment:
			fields = append(fields, rootFields(s.SelectionSet)...)
		case *ast.FragmentSpread:
			fields = append(fields, rootFields(s.Definition.SelectionSet)...)
		}
	}
	return fields
}
