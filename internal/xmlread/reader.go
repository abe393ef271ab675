package xmlread

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/order"
)

// Pos is a position in a document: line and column from 1, the column in bytes,
// and the offset in bytes from 0.
type Pos struct{ Line, Column, Offset int32 }

// tag is an element that is open.
type tag struct {
	name xml.Name // Space is the prefix as written
	at   Pos
}

// Reader returns the tokens of one document and an error for everything that is
// not well-formed, beyond a limit or a DOCTYPE.
type Reader struct {
	dec       *xml.Decoder
	src       Source
	start     Pos    // where the last token begins
	namespace string // of the start tag just read
	open      []tag
	bindings  []binding
	count     int32
	rootSeen  bool
}

// New returns a Reader at the beginning of a document.
func New(src Source) *Reader {
	dec := xml.NewDecoder(bytes.NewReader(src.Bytes))
	// The bytes are UTF-8, whatever the declaration says.
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	return &Reader{dec: dec, src: src, open: make([]tag, 0, MaxDepth)}
}

// NewFragment returns a Reader of one element in UTF-8 that stands in the scope
// of namespace declarations.
func NewFragment(text []byte, scope Scope, f *Format) *Reader {
	r := New(UTF8(text, f))
	for _, b := range scope {
		r.bindings = append(r.bindings, binding{b.prefix, b.space, 0})
	}
	return r
}

// Next returns the next token: an [xml.StartElement], [xml.EndElement],
// [xml.CharData], [xml.Comment] or [xml.ProcInst]. Space in a name is the prefix
// as written. The error is io.EOF at the end of a complete document, otherwise
// an [order.Error].
func (r *Reader) Next() (xml.Token, error) {
	r.start = r.End()
	tok, err := r.dec.RawToken()
	if err != nil {
		return nil, r.syntaxError(err)
	}
	if r.count++; r.count > MaxTokens && !(plant.Enabled && plant.On(plant.NoXMLLimits)) {
		return nil, r.Limit("has more than %d tags and pieces of text", MaxTokens)
	}
	switch t := tok.(type) {
	case xml.StartElement:
		err = r.startElement(t)
	case xml.EndElement:
		err = r.endElement(t.Name)
	case xml.CharData:
		err = r.text(t)
	case xml.ProcInst:
		err = r.procInst(t)
	case xml.Directive:
		err = r.fail("xml-hostile", "`<!%s` stands here; a document type declaration is not accepted.",
			directiveName(t)).
			WithHint("Leave the DOCTYPE and all entity declarations out; %s needs none.", r.src.format.Name)
	}
	return tok, err
}

// syntaxError returns the error for a decoder's error. The decoder's texts are
// written for Go programmers and only distinguish the causes.
func (r *Reader) syntaxError(err error) error {
	var fault *xml.SyntaxError
	switch {
	case err == io.EOF && len(r.open) == 0 && r.rootSeen:
		return io.EOF
	case err == io.EOF && len(r.open) == 0:
		f := r.src.format
		return r.fail("xml-malformed", "The document has no element; `%s` is expected.", f.Root).
			WithHint("Send the %s %s as the body of the request.", f.Name, f.Noun)
	case err == io.EOF:
		return r.truncated()
	case !errors.As(err, &fault):
		return r.Errorf(r.End(), order.Malformed, "xml-malformed", "The XML cannot be read.")
	case fault.Msg == "unexpected EOF":
		return r.truncated()
	}
	return r.explainSyntax(fault.Msg)
}

// directiveName returns the first word of a directive.
func directiveName(d []byte) string {
	if i := bytes.IndexAny(d, " \t\r\n["); i >= 0 {
		d = d[:i]
	}
	return order.Truncate(string(d))
}

// Skip reads to the end of the element that was just opened.
func (r *Reader) Skip() error {
	for level := len(r.open); len(r.open) >= level; {
		if _, err := r.Next(); err != nil {
			return err
		}
	}
	return nil
}

// Start returns where the last token begins.
func (r *Reader) Start() Pos { return r.start }

// End returns where the last token ends.
func (r *Reader) End() Pos {
	line, column := r.dec.InputPos()
	offset := r.dec.InputOffset()
	if column < 1 {
		// The decoder unread a line feed without going back a line.
		place := locate(r.src.Bytes, int(offset))
		line, column = place.Line, place.Column
	}
	return Pos{int32(line), int32(column), int32(offset)}
}

