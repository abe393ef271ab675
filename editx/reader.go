package editx

import (
	"bytes"
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bookgate/bookgate/internal/xmlread"
)

// grammarDepth is how deep composites nest in a grammar; a test compares.
const grammarDepth = 10

// maxFields is the number of rows of the longest table of the grammar; a test
// compares.
const maxFields = 32

// reader reads the tokens of one document along the grammar.
type reader struct {
	tokens         *xmlread.Reader
	profile        Profile
	version        string              // of the root
	schemaVersion  string              // the version whose schema applies
	frames         [grammarDepth]frame // the composites that are open
	depth          int
	lines          []xmlread.Pos // where each ItemDetail begins
	text           []byte        // of the value being read
	extensions     []extension
	discardUnknown bool // unknown elements are not stored
	unordered      bool // elements occurred out of order
	unknownCount   int  // elements that the grammar does not know
	indented       bool // other blanks than XML's were reported
	typed          bool // the element that is being read has attributes
	findings       []Finding
	unlisted       int
	faults         []Finding
	refused        int
}

// frame is an open composite.
type frame struct {
	field     *field
	number    int // which of several, from 1
	at        any // its model value
	begins    xmlread.Pos
	seen      uint64                 // a bit per row that occurred
	positions [maxFields]xmlread.Pos // the last one of each row
	latest    int                    // the last row so far
	behind    sibling                // the last child that the model has
	bound     bool                   // the model has something of it, or it is always written
}

// sibling is a child of a composite: its row and which of several, from 1.
type sibling struct{ row, number int }

// composite reads one composite to its end, and reports whether the model has
// anything of it.
func (r *reader) composite(f *field, number int, at any) (bool, error) {
	fr := r.push(f, number, at)
	for {
		tok, err := r.tokens.Next()
		if err != nil {
			return false, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			err = r.child(fr, t)
		case xml.CharData:
			r.strayText(fr, t)
		case xml.EndElement:
			r.finishComposite(fr)
			r.depth--
			return fr.bound, nil
		}
		if err != nil {
			return false, err
		}
	}
}

func (r *reader) push(f *field, number int, at any) *frame {
	fr := &r.frames[r.depth]
	r.depth++
	fr.field, fr.number, fr.at, fr.begins = f, number, at, r.tokens.Start()
	fr.seen, fr.latest, fr.behind, fr.bound = 0, 0, sibling{row: -1}, f.alwaysWritten
	return fr
}

// finishComposite reports what is missing. An empty composite is not checked;
// it is stored unchanged.
func (r *reader) finishComposite(fr *frame) {
	r.checkRequired(fr)
	if !fr.bound && fr.field.use != needed && !r.profile.checksSchema() {
		return
	}
	for i := range fr.field.children {
		k := &fr.field.children[i]
		if fr.seen&(1<<i) != 0 || k.use == optional {
			continue
		}
		r.report(missing(k, fr.field.name), fr.begins, r.path(fr)+"/"+k.name, "")
	}
	if fr.field.check != nil && (fr.bound || fr.field.use == needed) {
		fr.field.check(r, fr)
	}
}

// checkRequired reports the elements that only the schema requires.
func (r *reader) checkRequired(fr *frame) {
	if !r.profile.checksSchema() {
		return
	}
	for i := range fr.field.children {
		k := &fr.field.children[i]
		switch {
		case fr.seen&(1<<i) != 0:
		case strings.Contains(k.requiredIn, r.schemaVersion):
			r.reportMissing(fr, k, against("missing", "`<%s>` has no `<%s>`, which version %s demands.", fr.field.name,
				k.name, r.schemaVersion))
		case k.atLeastOne > 0 && !fr.hasOneOf(k.atLeastOne) && fr.firstOf(k.atLeastOne) == i:
			r.reportMissing(fr, k, against("missing", "`<%s>` holds too little: %s is demanded.", fr.field.name,
				fr.alternatives(k.atLeastOne)))
		}
	}
}

// alternatives lists the elements of a group for a message.
func (fr *frame) alternatives(group int) string {
	var names []string
	for i := range fr.field.children {
		if k := &fr.field.children[i]; k.atLeastOne == group {
			names = append(names, "`<"+k.name+">`")
		}
	}
	return strings.Join(names, " or ")
}

// hasOneOf reports whether one of a group occurred.
func (fr *frame) hasOneOf(group int) bool {
	for i := range fr.field.children {
		if fr.field.children[i].atLeastOne == group && fr.seen&(1<<i) != 0 {
			return true
		}
	}
	return false
}

func (fr *frame) firstOf(group int) int {
	return slices.IndexFunc(fr.field.children, func(k field) bool { return k.atLeastOne == group })
}

