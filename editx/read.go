package editx

import (
	"encoding/xml"
	"io"

	"github.com/bookgate/bookgate/order"
)

// document is one kind of EDItX document: its grammar, and what can be said
// only when all of it is read.
type document[T any] struct {
	root     field                                       // its name is that of the root element
	versions []string                                    // that are known, the one that is written last
	discardUnknown  bool                                        // what the grammar does not know is not kept
	validate func(r *reader, into *T, begins mark) error // may be nil
	counted  string                                      // how the elements begin that are counted before all else
}

// read reads one document into its model. The findings are the departures that
// were tolerated; a refusal is an [order.Error] with every fault in its Fields.
func (d *document[T]) read(body []byte, p Profile, options ...Option) (T, []Finding, error) {
	into := new(T)
	r, err := d.walk(body, p, knownOf(options), into)
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
	return func(body []byte, p Profile, k known) []Finding {
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
func (d *document[T]) walk(body []byte, p Profile, k known, into *T) (*reader, error) {
	src, err := admitted(body, k, d.counted)
	if err != nil {
		return nil, err
	}
	r := &reader{gate: newGate(src), profile: p}
	for {
		tok, err := r.gate.next()
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
	begins := r.gate.at
	if err := r.checkRoot(t, d.root.name, d.versions[len(d.versions)-1]); err != nil {
		return err
	}
	for _, doubt := range r.gate.doc.doubts {
		r.report(doubt, begins, "/"+d.root.name, "")
	}
	r.discardUnknown = d.discardUnknown
	r.declaredVersion(t.Attr, d.root.name, d.versions)
	if _, err := r.composite(&d.root, 1, into); err != nil || d.validate == nil {
		return err
	}
	return d.validate(r, into, begins)
}

// admitted brings a body of acceptable size into UTF-8, with no more than the
// most lines of elements that begin so.
func admitted(body []byte, k known, bounded string) (source, error) {
	if len(body) > MaxBytes {
		return source{}, tooLarge(len(body), "")
	}
	src, err := toUTF8(body, k)
	if err != nil {
		return source{}, err
	}
	if len(src.bytes) > MaxBytes {
		return source{}, tooLarge(len(src.bytes), " as UTF-8")
	}
	return src, skim(src, bounded)
}

func tooLarge(size int, as string) error {
	return order.Errorf(order.TooLarge, "xml-limit",
		"The document has %d bytes%s; at most %d are taken.",
		size, as, MaxBytes).
		WithHint("Split the order into several.")
}