// LineColumn returns line and column as the sender's editor counts them: in
// bytes of UTF-8, and in characters of what was sent in another encoding.
func (r *Reader) LineColumn(at Pos) (line, column int) {
	column = int(at.Column)
	if r.src.Recoded {
		column = 1 + utf8.RuneCount(r.src.Bytes[at.Offset-at.Column+1:at.Offset])
	}
	return int(at.Line), column
}

// Bytes returns the document in UTF-8 from one position to another.
func (r *Reader) Bytes(from, to Pos) []byte { return r.src.Bytes[from.Offset:to.Offset] }

// Depth returns the number of open elements.
func (r *Reader) Depth() int { return len(r.open) }

// Namespace returns the namespace of the start tag just read; "" is none.
func (r *Reader) Namespace() string { return r.namespace }

// TakeWarnings returns the warnings about the encoding the first time, and nil
// after that.
func (r *Reader) TakeWarnings() []Warning {
	warnings := r.src.Warnings
	r.src.Warnings = nil
	return warnings
}

func (r *Reader) startElement(t xml.StartElement) error {
	if r.rootSeen && len(r.open) == 0 {
		return r.fail("xml-malformed", "`<%s>` is a second root element; a document has one.", QName(t.Name)).
			WithHint("Send one %s per request.", r.src.format.Noun)
	}
	if len(r.open) == MaxDepth && !(plant.Enabled && plant.On(plant.NoXMLLimits)) {
		return r.Limit("nests more than %d elements", MaxDepth)
	}
	if err := r.checkName(t.Name); err != nil {
		return err
	}
	r.rootSeen = true
	r.open = append(r.open, tag{t.Name, r.start})
	if len(t.Attr) > 0 {
		if err := r.checkAttributes(t.Attr); err != nil {
			return err
		}
	}
	return r.resolveElement(t.Name.Space)
}

func (r *Reader) endElement(name xml.Name) error {
	if len(r.open) == 0 {
		return r.fail("xml-malformed", "`</%s>` closes an element that was not opened.", QName(name))
	}
	depth := len(r.open)
	last := r.open[depth-1]
	if last.name != name {
		return r.fail("xml-malformed", "`<%s>` opened at line %d is closed by `</%s>`.",
			QName(last.name), last.at.Line, QName(name)).
			WithHint("Close every element with its own name, the innermost first.")
	}
	r.open = r.open[:depth-1]
	for n := len(r.bindings); n > 0 && r.bindings[n-1].depth == depth; n-- {
		r.bindings = r.bindings[:n-1]
	}
	return nil
}

// procInst accepts a processing instruction (XML 1.0, 2.6), and the XML
// declaration only at the beginning. The decoder lets anything follow a name;
// XML requires white space.
func (r *Reader) procInst(t xml.ProcInst) error {
	switch {
	case len(t.Target) > MaxName:
		return r.Limit("has a name of more than %d bytes", MaxName)
	case t.Target != "xml" && strings.EqualFold(t.Target, "xml"):
		return r.fail("xml-malformed",
			"`<?%s …?>` stands here; XML reserves that name for its declaration, which is written <?xml …?>.",
			order.Truncate(t.Target)).
			WithHint("Write it in lower case, at the very beginning.")
	case t.Target != "xml":
		rest := r.src.Bytes[int(r.start.Offset)+len("<?")+len(t.Target) : r.dec.InputOffset()]
		if !bytes.HasPrefix(rest, []byte("?>")) && !strings.ContainsRune(WhiteSpace, rune(rest[0])) {
			return r.fail("xml-malformed", "`<?%s` has no blank after its name.", order.Truncate(t.Target)).
				WithHint("Write a blank between the name of a processing instruction and what follows it.")
		}
		return nil
	}
	if r.start.Offset != 0 {
		return r.fail("xml-malformed",
			"The XML declaration `<?xml …?>` stands at line %d; it may only be the very beginning.", r.start.Line).
			WithHint("Remove what stands before it, blank lines too.")
	}
	return nil
}

