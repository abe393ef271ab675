package hark

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/bookgate/bookgate/order"
)

// place is where a value stands: in a variable or in an argument of a field.
type place struct {
	variable *ast.VariableDefinition // nil for an argument
	field    *ast.Field              // nil for a variable
	argument string
	position *ast.Position
	path     string // within the value, such as recipient.email
}

// misfit is a value that does not fit its type.
type misfit struct {
	place
	is   string // what was seen: "is the number 7"
	want string // what would fit: "a text (String!) is wanted"
}

func (c *coercer) wrong(path, want, is string, args ...any) (any, bool) {
	at := c.at
	at.path = path
	c.refused = append(c.refused, misfit{at, fmt.Sprintf(is, args...), want})
	return nil, false
}

// refusals writes every misfit as an error of the request, at its place in the
// document and, where one field alone takes the value, in the answer.
func (c *coercer) refusals() refusal {
	var refused refusal
	for _, m := range c.refused[:min(len(c.refused), maxErrors)] {
		e := &queryError{Locations: locationOf(m.position)}
		subject, field := "", join(m.argument, m.path)
		if m.variable != nil {
			subject, field = "The variable $"+m.variable.Variable, join("$"+m.variable.Variable, m.path)
			uses := c.uses(m.variable.Variable)
			elsewhere := func(use place) bool { return use.field != uses[0].field }
			if len(uses) > 0 && !slices.ContainsFunc(uses, elsewhere) {
				e.Path = ast.Path{ast.PathName(uses[0].field.Alias)}
			}
			if len(uses) == 1 {
				field = join(uses[0].path, m.path)
			}
		} else {
			subject = fmt.Sprintf("The argument %s of %s", m.argument, m.field.Alias)
			if slices.Contains(rootFields(c.def.SelectionSet), m.field) {
				e.Path = ast.Path{ast.PathName(m.field.Alias)}
			}
		}
		e.Message = fmt.Sprintf("%s %s; %s.", subject, m.is, m.want)
		if m.path != "" {
			e.Message = fmt.Sprintf("%s does not fit: %s %s; %s.", subject, m.path, m.is, m.want)
		}
		f := &fault{code: codeInput, hint: "Correct the value and send the request again; nothing of it was executed.",
			fields: []badField{{strings.TrimPrefix(field, "input."), fmt.Sprintf("It %s; %s.", m.is, m.want)}}}
		if c.unbound {
			f.code = codeValidation
		}
		e.Extensions = f.Extensions()
		refused = append(refused, e)
	}
	return refused
}

// shown is a value of JSON in words.
func shown(value any) string {
	switch v := value.(type) {
	case string:
		return strconv.Quote(order.Cut(v))
	case json.Number:
		return "the number " + order.Cut(string(v))
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "null"
}

// wanted says which values a type takes.
func (c *coercer) wanted(t *ast.Type) string {
	what := "a list"
	if t.Elem == nil {
		def := c.schema.Types[t.NamedType]
		switch def.Kind {
		case ast.InputObject:
			what = "an object"
		case ast.Enum:
			names := make([]string, len(def.EnumValues))
			for i, v := range def.EnumValues {
				names[i] = v.Name
			}
			what = strings.Join(names, " or ")
		default:
			what = map[string]string{
				"String": "a text", "Boolean": "true or false", "Float": "a number", "ID": "a text or a whole number",
				"Int": "a whole number from -2147483648 to 2147483647",
			}[t.NamedType]
		}
	}
	return fmt.Sprintf("%s (%s) is wanted", what, t)
}

// members names what an input object can have.
func (c *coercer) members(def *ast.Definition) string {
	names := make([]string, len(def.Fields))
	for i, f := range def.Fields {
		names[i] = f.Name
	}
	return "it has " + strings.Join(names, ", ")
}
