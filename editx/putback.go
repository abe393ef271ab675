package editx

import (
	"strings"

	"github.com/beevik/etree"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// extensionSet holds what is kept of an order until the tree has grown to where it
// goes.
type extensionSet struct {
	byPosition map[position][]order.Kept
	positions  map[string][]position // by parent, in the order of the document
	order      []position            // all of them
}

// position is a place for kept elements: behind a sibling, or at the beginning.
type position struct{ parent, after string }

func newExtensionSet(kept []order.Kept) *extensionSet {
	if len(kept) == 0 {
		return nil
	}
	s := &extensionSet{byPosition: map[position][]order.Kept{}, positions: map[string][]position{}}
	for _, k := range kept {
		p := position{k.Parent, k.After}
		if len(s.byPosition[p]) == 0 {
			s.positions[k.Parent] = append(s.positions[k.Parent], p)
			s.order = append(s.order, p)
		}
		s.byPosition[p] = append(s.byPosition[p], k)
	}
	return s
}

// flushAfter adds what stood behind a sibling that was just added, or at the
// beginning.
func (w *writer) flushAfter(parent, after string, depth int) {
	if w.extensions != nil {
		w.flush(position{parent, after}, depth)
	}
}

// flushParent adds what stood behind siblings that are no more.
func (w *writer) flushParent(parent string, depth int) {
	if w.extensions == nil {
		return
	}
	for _, p := range w.extensions.positions[parent] {
		w.flush(p, depth)
	}
}

// flushRest adds what stood in elements that are no more: out of place, and
// not lost.
func (w *writer) flushRest(depth int) {
	if w.extensions == nil {
		return
	}
	for _, p := range w.extensions.order {
		w.flush(p, depth)
	}
}

func (w *writer) flush(p position, depth int) {
	for _, k := range w.extensions.byPosition[p] {
		made, err := parseExtension(k.XML)
		if err != nil {
			w.fail(order.Errorf(order.Internal, "kept-element", "An element kept in %s cannot be written again: %v", k.Parent, err))
			return
		}
		w.add(made, depth)
	}
	delete(w.extensions.byPosition, p)
}

// parseExtension makes a tree of a kept element, under the limits of everything that
// comes from outside.
func parseExtension(text string) (*etree.Element, error) {
	safe, err := xmlread.Canonical([]byte(text), nil, &orderFormat)
	if err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{ValidateInput: true, MaxDepth: xmlread.MaxDepth, PreserveDuplicateAttrs: true}
	if _, err := doc.ReadFrom(strings.NewReader(safe)); err != nil {
		return nil, err
	}
	return doc.Root(), nil
}