// checkName checks a tag or attribute name.
func (r *Reader) checkName(name xml.Name) error {
	if len(name.Space)+len(name.Local) > MaxName {
		return r.Limit("has a name of more than %d bytes", MaxName)
	}
	if strings.Contains(name.Local, ":") {
		return r.fail("xml-malformed", "%q is not a valid name: one colon may separate a prefix and a name.",
			order.Truncate(name.Local))
	}
	return nil
}

func (r *Reader) text(data []byte) error {
	if len(data) > MaxText {
		return r.Limit("has a text of more than %d bytes", MaxText)
	}
	if len(r.open) == 0 {
		// As written: neither a reference nor a CDATA section may stand here.
		raw := r.src.Bytes[r.start.Offset:r.dec.InputOffset()]
		if text := bytes.TrimLeft(raw, WhiteSpace); len(text) > 0 {
			return r.textOutsideRoot(text, int(r.start.Offset)+len(raw)-len(text))
		}
	}
	return r.checkReferences(bytes.Contains(data, []byte("\ufffd")))
}

// checkReferences refuses references to surrogates. The decoder replaces them
// by U+FFFD, so the source is searched only where one was read.
func (r *Reader) checkReferences(suspect bool) error {
	if !suspect {
		return nil
	}
	rest := r.src.Bytes[r.start.Offset:r.dec.InputOffset()]
	for {
		_, after, found := bytes.Cut(rest, []byte("&#"))
		if !found {
			return nil
		}
		number, _, _ := strings.Cut(string(after[:min(len(after), 12)]), ";")
		base := 10
		digits, hex := strings.CutPrefix(number, "x")
		if hex {
			base = 16
		}
		if c, err := strconv.ParseUint(digits, base, 31); err == nil && utf16.IsSurrogate(rune(c)) {
			return r.fail("xml-malformed", "`&#%s;` is half a character, which XML does not allow.", number).
				WithHint("Write the whole character, in UTF-8 or as one reference.")
		}
		rest = after
	}
}

// textOutsideRoot refuses text before or after the root element, where only
// XML's white space may stand (XML 1.0, 2.1 and 2.3). Other blanks look the
// same, so the error names them.
func (r *Reader) textOutsideRoot(text []byte, offset int) error {
	place := locate(r.src.Bytes, offset)
	r.start = Pos{int32(place.Line), int32(place.Column), int32(offset)}
	seen := Quote(string(text))
	if c, _ := utf8.DecodeRune(text); LooksBlank(c) {
		where := "before the beginning"
		if r.rootSeen {
			where = "after the end"
		}
		return r.fail("xml-malformed", "%s stands %s of the document.", RuneName(c), where).
			WithHint("XML has four blanks: space, tab, carriage return and line feed. Remove the other ones.")
	}
	if r.rootSeen {
		return r.fail("xml-malformed", "Text stands after the end of the document: %s.", seen)
	}
	f := r.src.format
	e := r.fail("xml-malformed", "The document begins with %s; `%s` is expected.", seen, f.Root)
	if text[0] == '{' || text[0] == '[' {
		return e.WithHint("This looks like JSON. Send the %s as %s.", f.Noun, f.Indefinite)
	}
	return e.WithHint("Send the %s document alone, with nothing before it.", f.Name)
}

// xmlSpace is the namespace of the prefix xml.
const xmlSpace = "http://www.w3.org/XML/1998/namespace"

// binding is a namespace declaration in force.
type binding struct {
	prefix, space string
	depth         int
}

// Scope holds the namespace declarations around an element.
type Scope []binding

// Size returns the length of the declarations in bytes.
func (s Scope) Size() int {
	n := 0
	for _, b := range s {
		n += len(b.prefix) + len(b.space)
	}
	return n
}

// Scope returns the namespace declarations around the element just opened.
func (r *Reader) Scope() Scope {
	if len(r.bindings) == 0 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.bindings), func(b binding) bool { return b.depth >= len(r.open) })
}

// Resolve returns the namespace of a prefix and whether it is declared. The
// empty prefix is always declared; its namespace may be "".
func (r *Reader) Resolve(prefix string) (string, bool) {
	for i := len(r.bindings) - 1; i >= 0; i-- {
		if r.bindings[i].prefix == prefix {
			return r.bindings[i].space, true
		}
	}
	if prefix == "xml" {
		return xmlSpace, true
	}
	return "", prefix == ""
}

