package hark

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/bookgate/bookgate/order"
)

// coercer brings the variables and arguments of one operation to their types,
// as strictly as GraphQL of October 2021 wants it (3.5 scalars, 3.9 enums, 3.10
// input objects, 3.11 lists, 6.1.2 variables, 6.4.1 arguments) and as the draft
// of 2025 has it for @oneOf. Neither gqlparser nor gqlgen does: they let enum
// values in another case, whole numbers as text or beyond 32 bits and a @oneOf
// with two members pass, and look at arguments when their field is executed.
type coercer struct {
	schema    *ast.Schema
	def       *ast.OperationDefinition
	variables map[string]any // coerced; one that was left out is not in it
	bound     map[*ast.Field]bool
	at        inputPosition
	refused   []misfit

	// unbound checks literals alone, as validation does: a variable in them
	// stands for a value that fits.
	unbound bool
}

// coerceVariables brings what was sent to the types that the operation declares.
func (c *coercer) coerceVariables(sent map[string]any) {
	c.variables = map[string]any{}
	for _, v := range c.def.VariableDefinitions {
		c.at = inputPosition{variable: v, position: v.Position}
		value, given := sent[v.Variable]
		if v.DefaultValue != nil {
			c.at.position = v.DefaultValue.Position
			byDefault, ok := c.literal(v.Type, v.DefaultValue, "")
			c.at.position = v.Position
			if ok && !given {
				c.variables[v.Variable] = byDefault
			}
		} else if !given && v.Type.NonNull {
			c.wrong("", c.wanted(v.Type), "has no value")
		}
		if given {
			if value, ok := c.input(v.Type, value, ""); ok {
				c.variables[v.Variable] = value
			}
		}
	}
}

// input coerces a value of JSON. ok is false where it was refused.
func (c *coercer) input(t *ast.Type, value any, path string) (_ any, ok bool) {
	if value == nil {
		if t.NonNull {
			return c.wrong(path, c.wanted(t), "is null")
		}
		return nil, true
	}
	if t.Elem != nil {
		items, isList := value.([]any)
		if !isList {
			item, ok := c.input(t.Elem, value, path)
			return []any{item}, ok // one item stands for a list of it
		}
		list, all := make([]any, len(items)), true
		for i, item := range items {
			var ok bool
			list[i], ok = c.input(t.Elem, item, join(path, strconv.Itoa(i)))
			all = all && ok
		}
		return list, all
	}
	switch def := c.schema.Types[t.NamedType]; def.Kind {
	case ast.InputObject:
		return c.inputObject(t, def, value, path)
	case ast.Enum:
		if name, isText := value.(string); isText && def.EnumValues.ForName(name) != nil {
			return name, true
		}
		return c.wrong(path, c.wanted(t), "is %s", shown(value))
	default:
		if scalar, ok := coerceScalar(t.NamedType, value); ok {
			return scalar, true
		}
		return c.wrong(path, c.wanted(t), "is %s", shown(value))
	}
}

func (c *coercer) inputObject(t *ast.Type, def *ast.Definition, value any, path string) (any, bool) {
	members, isObject := value.(map[string]any)
	if !isObject {
		return c.wrong(path, c.wanted(t), "is %s", shown(value))
	}
	all := true
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if def.Fields.ForName(name) == nil {
			_, all = c.wrong(join(path, order.Truncate(name)), c.members(def), "is not a member of %s", def.Name)
		}
	}
	if oneOf(def) && !isOne(members) {
		return c.wrong(path, c.members(def), "does not have exactly one member that is not null")
	}
	object := map[string]any{}
	for _, f := range def.Fields {
		member, given := members[f.Name]
		if !given {
			all = c.absent(object, f, path) && all
			continue
		}
		if member, ok := c.input(f.Type, member, join(path, f.Name)); ok {
			object[f.Name] = member
		} else {
			all = false
		}
	}
	return object, all
}

// absent puts the default in the place of a member that was left out.
func (c *coercer) absent(object map[string]any, f *ast.FieldDefinition, path string) (ok bool) {
	if f.DefaultValue != nil {
		object[f.Name], ok = c.literal(f.Type, f.DefaultValue, join(path, f.Name))
		return ok
	}
	if f.Type.NonNull {
		_, ok = c.wrong(join(path, f.Name), c.wanted(f.Type), "is missing")
		return ok
	}
	return true
}

// literal coerces a value that is written in a document. ok is false where it
// was refused, and for a variable that has no value.
func (c *coercer) literal(t *ast.Type, v *ast.Value, path string) (_ any, ok bool) {
	if v.Kind == ast.Variable {
		if c.unbound {
			return v, true
		}
		value, given := c.variables[v.Raw]
		if given && value == nil && t.NonNull {
			return c.wrong(path, c.wanted(t), "is null, the value of $%s", v.Raw)
		}
		return value, given
	}
	if v.Kind == ast.NullValue {
		if t.NonNull {
			return c.wrong(path, c.wanted(t), "is null")
		}
		return nil, true
	}
	if t.Elem != nil {
		return c.listLiteral(t, v, path)
	}
	switch def := c.schema.Types[t.NamedType]; def.Kind {
	case ast.InputObject:
		return c.objectLiteral(t, def, v, path)
	case ast.Enum:
		if v.Kind == ast.EnumValue && def.EnumValues.ForName(v.Raw) != nil {
			return v.Raw, true
		}
		return c.wrong(path, c.wanted(t), "is %s", order.Truncate(v.String()))
	default:
		if scalar, ok := scalarLiteral(t.NamedType, v); ok {
			return scalar, true
		}
		return c.wrong(path, c.wanted(t), "is %s", order.Truncate(v.String()))
	}
}

