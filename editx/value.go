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
// another element would, and half of a number could then be mistaken for the
// whole.
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

// nestedElement reads an element inside a value: another vocabulary is stored
// where the grammar allows it, anything else is refused.
func (r *reader) nestedElement(fr *frame, i int, name xml.Name) error {
	k := &fr.field.children[i]
	path := r.path(fr) + "/" + step(k, k.next(fr.at))
	if !k.anyContent || r.tokens.Namespace() == "" {
		r.report(refuse("nested", "`<%s>` stands inside `<%s>`, which holds text only.", xmlread.QName(name), k.name).
			always(), r.tokens.Start(), path, "")
		return r.tokens.Skip()
	}
	r.report(against("unknown", "`<%s>` is not part of EDItX. %s; escape it if it is text.", xmlread.QName(name),
		r.unknownOutcome()), r.tokens.Start(), path, "")
	at, scope := r.tokens.Start(), r.tokens.Scope()
	r.unknownCount++
	if err := r.tokens.Skip(); err != nil {
		return err
	}
	r.appendExtension(extension{parent: path, key: r.key(fr, sibling{i, k.next(fr.at)}), begins: at,
		ends: r.tokens.End(), scope: scope})
	return nil
}

// next returns the number of the next of a repeated element.
func (f *field) next(parent any) int {
	if f.count == nil {
		return 1
	}
	return f.count(parent) + 1
}

// finishValue assigns the text of a value to the model.
func (r *reader) finishValue(fr *frame, i int, begins xmlread.Pos, scope xmlread.Scope, foreign bool) error {
	k := &fr.field.children[i]
	blank := k.blank(r.text)
	if foreign && k.anyContent {
		if !blank {
			r.report(refuse("text", "Text stands beside the elements of `<%s>`; put it into a Message of its own.",
				k.name),
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

// blank reports whether a text is empty; a number or code also if it has
// invisible characters only.
func (k *field) blank(text []byte) bool {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || k.text || text[0] <= unicode.MaxASCII {
		return len(text) == 0
	}
	s, _ := cleaned(string(text))
	return s == ""
}

// assign parses a text that is not blank and assigns it to the model.
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

// checkForm returns the note about a value, or one about its lexical form.
func (r *reader) checkForm(k *field, s string, n note) note {
	switch {
	case k.form.ok == nil || !r.profile.checksSchema() || k.form.ok(s):
		return n
	case n.code != "":
		n.forbidden = true
		return n
	}
	n = against(k.form.code, "%q is not in the form of the schema; write %s.", order.Truncate(s), k.form.wants)
	return n
}

// codeOf returns the code of the list that a value stands for, or the value
// itself.
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
	n := warn("code-form", "%q was read as %s; write the code as its list has it.", order.Truncate(written), code)
	n.forbidden = k.listedFrom <= r.schemaVersion
	return code, n
}

// setsAside reports whether a value that cannot be read is tolerated: Lenient
// tolerates optional ones, and Trade those that are clear.
func (r *reader) setsAside(k *field, n note) bool {
	unreadable := n.code == "date" || n.code == "decimal" || n.code == "integer"
	goesOn := r.profile == Lenient && k.use != needed && !k.many || r.canOmit(k, n)
	return goesOn && unreadable && n.severity == Refusal
}

// canOmit reports whether a document is complete without a value that is clear
// and that Encode cannot write.
func (r *reader) canOmit(k *field, n note) bool {
	return n.omittable && !r.profile.checksSchema() && (k.use == optional || k.alwaysWritten || r.discardUnknown)
}

// setAside stores a value that cannot be read as an unknown element, unless
// Encode computes that element or could not write it so.
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
	return n.lenientOr("It was taken as not given, and stored.")
}

// checkCode warns of a code that is not on its list.
func (r *reader) checkCode(fr *frame, k *field, at xmlread.Pos, written string) {
	code := k.print(fr.at, 0)
	if n := r.listedCode(k, code, written); n.code != "" {
		r.report(n, at, r.path(fr)+"/"+k.name, code)
	}
}

// listedCode checks a code by its list. The public lists end in 2008; later
// values belong to version 1.3.
func (r *reader) listedCode(k *field, code, written string) note {
	switch {
	case k.listedFrom > r.schemaVersion && r.profile.checksSchema():
		return note{}
	case !k.codes.has(code):
		return against("code", "%q is not a %s that is known here; it was stored as written. Use a code of the list.",
			order.Truncate(code), k.name)
	case !r.profile.checksSchema():
		return note{}
	case code != written:
		return against("code", "%q has blanks around it; write the code alone.", order.Truncate(written))
	case r.schemaVersion < "1.3" && isNewer(code):
		return against("code", "%q is newer than version %s; write it in a version=\"1.3\".", order.Truncate(code),
			r.schemaVersion)
	}
	return note{}
}

func isNewer(code string) bool { return newerCodes.has(code) }

// blank handles a value without text. The model gets nothing; the element is
// stored, so that the document is complete when it is written, unless Encode
// writes that element anyway or the order requires it.
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
		// Empty, it is not valid by the schema.
		n = warn("blank", "`<%s>` is empty; it was taken as not given, and left out. Fill it or leave it out.", k.name)
	default:
		n = warn("blank", "`<%s>` is empty; it was taken as not given, and stored. Fill it or leave it out.", k.name)
		r.addExtension(fr, begins, scope)
	}
	n.forbidden = k.codes != nil && k.listedFrom <= r.schemaVersion || k.form.ok != nil && !k.form.ok(string(r.text))
	r.report(n, begins, r.path(fr)+"/"+k.name, "")
}