// AttrNamespace returns the namespace of an attribute and whether its prefix is
// declared. The default namespace does not apply to attributes.
func (r *Reader) AttrNamespace(name xml.Name) (string, bool) {
	switch name.Space {
	case "":
		return "", true
	case "xmlns":
		return "xmlns", true
	}
	return r.Resolve(name.Space)
}

// DeclaresNamespace reports whether an attribute declares a namespace.
func DeclaresNamespace(name xml.Name) bool {
	return name.Space == "xmlns" || name.Space == "" && name.Local == "xmlns"
}

// declaredPrefix returns the prefix that a declaration declares; "" is the
// default namespace.
func declaredPrefix(name xml.Name) string {
	if name.Space == "" {
		return ""
	}
	return name.Local
}

// checkAttributes checks the attributes of the element just opened. The
// declarations come first, since they apply to all the others.
func (r *Reader) checkAttributes(attrs []xml.Attr) error {
	if len(attrs) > maxAttributes {
		return r.Limit("has an element of more than %d attributes", maxAttributes)
	}
	for _, a := range attrs {
		if len(a.Value) > maxAttribute {
			return r.Limit("has an attribute of more than %d bytes", maxAttribute)
		}
		if err := r.checkReferences(strings.Contains(a.Value, "\ufffd")); err != nil {
			return err
		}
		if err := r.checkName(a.Name); err != nil {
			return err
		}
		if DeclaresNamespace(a.Name) {
			if err := r.declare(a); err != nil {
				return err
			}
		}
	}
	return r.checkDistinct(attrs)
}

func (r *Reader) declare(a xml.Attr) error {
	prefix := declaredPrefix(a.Name)
	if prefix == "xml" || prefix == "xmlns" || prefix != "" && a.Value == "" {
		return r.fail("xml-namespace", "The declaration `xmlns:%s=%q` is not allowed.",
			order.Truncate(prefix), order.Truncate(a.Value))
	}
	r.bindings = append(r.bindings, binding{prefix, a.Value, len(r.open)})
	return nil
}

// checkDistinct refuses an attribute that is there twice, also under two
// prefixes of one namespace.
func (r *Reader) checkDistinct(attrs []xml.Attr) error {
	for i, a := range attrs {
		space, ok := r.AttrNamespace(a.Name)
		if !ok {
			return r.undeclaredPrefix(a.Name.Space)
		}
		for _, b := range attrs[:i] {
			if other, _ := r.AttrNamespace(b.Name); other == space && a.Name.Local == b.Name.Local {
				return r.fail("xml-malformed", "The attribute %s is there twice.", QName(a.Name)).
					WithHint("Write each attribute once.")
			}
		}
	}
	return nil
}

// resolveElement finds the namespace of the element just opened.
func (r *Reader) resolveElement(prefix string) error {
	space, ok := r.Resolve(prefix)
	if !ok {
		return r.undeclaredPrefix(prefix)
	}
	r.namespace = space
	return nil
}

func (r *Reader) undeclaredPrefix(prefix string) error {
	e := r.fail("xml-namespace", "The prefix %q is not declared.", order.Truncate(prefix))
	if f := r.src.format; f.Unprefixed {
		return e.WithHint("Declare it with xmlns:%s=\"…\", or write the name without a prefix, as %s does.",
			order.Truncate(prefix), f.Name)
	}
	return e.WithHint("Declare it with xmlns:%s=\"…\".", order.Truncate(prefix))
}

func (r *Reader) explainSyntax(msg string) error {
	for _, s := range syntax {
		if !strings.HasPrefix(msg, s.begins) {
			continue
		}
		seen := order.Truncate(strings.TrimSpace(strings.TrimPrefix(msg, s.begins)))
		means := strings.Replace(s.means, "%s", seen, 1)
		return r.Errorf(r.End(), order.Malformed, "xml-malformed", "%s", means).WithHint("%s", s.hint)
	}
	return r.Errorf(r.End(), order.Malformed, "xml-malformed", "The XML cannot be read.").
		WithHint("Check the document with an XML editor.")
}

// QName returns a name as the sender wrote it, truncated for messages.
func QName(name xml.Name) string {
	if name.Space == "" {
		return order.Truncate(name.Local)
	}
	return order.Truncate(name.Space + ":" + name.Local)
}
