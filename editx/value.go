package editx

import (
	"bytes"
	"encoding/xml"
	"slices"
	"strings"
	"unicode"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// value reads one value. Comments and CDATA divide a text without ending it;
// another element would, and then half of a number could pass for the whole.
func (r *reader) value(fr *frame, i int) error {
	begins, scope := r.tokens.Start(), r.tokens.Scope()
	foreign := false
	r.text = r.text[:0]
	for {
		tok, err := r.tokens.Next()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.CharData:
			if r.text = append(r.text, t...); len(r.text) > xmlread.MaxText {
				return r.tokens.Limit("has a text of more than %d bytes", xmlread.MaxText)
			}
		case xml.StartElement:
			foreign = true
			if err := r.nestedElement(fr, i, t.Name); err != nil {
				return err
			}
		case xml.EndElement:
			return r.finishValue(fr, i, begins, scope, foreign)
		}
	}
}

// nestedElement meets an element inside a value: a record in another vocabulary is
// kept where the grammar allows one, anything else is refused.
func (r *reader) nestedElement(fr *frame, i int, name xml.Name) error {
	k := &fr.field.children[i]
	path := r.path(fr) + "/" + step(k, k.next(fr.at))
	if !k.anyContent || r.tokens.Namespace() == "" {
		r.report(refuse("nested", "`<%s>` stands inside `<%s>`, which holds text only.", xmlread.QName(name), k.name).always(), r.tokens.Start(), path, "")
		return r.tokens.Skip()
	}
	r.report(against("unknown", "`<%s>` is not part of EDItX. %s; escape it if it is text.", xmlread.QName(name), r.unknownOutcome()), r.tokens.Start(), path, "")
	at, scope := r.tokens.Start(), r.tokens.Scope()
	r.unknownCount++
	if err := r.tokens.Skip(); err != nil {
		return err
	}
	r.appendExtension(extension{parent: path, key: r.key(fr, sibling{i, k.next(fr.at)}), begins: at, ends: r.tokens.End(), scope: scope})
	return nil
}

// Next is the number that the next of a repeated element gets.
func (f *field) next(parent any) int {
	if f.count == nil {
		return 1
	}
	return f.count(parent) + 1
}

// finishValue gives the text of a value to the model.
func (r *reader) finishValue(fr *frame, i int, begins xmlread.Pos, scope xmlread.Scope, foreign bool) error {
	k := &fr.field.children[i]
	blank := k.blank(r.text)
	if foreign && k.anyContent {
		if !blank {
			r.report(refuse("text", "Text stands beside the elements of `<%s>`; put it into a Message of its own.", k.name),
				begins, r.path(fr)+"/"+k.name, string(r.text))
		}
		r.text = r.text[:0]
	}
	if blank && !k.many {
		r.blank(fr, i, begins, scope)
		return nil
	}
	r.assign(fr, i, begins, scope)
	return nil
}

// blank reports whether a text says nothing: in a number or code also one of
// characters that nobody sees.
func (k *field) blank(text []byte) bool {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || k.text || text[0] <= unicode.MaxASCII {
		return len(text) == 0
	}
	s, _ := cleaned(string(text))
	return s == ""
}

// assign gives the model a text that is not blank.
func (r *reader) assign(fr *frame, i int, begins xmlread.Pos, scope xmlread.Scope) {
	k := &fr.field.children[i]
	written := string(r.text)
	s, hidden := written, note{}
	if k.text {
		hidden = controls(written)
	} else {
		s, hidden = cleaned(written)
	}
	s, coded := r.codeOf(k, s)
	n := r.checkForm(k, written, k.parse(fr.at, s))
	if r.setsAside(k, n) {
		n = r.setAside(fr, k, begins, scope, n)
	}
	if !n.unread {
		number := 1
		if k.many {
			number = k.count(fr.at)
		}
		fr.accept(i, number)
	}
	if hidden.code != "" {
		r.report(hidden, begins, r.path(fr)+"/"+k.name, written)
	}
	switch {
	case n.code != "":
		r.report(n, begins, r.path(fr)+"/"+k.name, written)
	case coded.code != "":
		r.report(coded, begins, r.path(fr)+"/"+k.name, written)
	case k.codes != nil:
		r.checkCode(fr, k, begins, written)
	}
}

// codeOf returns the code of the list that a value stands for, and the value
// itself where it is one or stands for none.
func (r *reader) codeOf(k *field, s string) (string, note) {
	if k.codes == nil {
		return s, note{}
	}
	written := strings.TrimSpace(s)
	if k.codes.has(written) {
		return s, note{}
	}
	code, ok := k.listed(plainDashes(written))
	if !ok {
		return s, note{}
	}
	n := warn("code-form", "%q was read as %s; write the code as its list has it.", order.Cut(written), code)
	n.forbidden = k.listedFrom <= r.schemaVersion
	return code, n
}

