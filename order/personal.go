package order

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Personal lists what erasing would take out of an order, each value with the
// pointer to its place in the model, so that the operator sees it before.
func (o *Order) Personal() ([]Field, error) {
	left := *o
	left.redact()
	before, err := o.values()
	if err != nil {
		return nil, err
	}
	after, err := left.values()
	if err != nil {
		return nil, err
	}
	stays := map[Field]int{}
	for _, f := range after {
		stays[withoutIndex(f)]++
	}
	var gone []Field
	for _, f := range before {
		if key := withoutIndex(f); stays[key] > 0 {
			stays[key]--
		} else {
			gone = append(gone, f)
		}
	}
	return gone, nil
}

// withoutIndex is a value without its places in lists: what stands behind one
// that goes moves up.
func withoutIndex(f Field) Field {
	steps := strings.Split(f.Pointer, "/")
	steps = slices.DeleteFunc(steps, allDigits)
	return Field{Pointer: strings.Join(steps, "/"), Value: f.Value}
}

// values lists the content of an order, value by value.
func (o *Order) values() ([]Field, error) {
	var fields []Field
	for _, part := range []struct {
		at   string
		from any
	}{{"/header", o.Header}, {"/lines", o.Lines}, {"/summary", o.Summary}, {"/kept", o.Kept}, {"/findings", o.Findings}, {"/routing", o.Routing}, {"/reason", o.Reason}, {"/subject", o.Subject}, {"/facts", o.Facts}} {
		text, err := json.Marshal(part.from)
		if err != nil {
			return nil, fmt.Errorf("order %s: %w", o.ID, err)
		}
		var tree any
		if err := json.Unmarshal(text, &tree); err != nil {
			return nil, fmt.Errorf("order %s: %w", o.ID, err)
		}
		fields = appendValues(fields, part.at, tree)
	}
	return fields, nil
}

// appendValues appends the leaves of a tree of JSON in the order of their
// places. An empty one is no value.
func appendValues(fields []Field, at string, tree any) []Field {
	switch t := tree.(type) {
	case map[string]any:
		var names []string
		for name := range t {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			fields = appendValues(fields, at+"/"+name, t[name])
		}
	case []any:
		for i, v := range t {
			fields = appendValues(fields, fmt.Sprintf("%s/%d", at, i), v)
		}
	case nil:
	default:
		if v := strings.TrimSpace(fmt.Sprint(t)); v != "" {
			fields = append(fields, Field{Pointer: at, Value: v})
		}
	}
	return fields
}