func (c *coercer) listLiteral(t *ast.Type, v *ast.Value, path string) (any, bool) {
	if v.Kind != ast.ListValue {
		item, ok := c.literal(t.Elem, v, path)
		return []any{item}, ok
	}
	list, all := make([]any, len(v.Children)), true
	for i, child := range v.Children {
		at := join(path, strconv.Itoa(i))
		item, ok := c.literal(t.Elem, child.Value, at)
		if !ok && c.unset(child.Value) {
			ok = true // an item that a variable without a value stands for is null
			if t.Elem.NonNull {
				_, ok = c.wrong(at, c.wanted(t.Elem), "is $%s, which has no value", child.Value.Raw)
			}
		}
		list[i], all = item, all && ok
	}
	return list, all
}

func (c *coercer) objectLiteral(t *ast.Type, def *ast.Definition, v *ast.Value, path string) (any, bool) {
	if v.Kind != ast.ObjectValue {
		return c.wrong(path, c.wanted(t), "is %s", order.Truncate(v.String()))
	}
	object, all, seen := map[string]any{}, true, map[string]bool{}
	for _, child := range v.Children {
		f := def.Fields.ForName(child.Name)
		if f == nil || seen[child.Name] {
			_, all = c.wrong(join(path, child.Name), c.members(def), "is not a member of %s, or is there twice",
				def.Name)
			continue
		}
		seen[child.Name] = true
		if c.unset(child.Value) {
			all = c.absent(object, f, path) && all
		} else if member, ok := c.literal(f.Type, child.Value, join(path, f.Name)); ok {
			object[f.Name] = member
		} else {
			all = false
		}
	}
	if oneOf(def) && all && (len(v.Children) != 1 || !isOne(object)) {
		return c.wrong(path, c.members(def), "does not have exactly one member that is not null")
	}
	for _, f := range def.Fields {
		if !seen[f.Name] {
			all = c.absent(object, f, path) && all
		}
	}
	return object, all
}

// unset reports a variable that was left out and has no default.
func (c *coercer) unset(v *ast.Value) bool {
	_, given := c.variables[v.Raw]
	return v.Kind == ast.Variable && !given && !c.unbound
}

func oneOf(def *ast.Definition) bool { return def.Directives.ForName("oneOf") != nil }

// isOne reports an object of one member that is not null.
func isOne(members map[string]any) bool {
	return len(members) == 1 && !slices.Contains(slices.Collect(maps.Values(members)), nil)
}

// coerceScalar takes a value of JSON for a built-in scalar. A number counts by
// its value: 1.0 and 2.5E1 are whole numbers.
func coerceScalar(name string, value any) (any, bool) {
	switch v := value.(type) {
	case string:
		return v, name == "String" || name == "ID"
	case bool:
		return v, name == "Boolean"
	case json.Number:
		return coerceNumber(name, v)
	}
	return nil, false
}

// maxExact is the greatest whole number up to which a double has every one, as
// numbers of JSON are doubles for most who write them.
const maxExact = 1<<53 - 1

func coerceNumber(name string, number json.Number) (any, bool) {
	value, err := number.Float64()
	if err != nil || math.IsInf(value, 0) {
		return nil, false
	}
	whole := value == math.Trunc(value)
	switch name {
	case "Int":
		return int64(value), whole && value >= math.MinInt32 && value <= math.MaxInt32
	case "Float":
		return value, true
	case "ID":
		if !strings.ContainsAny(string(number), ".eE") {
			return string(number), true
		}
		return strconv.FormatFloat(value, 'f', 0, 64), whole && math.Abs(value) <= maxExact
	}
	return nil, false
}

// scalarLiteral takes a literal for a built-in scalar: 1.0 is not an Int there
// (October 2021, 3.5.1).
func scalarLiteral(name string, v *ast.Value) (any, bool) {
	switch v.Kind {
	case ast.StringValue, ast.BlockValue:
		return v.Raw, name == "String" || name == "ID"
	case ast.BooleanValue:
		return v.Raw == "true", name == "Boolean"
	case ast.IntValue:
		return coerceNumber(name, json.Number(v.Raw))
	case ast.FloatValue:
		if name == "Float" {
			return coerceNumber(name, json.Number(v.Raw))
		}
	}
	return nil, false
}

// join adds the path within a value to that of the value; either may be empty.
func join(path, name string) string {
	if path == "" || name == "" {
		return path + name
	}
	return path + "." + name
}

// inputPosition is where a value stands: in a variable or in an argument of a field.
type inputPosition struct {
	variable *ast.VariableDefinition // nil for an argument
	field    *ast.Field              // nil for a variable
	argument string
	position *ast.Position
	path     string // within the value, such as recipient.email
}

// misfit is a value that does not fit its type.
type misfit struct {
	inputPosition
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
			elsewhere := func(use inputPosition) bool { return use.field != uses[0].field }
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
		return strconv.Quote(order.Truncate(v))
	case json.Number:
		return "the number " + order.Truncate(string(v))
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
