package editx

import (
	"encoding/binary"
	"encoding/xml"
	"slices"
	"strings"

	"github.com/beevik/etree"
	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// extension is an element that is written back where it was read: unknown, or
// known and empty.
type extension struct {
	parent, after string
	key           []byte // sorts like the canonical document
	begins, ends  xmlread.Pos
	scope         xmlread.Scope
}

// unknownElement reads an element that the grammar does not know here.
func (r *reader) unknownElement(fr *frame, name xml.Name) error {
	begins, scope := r.tokens.Start(), r.tokens.Scope()
	r.unknownCount++
	if len(r.extensions) == maxExtensions {
		return r.tokens.Limit("has more than %d elements that are not part of EDItX", maxExtensions)
	}
	if r.unknownCount > maxUnknown {
		return r.tokens.Limit("has more than %d elements that are not part of EDItX", maxUnknown)
	}
	switch {
	case fr.field.onlyCanceled && strings.Contains(strings.ToLower(name.Local), "quantity"):
		r.report(refuse("quantity", "`<%s>` in `<%s>` is not part of EDItX; write how many copies are cancelled as "+
			"`<%s>`.", xmlread.QName(name), fr.field.name, nameCanceled),
			begins, r.path(fr)+"/"+xmlread.QName(name), "")
	case r.listFull():
		r.unlisted++
	default:
		r.report(against("unknown",
			"`<%s>` in `<%s>` is not part of EDItX. %s; leave it out, or put it into a Message.", xmlread.QName(name),
			fr.field.name, r.unknownOutcome()),
			begins, r.path(fr)+"/"+xmlread.QName(name), "")
	}
	if err := r.tokens.Skip(); err != nil {
		return err
	}
	r.addExtension(fr, begins, scope)
	return nil
}

// listFull reports whether another warning would only be counted, so that its
// text is not needed.
func (r *reader) listFull() bool {
	return len(r.findings) >= maxFindings && !r.profile.checksSchema()
}

// addExtension stores the element that began at begins and has just ended.
func (r *reader) addExtension(fr *frame, begins xmlread.Pos, scope xmlread.Scope) {
	if fr.field.onlyV10 {
		// Such a composite is not written; its parent is.
		fr = &r.frames[r.depth-2]
	}
	f := extension{parent: r.path(fr), key: r.key(fr, fr.behind), begins: begins, ends: r.tokens.End(), scope: scope}
	if fr.behind.row >= 0 {
		f.after = f.parent + "/" + step(&fr.field.children[fr.behind.row], fr.behind.number)
	}
	r.appendExtension(f)
}

func (r *reader) appendExtension(f extension) {
	if !r.discardUnknown {
		r.extensions = append(r.extensions, f)
	}
}

// unknownOutcome says in messages what happens to an element that the model has
// no member for.
func (r *reader) unknownOutcome() string {
	if r.discardUnknown {
		return "It was passed over"
	}
	return "It was stored unchanged"
}

// key returns the position after a child of fr as bytes that sort like the
// canonical document: row and number of every element on the path, and a last
// byte that sorts the content of the child first.
func (r *reader) key(fr *frame, behind sibling) []byte {
	var key []byte
	for i := 1; i < r.depth && &r.frames[i-1] != fr; i++ {
		parent, f := &r.frames[i-1], &r.frames[i]
		row := slices.IndexFunc(parent.field.children, func(k field) bool { return k.name == f.field.name })
		key = sortKey(key, sibling{row, f.number})
	}
	return append(sortKey(key, behind), 0xff)
}

func sortKey(key []byte, s sibling) []byte {
	return binary.BigEndian.AppendUint32(append(key, byte(s.row+1)), uint32(s.number))
}

// noun is what messages call the document that is read.
func (r *reader) noun() string {
	if r.discardUnknown {
		return "document"
	}
	return "order"
}

// extensionSet holds the stored elements of an order while it is written.
type extensionSet struct {
	byPosition map[position][]order.Extension
	positions  map[string][]position // by parent, in the order of the document
	order      []position            // all of them
}

// position is where stored elements belong: after a sibling, or at the
// beginning.
type position struct{ parent, after string }

func newExtensionSet(extensions []order.Extension) *extensionSet {
	if len(extensions) == 0 {
		return nil
	}
	s := &extensionSet{byPosition: map[position][]order.Extension{}, positions: map[string][]position{}}
	for _, k := range extensions {
		p := position{k.Parent, k.After}
		if len(s.byPosition[p]) == 0 {
			s.positions[k.Parent] = append(s.positions[k.Parent], p)
			s.order = append(s.order, p)
		}
		s.byPosition[p] = append(s.byPosition[p], k)
	}
	return s
}

// flushAfter adds what belongs after a sibling that was just added, or at the
// beginning.
func (w *writer) flushAfter(parent, after string, depth int) {
	if w.extensions != nil {
		w.flush(position{parent, after}, depth)
	}
}

// flushParent adds what belongs after siblings that do not exist any more.
func (w *writer) flushParent(parent string, depth int) {
	if w.extensions == nil {
		return
	}
	for _, p := range w.extensions.positions[parent] {
		w.flush(p, depth)
	}
}

// flushRest adds what belongs into elements that do not exist any more: out of
// place, and not lost.
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
			w.fail(order.Errorf(order.Internal, "kept-element", "An element stored in %s cannot be written again: %v",
				k.Parent, err))
			return
		}
		w.add(made, depth)
	}
	delete(w.extensions.byPosition, p)
}

// parseExtension returns the tree of a stored element, read under the limits of
// everything from outside.
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

// readsBack returns an error for an order of size bytes that could not be read
// again. Only a large one is measured.
func readsBack(o *order.Order, size int) error {
	for i := range o.Extensions {
		size += len(o.Extensions[i].XML)
	}
	if size <= surelyFits {
		return nil
	}
	return CheckExtent(o)
}