// setsAside reports whether a value that cannot be read is set aside: Lenient goes
// on without what is optional, and so does Trade where the value is clear.
func (r *reader) setsAside(k *field, n note) bool {
	unreadable := n.code == "date" || n.code == "decimal" || n.code == "integer"
	goesOn := r.profile == Lenient && k.use != needed && !k.many || r.canOmit(k, n)
	return goesOn && unreadable && n.severity == Refusal
}

// canOmit reports whether a document is whole without a value that is clear and
// that Encode cannot write.
func (r *reader) canOmit(k *field, n note) bool {
	return n.omittable && !r.profile.checksSchema() && (k.use == optional || k.alwaysWritten || r.discardUnknown)
}

// setAside keeps a value that cannot be read beside the order, unless Encode
// writes that element from what it knows or could not write it so.
func (r *reader) setAside(fr *frame, k *field, begins xmlread.Pos, scope xmlread.Scope, n note) note {
	n.unread = true
	if r.canOmit(k, n) {
		n.severity = Warning
		n.message += " It was taken as not given, and left out."
		return n
	}
	if k.alwaysWritten {
		return n.lenientOr("It was taken as not given.")
	}
	r.addExtension(fr, begins, scope)
	return n.lenientOr("It was taken as not given, and kept.")
}

// checkCode warns of a code that is not on its list.
func (r *reader) checkCode(fr *frame, k *field, at xmlread.Pos, written string) {
	code := k.print(fr.at, 0)
	if n := r.listedCode(k, code, written); n.code != "" {
		r.report(n, at, r.path(fr)+"/"+k.name, code)
	}
}

// blank meets a value without text. It says nothing to the model; it is kept,
// so that the document comes back whole, unless Encode writes that element
// anyway or the order cannot do without it.
func (r *reader) blank(fr *frame, i int, begins xmlread.Pos, scope xmlread.Scope) {
	k := &fr.field.children[i]
	var n note
	switch {
	case k.use == needed:
		n = refuse("missing", "`<%s>` is empty; it cannot be done without.", k.name)
	case k.alwaysWritten:
		n = warn("blank", "`<%s>` is empty; it was taken as not given. Fill it.", k.name)
	case r.discardUnknown:
		n = warn("blank", "`<%s>` is empty; it was taken as not given. Fill it or leave it out.", k.name)
	case k.codes != nil || k.form.ok != nil || r.typed:
		// Empty, it is nothing that the schema takes.
		n = warn("blank", "`<%s>` is empty; it was taken as not given, and left out. Fill it or leave it out.", k.name)
	default:
		n = warn("blank", "`<%s>` is empty; it was taken as not given, and kept. Fill it or leave it out.", k.name)
		r.addExtension(fr, begins, scope)
	}
	n.forbidden = k.codes != nil && k.listedFrom <= r.schemaVersion || k.form.ok != nil && !k.form.ok(string(r.text))
	r.report(n, begins, r.path(fr)+"/"+k.name, "")
}

// Characters without width ride along when a number is copied from a web page, a
// spreadsheet or a document written from right to left. In a number they are
// never meant: nobody sees them, and with them a number is another one.

// firstNonASCII names the first character beyond ASCII, "" when there is none: it may
// look like another, or like nothing.
func firstNonASCII(s string) string {
	for _, r := range s {
		if r > unicode.MaxASCII {
			return xmlread.RuneName(r)
		}
	}
	return ""
}

// controls warns of characters that text has where bytes of windows-1252 were
// written as if they were of Unicode: &#150; or U+0096 for a dash. What is meant
// can be guessed, and text is not changed on a guess.
func controls(s string) note {
	for rest := s; ; {
		i := strings.IndexByte(rest, 0xc2) // how all of them begin in UTF-8
		if i < 0 || i+1 == len(rest) {
			return note{}
		}
		b := rest[i+1]
		if w, ok := xmlread.ControlAsWindows1252(b); ok {
			return warn("invisible", "%s is a control character and shows nothing; it was kept. In windows-1252 it is %c: if that is meant, write %U.", xmlread.RuneName(rune(b)), w, w)
		}
		rest = rest[i+2:]
	}
}