func missing(k *field, parent string) note {
	if k.use == needed {
		return refuse("missing", "`<%s>` has no `<%s>`; it cannot be done without.", parent, k.name).always()
	}
	return against("missing", "`<%s>` has no `<%s>`, which EDItX asks for; add it.", parent, k.name)
}

// child reads one child element of a composite.
func (r *reader) child(fr *frame, t xml.StartElement) error {
	if fr.field.each != nil {
		return fr.field.each(r, fr, t)
	}
	i := -1
	if r.tokens.Namespace() == "" && t.Name.Space == "" {
		i = fr.find(t.Name.Local)
	}
	if i < 0 {
		return r.unknownElement(fr, t.Name)
	}
	if !r.checkOccurrence(fr, i, t.Name.Local) {
		return r.tokens.Skip()
	}
	r.attributes(fr, i, t.Attr)
	if fr.field.children[i].children == nil {
		return r.value(fr, i)
	}
	return r.nested(fr, i)
}

// find returns the row of a name, or -1. Senders mostly follow the order, so
// the search begins where the last one ended.
func (fr *frame) find(name string) int {
	kids := fr.field.children
	for i := fr.latest; i < len(kids); i++ {
		if kids[i].name == name {
			return i
		}
	}
	for i := range kids {
		if kids[i].name == name || kids[i].nameV10 == name && !kids[i].onlyV10 {
			return i
		}
	}
	return -1
}

// nested reads a composite within a composite.
func (r *reader) nested(fr *frame, i int) error {
	k, begins, stored := &fr.field.children[i], r.tokens.Start(), len(r.extensions)
	if err := r.countLine(k); err != nil {
		return err
	}
	scope := r.tokens.Scope()
	at, number := k.enter(fr.at)
	foreign := r.unknownCount
	bound, err := r.composite(k, number, at)
	if err != nil {
		return err
	}
	if bound {
		fr.accept(i, number)
		return nil
	}
	k.leave(fr.at)
	r.extensions = r.extensions[:stored]
	if k.use == needed {
		return nil
	}
	outcome := "It was passed over"
	if !r.discardUnknown && (r.unknownCount > foreign || r.allowedAsIs(fr, k, begins, scope)) {
		r.addExtension(fr, begins, scope)
		outcome = r.unknownOutcome()
	}
	r.report(warn("blank", "`<%s>` holds nothing. %s; leave it out.", k.name, outcome), begins, r.path(fr)+"/"+k.name,
		"")
	return nil
}

// allowedAsIs reports whether the schema accepts the empty element that was
// just read: only then can it be written back into a valid document. Elements
// of another vocabulary are stored in any case.
func (r *reader) allowedAsIs(fr *frame, k *field, begins xmlread.Pos, scope xmlread.Scope) bool {
	if k.onlyV10 {
		return false
	}
	whole := r.tokens.Bytes(begins, r.tokens.End())
	again := &reader{
		tokens: xmlread.NewFragment(whole, scope, &orderFormat), profile: schema,
		version: version, schemaVersion: version, discardUnknown: true,
	}
	tok, err := again.tokens.Next()
	if start, ok := tok.(xml.StartElement); err != nil || !ok || len(start.Attr) > 0 {
		return false
	}
	at, number := k.enter(fr.at)
	_, err = again.composite(k, number, at)
	k.leave(fr.at)
	return err == nil && again.refused == 0
}

// accept records that the model has the child.
func (fr *frame) accept(i, number int) {
	fr.bound = true
	if k := &fr.field.children[i]; k.onlyV10 {
		i = fr.find(k.nameV10)
	}
	fr.behind = sibling{i, number}
}

// countLine limits the lines.
func (r *reader) countLine(k *field) error {
	if k.name != "ItemDetail" {
		return nil
	}
	r.lines = append(r.lines, r.tokens.Start())
	if len(r.lines) > maxLines {
		return errTooManyLines(r.tokens)
	}
	return nil
}

// strayText refuses text where EDItX has elements only, since it would be lost.
// Characters that only look like white space carry no information; they are
// reported once, since a sender that indents with them does so on every line.
func (r *reader) strayText(fr *frame, data []byte) {
	if onlyBlanks(data) { // the usual case
		return
	}
	data = bytes.Trim(data, xmlread.WhiteSpace)
	if first, _ := utf8.DecodeRune(data); bytes.IndexFunc(data, visible) < 0 {
		if !r.indented {
			r.report(against("text",
				"%s stands between the elements of `<%s>`, and is not white space of XML; it was ignored, there and "+
					"elsewhere. Indent with spaces.",
				xmlread.RuneName(first), fr.field.name),
				r.tokens.Start(), r.path(fr), "")
		}
		r.indented = true
		return
	}
	r.report(refuse("text",
		"Text stands between the elements of `<%s>`; put it into a Message.",
		fr.field.name).always(),
		r.tokens.Start(), r.path(fr), string(data))
}

