package xmlread

import (
	"bytes"
	"encoding/xml"
	"io"
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
	if r.count++; r.count > MaxTokens && !plant.On(plant.NoXMLLimits) {
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
	if len(r.open) == MaxDepth && !plant.On(plant.NoXMLLimits) {
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