// cleaned is a number or code without what cannot be seen in it: characters
// without width anywhere, and around it the blanks that are none of XML's. A
// no-break space inside is the blank as which it is seen. The note is empty when
// there was nothing of the kind.
func cleaned(s string) (string, note) {
	if isPlain(s) {
		return s, note{}
	}
	var found []string
	at, place := 0, 0
	note1 := func(r rune) {
		if len(found) == 0 {
			place = at
		}
		if n := xmlread.RuneName(r); len(found) < maxNamed && !strings.Contains(strings.Join(found, " "), n) {
			found = append(found, n)
		}
	}
	trimmed := strings.Trim(s, xmlread.WhiteSpace)
	clean := strings.Map(func(r rune) rune {
		at++
		switch {
		case xmlread.Invisible(r):
			note1(r)
			return -1
		case r > unicode.MaxASCII && unicode.IsSpace(r):
			note1(r)
			return ' '
		}
		return r
	}, trimmed)
	if len(found) == 0 {
		return s, note{}
	}
	return strings.Trim(clean, xmlread.WhiteSpace), warn("invisible", "%s stands in the value, the first as its character %d; it cannot be seen, and was left out or read as a blank. Write %s.",
		strings.Join(found, ", "), place, xmlread.Quote(strings.Trim(clean, xmlread.WhiteSpace)))
}

// maxNamed bounds the characters that one finding names: more come only of a
// text that is no number at all.
const maxNamed = 4

// plainDashes writes the dashes and the minus sign that office programs and
// formatters of numbers put for a hyphen as one; they look alike.
func plainDashes(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isDash(r) {
			return '-'
		}
		return r
	}, s)
}

func isDash(r rune) bool { return unicode.Is(unicode.Pd, r) || r == '\u2212' }

// isPlain reports whether a text is ASCII throughout, as numbers and codes are.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] > unicode.MaxASCII {
			return false
		}
	}
	return true
}

// schemaInstance is the namespace of the attributes with which any document may
// speak of its schema, and schemaTypes that of the types of XML Schema itself.
const (
	schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"
	schemaTypes    = "http://www.w3.org/2001/XMLSchema"
)

// foreignAttribute warns of an attribute: EDItX has none but the version, and
// the model has no place for others. Those of XML Schema may stand on any
// element (part 1, 2.6); whether they are right only Strict asks. The field is
// nil for the root.
func (r *reader) foreignAttribute(a xml.Attr, k *field, path string) {
	space, _ := r.tokens.AttrNamespace(a.Name)
	if space != schemaInstance || !slices.Contains([]string{"type", "nil", "schemaLocation", "noNamespaceSchemaLocation"}, a.Name.Local) {
		n := warn("attribute", "The attribute %s is not part of EDItX and was not kept; leave it out.", xmlread.QName(a.Name))
		n.forbidden = true
		r.report(n, r.tokens.Start(), path, a.Value)
		return
	}
	if !r.profile.checksSchema() {
		return
	}
	switch {
	case a.Name.Local == "nil":
		r.report(against("attribute",
			"%s stands here, and no element of EDItX may be nil; leave the element out.",
			xmlread.QName(a.Name)), r.tokens.Start(), path, a.Value)
	case a.Name.Local == "type" && !r.fitsType(k, a.Value):
		r.report(against("attribute",
			"%s says %q, which is not the type of this element; leave the attribute out.",
			xmlread.QName(a.Name), order.Cut(a.Value)), r.tokens.Start(), path, a.Value)
	}
}

// fitsType reports whether an element may be said to be of a type: one that is
// derived from its own (part 1, 3.3.4). Values are of xs:string, xs:int or
// xs:decimal; codes and dates have types of their own, which documents cannot
// name. PaymentTermsCode has none, so that it may be of any.
func (r *reader) fitsType(k *field, written string) bool {
	prefix, name, found := strings.Cut(strings.Trim(written, xmlread.WhiteSpace), ":")
	if !found {
		prefix, name = "", prefix
	}
	space, ok := r.tokens.Resolve(prefix)
	if !ok || space != schemaTypes || k == nil || k.children != nil {
		return false
	}
	switch {
	case k.codes != nil:
		return false
	case k.form.code == intForm.code:
		return slices.Contains(intTypes, name)
	case k.form.code == decimalForm.code:
		return name == "decimal" || slices.Contains(integerTypes, name) || slices.Contains(intTypes, name)
	case k.form.ok != nil:
		return false
	case k.name == "PaymentTermsCode":
		return name != "NOTATION"
	}
	return slices.Contains(stringTypes, name)
}

// The built-in types that derive from those of EDItX's values (XML Schema part
// 2, 3). That a value is one of a narrower type is left to other validators.
var (
	stringTypes  = []string{"string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN", "ID"}
	intTypes     = []string{"int", "short", "byte"}
	integerTypes = []string{
		"integer", "long", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger",
		"unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte",
	}
)
