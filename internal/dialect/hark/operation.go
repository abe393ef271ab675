package hark

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/bookgate/bookgate/internal/dialect/hark/graph"
	"github.com/bookgate/bookgate/order"
)

// operation is what a request wants carried out, once nothing of it can be
// refused as a request any more: the document is valid, and every value in it
// and in the variables fits its type.
type operation struct {
	doc       *ast.QueryDocument
	def       *ast.OperationDefinition
	variables map[string]any
}

// prepare reads a request to the end before anything of it is executed
// (October 2021, 6.1: an operation runs only when its document is valid and its
// variables are coerced). What the fields of the operation take is coerced here
// as well, all of it before the first field runs, and bound to them: the
// executor finds the values as they were checked, and none that it would read
// in another way.
func (a *API) prepare(q graphqlRequest, cost *queryCost) (operation, refusal) {
	if err := cost.countText(q.Query); err != nil {
		return operation{}, refuse(err)
	}
	doc, err := parse(q.Query)
	if err != nil {
		return operation{}, refusal{err}
	}
	if err := cost.countFields(doc); err != nil {
		return operation{}, refuse(err)
	}
	if refused := a.validate(doc); len(refused) > 0 {
		return operation{}, refused
	}
	def, err := pick(doc, q.OperationName)
	if err != nil {
		return operation{}, refusal{err}
	}
	c := &coercer{schema: a.schema, def: def}
	if c.coerceVariables(q.Variables); len(c.refused) > 0 {
		return operation{}, c.refusals()
	}
	if c.bindArguments(def.SelectionSet); len(c.refused) > 0 {
		return operation{}, c.refusals()
	}
	return operation{doc: doc, def: def, variables: c.variables}, nil
}

// parse reads a document of operations and fragments.
func parse(query string) (*ast.QueryDocument, *queryError) {
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err == nil && len(doc.Operations) == 0 {
		err = &queryError{Message: "The document has no operation.",
			Locations: []gqlerror.Location{{Line: 1, Column: 1}}}
	}
	if err == nil {
		locate(doc, query)
		return doc, nil
	}
	var wrong *queryError
	if !errors.As(err, &wrong) || len(wrong.Locations) == 0 {
		wrong = &queryError{Message: "The document cannot be read.",
			Locations: []gqlerror.Location{{Line: 1, Column: 1}}}
	}
	wrong = explain(query, wrong)
	return nil, &queryError{Message: "Syntax error: " + shorten(wrong.Message), Locations: wrong.Locations,
		Extensions: map[string]any{"code": codeParse}}
}

// explain reads a document up to the word that the parser stumbled over. It
// returns why a text is not part of the language, for which the parser has no
// word, and the place where a text in quotes begins.
func explain(query string, wrong *queryError) *queryError {
	l, p := lexer.New(&ast.Source{Input: query}), newPlaces(query)
	for {
		token, err := l.ReadToken()
		var reason *queryError
		if errors.As(err, &reason) && strings.Contains(wrong.Message, token.Kind.Name()) {
			return p.unreadable(token, reason)
		}
		if err != nil || token.Kind == lexer.EOF {
			return wrong
		}
		if at := wrong.Locations[0]; token.Pos.Line == at.Line && token.Pos.Column == at.Column {
			p.fix(&token.Pos)
			return &queryError{Message: wrong.Message, Locations: locationOf(&token.Pos)}
		}
	}
}

// validate applies every rule of the language (October 2021, 5).
func (a *API) validate(doc *ast.QueryDocument) refusal {
	for _, def := range doc.Operations {
		if def.Operation == ast.Subscription {
			return refusal{{Message: "There are no subscriptions here; changes are sent to webhookCallbackUrl.",
				Locations: locationOf(def.Position), Extensions: map[string]any{"code": codeOperation}}}
		}
	}
	var refused refusal
	for _, wrong := range validator.ValidateWithRules(a.schema, doc, rules.NewDefaultRules()) {
		e := &queryError{Message: shorten(wrong.Message), Locations: wrong.Locations}
		f := &fault{code: codeValidation}
		if field, path := valueAt(doc, wrong); field != nil {
			e.Path = ast.Path{ast.PathName(field.Alias)}
			f.fields = []badField{{strings.TrimPrefix(path, "input."), e.Message}}
		}
		e.Extensions = f.Extensions()
		refused = append(refused, e)
	}
	if len(refused) == 0 {
		refused = a.checkLiterals(doc)
	}
	slices.SortStableFunc(refused, func(a, b *queryError) int { return compareLocations(a.Locations, b.Locations) })
	return refused[:min(len(refused), maxErrors)]
}