// Invisible characters are copied along with a number from a web page, a
// spreadsheet or right-to-left text. In a number they are never meant.

// firstNonASCII returns the name of the first character beyond ASCII, or "": it
// may look like another, or like nothing.
func firstNonASCII(s string) string {
	for _, r := range s {
		if r > unicode.MaxASCII {
			return xmlread.RuneName(r)
		}
	}
	return ""
}

// controls warns of control characters in text: bytes of windows-1252 that were
// written as Unicode, such as &#150; or U+0096 for a dash. Text is not
// corrected by guessing.
func controls(s string) note {
	for rest := s; ; {
		i := strings.IndexByte(rest, 0xc2) // how all of them begin in UTF-8
		if i < 0 || i+1 == len(rest) {
			return note{}
		}
		b := rest[i+1]
		if w, ok := xmlread.ControlAsWindows1252(b); ok {
			return warn("invisible", "%s is a control character and is invisible; it was stored. In windows-1252 it "+
				"is %c: if that is meant, write %U.", xmlread.RuneName(rune(b)), w, w)
		}
		rest = rest[i+2:]
	}
}

// cleaned returns a number or code without invisible characters, and without
// blanks around it that are not XML's. A no-break space inside becomes a blank.
// The note is empty when nothing was changed.
func cleaned(s string) (string, note) {
	if isPlain(s) {
		return s, note{}
	}
	var found []string
	at, place := 0, 0
	record := func(r rune) {
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
			record(r)
			return -1
		case r > unicode.MaxASCII && unicode.IsSpace(r):
			record(r)
			return ' '
		}
		return r
	}, trimmed)
	if len(found) == 0 {
		return s, note{}
	}
	return strings.Trim(clean, xmlread.WhiteSpace), warn("invisible",
		"%s stands in the value, the first as its character %d; it cannot be seen, and was left out or read as a "+
			"blank. Write %s.",
		strings.Join(found, ", "), place, xmlread.Quote(strings.Trim(clean, xmlread.WhiteSpace)))
}

// maxNamed limits the characters that one finding names.
const maxNamed = 4

// plainDashes replaces the dashes and minus signs of office software by
// hyphens, which look the same.
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

// isPlain reports whether a text is ASCII, as numbers and codes are.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] > unicode.MaxASCII {
			return false
		}
	}
	return true
}

// schemaInstance is the namespace of the attributes that any document may have
// about its schema, and schemaTypes that of the types of XML Schema.
const (
	schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"
	schemaTypes    = "http://www.w3.org/2001/XMLSchema"
)

// foreignAttribute warns of an attribute: EDItX has none but the version, and
// the model has no member for others. Those of XML Schema may be on any element
// (part 1, 2.6); only Strict checks them. The field is nil for the root.
func (r *reader) foreignAttribute(a xml.Attr, k *field, path string) {
	space, _ := r.tokens.AttrNamespace(a.Name)
	if space != schemaInstance || !slices.Contains([]string{"type", "nil", "schemaLocation",
		"noNamespaceSchemaLocation"}, a.Name.Local) {
		n := warn("attribute", "The attribute %s is not part of EDItX and was not stored; leave it out.",
			xmlread.QName(a.Name))
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
			xmlread.QName(a.Name), order.Truncate(a.Value)), r.tokens.Start(), path, a.Value)
	}
}

// fitsType reports whether an element may have a type: its own or a derived one
// (part 1, 3.3.4). Values are of xs:string, xs:int or xs:decimal; codes and
// dates have types of their own, which documents cannot name. PaymentTermsCode
// has none, so any type fits.
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

// The built-in types that are derived from those of EDItX's values (XML Schema
// part 2, 3). The narrower type itself is not checked.
var (
	stringTypes  = []string{"string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN", "ID"}
	intTypes     = []string{"int", "short", "byte"}
	integerTypes = []string{
		"integer", "long", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger",
		"unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte",
	}
)
