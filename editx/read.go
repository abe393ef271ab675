package editx

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// Option is what is known of a document beside its bytes.
type Option func(*decodeOptions)

// decodeOptions is what the options set.
type decodeOptions struct{ charset string }

// Charset sets the encoding that the Content-Type of the document names (RFC
// 7303, 3). A byte order mark takes precedence over it, and it over the XML
// declaration; "" sets none.
func Charset(label string) Option {
	return func(k *decodeOptions) { k.charset = strings.TrimSpace(label) }
}

func optionsOf(options []Option) (k decodeOptions) {
	for _, set := range options {
		set(&k)
	}
	return k
}

// MediaTypeOf returns the media type under which the bytes of a document mean
// what Decode reads from them: with the charset when nothing else names it.
func MediaTypeOf(body []byte, options ...Option) string {
	return xmlread.MediaType(body, optionsOf(options).charset)
}

// Text returns a document as UTF-8, to show the positions of its findings in, and
// whether their columns count characters, as they do for another encoding. A
// document that cannot be read is returned unchanged.
func Text(body []byte, options ...Option) (text []byte, characters bool) {
	src, err := xmlread.ToUTF8(body, optionsOf(options).charset, &otherFormat)
	if err != nil {
		return body, false
	}
	return src.Bytes, src.Recoded
}

// document is one kind of EDItX document: its grammar, and what can be said
// only when all of it is read.
type document[T any] struct {
	root           field                                              // its name is that of the root element
	versions       []string                                           // that are known, the one that is written last
	discardUnknown bool                                               // what the grammar does not know is not kept
	validate       func(r *reader, into *T, begins xmlread.Pos) error // may be nil
	limited        bool                                               // its ItemDetail elements are counted before all else
}

// read reads one document into its model. The findings are the departures that
// were tolerated; a refusal is an [order.Error] with every fault in its Fields.
func (d *document[T]) read(body []byte, p Profile, options ...Option) (T, []Finding, error) {
	into := new(T)
	r, err := d.walk(body, p, optionsOf(options), into)
	if r == nil {
		return *new(T), nil, err
	}
	if err == nil {
		err = r.refusal()
	}
	if err != nil {
		return *new(T), r.warnings(), err
	}
	return *into, r.warnings(), nil
}

// checked makes a checker of a kind of document.
func checked[T any](d *document[T]) checker {
	return func(body []byte, p Profile, k decodeOptions) []Finding {
		r, err := d.walk(body, p, k, new(T))
		if r == nil {
			return []Finding{findingOf(err)}
		}
		found := r.all()
		if err != nil {
			found = append(found, findingOf(err))
		}
		return found
	}
}

// walk takes the document from the first byte to the last. There is no reader
// when its bytes are not fit to be read at all.
func (d *document[T]) walk(body []byte, p Profile, k decodeOptions, into *T) (*reader, error) {
	src, err := xmlread.Load(body, k.charset, d.format())
	if err != nil {
		return nil, err
	}
	r := &reader{tokens: xmlread.New(src), profile: p}
	for {
		tok, err := r.tokens.Next()
		switch {
		case err == io.EOF:
			return r, nil
		case err != nil:
			return r, err
		}
		if start, ok := tok.(xml.StartElement); ok {
			if err := d.whole(r, start, into); err != nil {
				return r, err
			}
		}
	}
}

// whole reads the root element with all that it holds.
func (d *document[T]) whole(r *reader, t xml.StartElement, into *T) error {
	begins := r.tokens.Start()
	if err := r.checkRoot(t, d.root.name, d.versions[len(d.versions)-1]); err != nil {
		return err
	}
	for _, w := range r.tokens.TakeWarnings() {
		r.report(encodingWarning(w), begins, "/"+d.root.name, "")
	}
	r.discardUnknown = d.discardUnknown
	r.declaredVersion(t.Attr, d.root.name, d.versions)
	if _, err := r.composite(&d.root, 1, into); err != nil || d.validate == nil {
		return err
	}
	return d.validate(r, into, begins)
}

// format describes the document to the XML reader.
func (d *document[T]) format() *xmlread.Format {
	if d.limited {
		return &orderFormat
	}
	return &otherFormat
}

// otherFormat is that of the documents whose elements are not counted.
var otherFormat = xmlread.Format{
	Name: "EDItX", Noun: "order", Indefinite: "an EDItX XML document",
	Root: `<Order version="1.3">`, Unprefixed: true,
}

// orderFormat is that of the order, whose lines are limited.
var orderFormat = func() xmlread.Format {
	f := otherFormat
	f.Counted, f.MaxCounted, f.TooMany = "<ItemDetail", maxLines, errTooManyLines
	return f
}()

// errTooManyLines is the error of an order at the line that is one too many.
func errTooManyLines(r *xmlread.Reader) error {
	return r.Errorf(r.Start(), order.TooLarge, "editx-lines", "The order has more than %d lines.", maxLines).
		WithHint("Split it into several orders.")
}

// encodingWarning returns the note for a warning about the encoding.
func encodingWarning(w xmlread.Warning) note {
	return note{severity: Warning, code: "xml-encoding", message: w.Message, forbidden: w.Misdeclared}
}