// checkLiterals refuses literals that do not fit, in every operation and fragment
// of a document that is otherwise valid.
func (a *API) checkLiterals(doc *ast.QueryDocument) (refused refusal) {
	for _, def := range doc.Operations {
		c := &coercer{schema: a.schema, def: def, unbound: true}
		c.checkLiterals(def.SelectionSet)
		for _, v := range def.VariableDefinitions {
			if v.DefaultValue != nil {
				c.at = inputPosition{variable: v, position: v.DefaultValue.Position}
				c.literal(v.Type, v.DefaultValue, "")
			}
		}
		refused = append(refused, c.refusals()...)
	}
	for _, f := range doc.Fragments {
		c := &coercer{schema: a.schema, def: &ast.OperationDefinition{}, unbound: true}
		c.checkLiterals(f.SelectionSet)
		refused = append(refused, c.refusals()...)
	}
	return refused
}

// shorten cuts a message that repeats a long document, at a whole character.
func shorten(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	return strings.ToValidUTF8(message[:maxMessage], "") + "…"
}

// valueAt returns the field at a root that a value which the validator refused
// belongs to, and its path in the arguments there. Fragments are not searched:
// what is in them may belong to several fields.
func valueAt(doc *ast.QueryDocument, wrong *queryError) (*ast.Field, string) {
	if wrong.Rule != rules.ValuesOfCorrectTypeRule.Name || len(wrong.Locations) == 0 {
		return nil, ""
	}
	for _, def := range doc.Operations {
		for _, s := range def.SelectionSet {
			field, isField := s.(*ast.Field)
			if !isField {
				continue
			}
			for _, a := range field.Arguments {
				here := func(v *ast.Value) bool { return slices.Equal(locationOf(v.Position), wrong.Locations) }
				if paths := pathsOf(a.Value, here, a.Name); len(paths) > 0 {
					return field, paths[0]
				}
			}
		}
	}
	return nil, ""
}

func compareLocations(a, b []gqlerror.Location) int {
	if len(a) == 0 || len(b) == 0 {
		return cmp.Compare(len(a), len(b))
	}
	return cmp.Or(cmp.Compare(a[0].Line, b[0].Line), cmp.Compare(a[0].Column, b[0].Column))
}

// pick returns the operation that is to be executed (October 2021, 6.1).
func pick(doc *ast.QueryDocument, name string) (*ast.OperationDefinition, *queryError) {
	if name == "" && len(doc.Operations) == 1 {
		return doc.Operations[0], nil
	}
	var names []string
	var at []gqlerror.Location
	for _, def := range doc.Operations {
		if name != "" && def.Name == name {
			return def, nil
		}
		names = append(names, cmp.Or(def.Name, "one without a name"))
		at = append(at, locationOf(def.Position)...)
	}
	all := order.Truncate(strings.Join(names, ", "))
	text := fmt.Sprintf("The document has several operations: %s.", all)
	if name != "" {
		text = fmt.Sprintf("The document has no operation %q. It has: %s.", order.Truncate(name), all)
	}
	f := &fault{code: codeOperation, hint: "Name one of them in operationName."}
	return nil, &queryError{Message: text, Locations: at[:min(len(at), maxErrors)], Extensions: f.Extensions()}
}