func onlyBlanks(data []byte) bool {
	for _, b := range data {
		if b != ' ' && b != '\n' && b != '\r' && b != '\t' {
			return false
		}
	}
	return true
}

func visible(r rune) bool {
	return !xmlread.LooksBlank(r) && !strings.ContainsRune(xmlread.WhiteSpace, r)
}

// attributes warns of attributes: EDItX has none on elements other than the
// root, and the model has no member for them.
func (r *reader) attributes(fr *frame, i int, attrs []xml.Attr) {
	r.typed = len(attrs) > 0
	for _, a := range attrs {
		if !xmlread.DeclaresNamespace(a.Name) {
			r.foreignAttribute(a, &fr.field.children[i], r.path(fr)+"/"+fr.field.children[i].name)
		}
	}
}

// checkOccurrence reports whether an element may occur here: once or
// repeatedly, alone of its choice, in order.
func (r *reader) checkOccurrence(fr *frame, i int, written string) bool {
	k := &fr.field.children[i]
	fr.restartGroup(i, k.groupSize)
	if fr.seen&(1<<i) != 0 && !k.many {
		r.reportChild(fr, k, refuse("repeated", "`<%s>` is there a second time; the first is at line %d. Leave one "+
			"of them.", written, fr.positions[i].Line).always())
		return false
	}
	if other := fr.conflicting(k.choice, i); other != "" {
		r.reportChild(fr, k, refuse("choice", "`<%s>` stands beside `<%s>`; only one of them may be there.", written,
			other).always())
		return false
	}
	if written != k.name || k.onlyV10 {
		r.reportChild(fr, k, against("old-name", "`<%s>` is a name of version 1.0; write `<%s>`.", written,
			k.currentName()))
	} else if i < fr.latest {
		r.unordered = true
		r.reportChild(fr, k, against("element-order",
			"`<%s>` stands behind `<%s>`; EDItX has it before, so move it up.", written,
			fr.field.children[fr.latest].name))
	}
	r.checkVersion(fr, k)
	fr.seen |= 1 << i
	fr.positions[i] = r.tokens.Start()
	fr.latest = max(fr.latest, i)
	return true
}

// checkVersion reports an element that the version does not have here.
func (r *reader) checkVersion(fr *frame, k *field) {
	if k.since <= r.schemaVersion || !r.profile.checksSchema() {
		return
	}
	hint := "leave it out"
	if k.since != never {
		hint = "write it in a version=\"" + k.since + "\""
	}
	r.reportChild(fr, k, against("version-element", "`<%s>` in `<%s>` is not an element of version %s; %s.", k.name,
		fr.field.name, r.schemaVersion, hint))
}

// currentName returns the name of the element in the current version.
func (f *field) currentName() string {
	if f.onlyV10 {
		return f.nameV10
	}
	return f.name
}

// conflicting returns the name of a field that occurred and excludes row i, or
// "".
func (fr *frame) conflicting(group, i int) string {
	if group == 0 {
		return ""
	}
	for j := range fr.field.children {
		if j != i && fr.field.children[j].choice == group && fr.seen&(1<<j) != 0 {
			return fr.field.children[j].name
		}
	}
	return ""
}

// restartGroup starts the group of row i again: its elements may occur once
// more.
func (fr *frame) restartGroup(i, follow int) {
	if follow == 0 || fr.seen&(1<<i) == 0 || fr.latest > i+follow {
		return
	}
	for j := i + 1; j <= i+follow; j++ {
		fr.seen &^= 1 << j
	}
	fr.latest = i
}

// path returns the path of a composite in the canonical document: with a number
// where an element may be repeated.
func (r *reader) path(fr *frame) string {
	var b strings.Builder
	for i := range r.frames[:r.depth] {
		f := &r.frames[i]
		if !f.field.onlyV10 {
			b.WriteByte('/')
			b.WriteString(step(f.field, f.number))
		}
		if f == fr {
			break
		}
	}
	return b.String()
}

func step(f *field, number int) string {
	if !f.many {
		return f.name
	}
	return f.name + "[" + strconv.Itoa(number) + "]"
}

// reportChild reports on the child element whose start tag was just read.
func (r *reader) reportChild(fr *frame, k *field, n note) {
	r.report(n, r.tokens.Start(), r.path(fr)+"/"+k.currentName(), "")
}

// reportValue reports on a value of the composite that is being finished.
func (r *reader) reportValue(fr *frame, name, value string, n note) {
	at := fr.begins
	if i := fr.find(name); i >= 0 && fr.seen&(1<<i) != 0 {
		at = fr.positions[i]
	}
	r.report(n, at, r.path(fr)+"/"+name, value)
}
