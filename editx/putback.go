package editx

import (
	"strings"

	"github.com/beevik/etree"

	"github.com/bookgate/bookgate/order"
)

// shelf holds what is kept of an order until the tree has grown to where it
// goes.
type shelf struct {
	at    map[spot][]order.Kept
	spots map[string][]spot // by parent, in the order of the document
	rest  []spot            // all of them
}

// spot is a place for kept elements: behind a sibling, or at the beginning.
type spot struct{ parent, after string }

func newShelf(kept []order.Kept) *shelf {
	if len(kept) == 0 {
		return nil
	}
	s := &shelf{at: map[spot][]order.Kept{}, spots: map[string][]spot{}}
	for _, k := range kept {
		p := spot{k.Parent, k.After}
		if len(s.at[p]) == 0 {
			s.spots[k.Parent] = append(s.spots[k.Parent], p)
			s.rest = append(s.rest, p)
		}
		s.at[p] = append(s.at[p], k)
	}
	return s
}

// putBack adds what stood behind a sibling that was just added, or at the
// beginning.
func (w *writer) putBack(parent, after string, depth int) {
	if w.kept != nil {
		w.put(spot{parent, after}, depth)
	}
}

// putLast adds what stood behind siblings that are no more.
func (w *writer) putLast(parent string, depth int) {
	if w.kept == nil {
		return
	}
	for _, p := range w.kept.spots[parent] {
		w.put(p, depth)
	}
}

// putAll adds what stood in elements that are no more: out of place, and
// not lost.
func (w *writer) putAll(depth int) {
	if w.kept == nil {
		return
	}
	for _, p := range w.kept.rest {
		w.put(p, depth)
	}
}

func (w *writer) put(p spot, depth int) {
	for _, k := range w.kept.at[p] {
		made, err := reread(k.XML)
		if err != nil {
			w.fail(order.Errorf(order.Internal, "kept-element", "An element kept in %s cannot be written again: %v", k.Parent, err))
			return
		}
		w.add(made, depth)
	}
	delete(w.kept.at, p)
}

// reread makes a tree of a kept element, under the limits of everything that
// comes from outside.
func reread(text string) (*etree.Element, error) {
	safe, err := canonical([]byte(text), nil)
	if err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{ValidateInput: true, MaxDepth: maxDepth, PreserveDuplicateAttrs: true}
	if _, err := doc.ReadFrom(strings.NewReader(safe)); err != nil {
		return nil, err
	}
	return doc.Root(), nil
}