// execute carries an operation out on behalf of a caller. Who that is stands in
// the resolvers, which every request has its own of.
func (a *API) execute(ctx context.Context, op operation, r *root) response {
	run := executor.New(graph.NewExecutableSchema(graph.Config{Schema: a.schema, Resolvers: r}))
	run.SetErrorPresenter(r.present)
	recovered := func(_ context.Context, value any) error { return fmt.Errorf("panic: %v", value) }
	run.SetRecoverFunc(recovered)
	answer, ctx := run.DispatchOperation(ctx, &graphql.OperationContext{
		Doc: op.doc, Operation: op.def, OperationName: op.def.Name, Variables: op.variables, RecoverFunc: recovered,
		ResolverMiddleware: r.inTurn,
		RootResolverMiddleware: func(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
			return next(ctx)
		},
	})
	got := answer(ctx)
	if got == nil { // the caller is gone
		return response{Errors: refuse(faultOf(ctx, ctx.Err()))}
	}
	errs := refusal(got.Errors)
	slices.SortStableFunc(errs, func(a, b *queryError) int { return compareLocations(a.Locations, b.Locations) })
	return response{Errors: errs, Data: got.Data}
}

// inTurn lets one resolver of a request run at a time: all that they read comes
// from one database, and each writes into the record of the request.
func (r *root) inTurn(ctx context.Context, next graphql.Resolver) (any, error) {
	if graphql.GetFieldContext(ctx).IsResolver {
		r.turn.Lock()
		defer r.turn.Unlock()
	}
	return introspect(ctx, next)
}

// introspect makes null of what a type of its kind does not have, where gqlgen
// has an empty list or false (October 2021, 4.2.2: fields, inputFields and the
// rest are null for every other kind).
func introspect(ctx context.Context, next graphql.Resolver) (any, error) {
	value, err := next(ctx)
	field := graphql.GetFieldContext(ctx)
	if err != nil || field.Object != "__Type" || field.Parent == nil {
		return value, err
	}
	kinds, limited := kindsWith()[field.Field.Name]
	if of := typeOf(field.Parent.Result); limited && of != nil && !slices.Contains(kinds, of.Kind()) {
		return nil, nil
	}
	return value, nil
}

// kindsWith lists the kinds of types that have a member of __Type.
func kindsWith() map[string][]string {
	return map[string][]string{
		"fields": {"OBJECT", "INTERFACE"}, "interfaces": {"OBJECT", "INTERFACE"},
		"possibleTypes": {"INTERFACE", "UNION"},
		"enumValues":    {"ENUM"}, "inputFields": {"INPUT_OBJECT"}, "isOneOf": {"INPUT_OBJECT"},
	}
}

// present writes the error of a field, with its place in the answer and in the
// document.
func (r *root) present(ctx context.Context, err error) *queryError {
	r.turn.Lock()
	defer r.turn.Unlock()
	f := faultOf(ctx, err)
	if f.code == codeInternal || f.code == codeLater {
		// The words of the core are about a request as a whole, and other fields
		// of this one may have ordered.
		own := *f
		own.hint = "Read the orders before you ask for this field again; what the other fields did stands in data."
		if f.code == codeInternal {
			own.message = "Something went wrong on our side when this field was answered."
		}
		f = &own
	}
	e := &queryError{Message: f.message, Path: graphql.GetPath(ctx), Extensions: f.Extensions()}
	if field := graphql.GetFieldContext(ctx); field != nil && field.Field.Field != nil {
		e.Locations = locationOf(field.Field.Position)
	}
	return e
}

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
		value, isBool := values["if"].(bool)
		if isBool && (d.Name == "skip" && value || d.Name == "include" && !value) {
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
		c.at = inputPosition{field: of, argument: def.Name, position: of.Position}
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
func (c *coercer) uses(variable string) (uses []inputPosition) {
	for _, f := range rootFields(c.def.SelectionSet) {
		for _, a := range f.Arguments {
			isIt := func(v *ast.Value) bool { return v.Kind == ast.Variable && v.Raw == variable }
			for _, path := range pathsOf(a.Value, isIt, a.Name) {
				uses = append(uses, inputPosition{field: f, path: path})
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
