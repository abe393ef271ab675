package editx

import (
	"bytes"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// Decode must be able to read again what Encode writes of an accepted order:
// alone, and in an EDItXMessage. So a document that would be too large with
// indentation is written without it, and an order that would be too large even
// so is refused when it is received, and when it would grow. A response has
// more data per line than the order; see writeReply.

const (
	// envelopeBytes and envelopeTokens are reserved for the envelope around an
	// order: its header has two parties, with names and addresses.
	envelopeBytes  = 64 << 10
	envelopeTokens = 2000

	// surelyFits is the size in bytes up to which an order cannot become too
	// large: a character becomes five at most, and an element of EDItX with its
	// indentation takes less.
	surelyFits = MaxBytes / 8
)

// Extent is the size of a document in the units that Decode limits.
type Extent struct{ bytes, tokens int }

// Measure returns the extent of an order as Encode writes it without
// indentation.
func Measure(o *order.Order) (Extent, error) {
	out, err := renderOrder(o, version, true)
	return extentOf(out), err
}

// Plus returns the sum of both.
func (e Extent) Plus(other Extent) Extent {
	return Extent{e.bytes + other.bytes, e.tokens + other.tokens}
}

// Fits reports whether a message with this content can be read.
func (e Extent) Fits() bool {
	return e.bytes <= MaxBytes-envelopeBytes && e.tokens <= xmlread.MaxTokens-envelopeTokens
}

// extentOf measures a document that Encode has written. A > in an attribute
// counts as the end of a tag, so there may be fewer tokens than returned.
func extentOf(doc []byte) Extent {
	e := Extent{bytes: len(doc), tokens: bytes.Count(doc, []byte("<")) + bytes.Count(doc, []byte("/>"))}
	for rest := doc; ; {
		end := bytes.IndexByte(rest, '>')
		if end < 0 {
			return e
		}
		if rest = rest[end+1:]; len(rest) > 0 && rest[0] != '<' {
			e.tokens++
		}
	}
}

// smallest returns the document with indentation, or without where it does not
// fit otherwise.
func smallest(write func(flat bool) ([]byte, error)) ([]byte, error) {
	out, err := write(false)
	if err != nil || fits(out) {
		return out, err
	}
	return write(true)
}

func fits(doc []byte) bool { return len(doc) <= surelyFits || extentOf(doc).Fits() }

// CheckExtent returns an error for an order that could not be read again as
// Encode writes it.
func CheckExtent(o *order.Order) error {
	out, err := renderOrder(o, version, true)
	if err != nil {
		return err
	}
	if e := extentOf(out); !e.Fits() {
		return order.Errorf(order.TooLarge, "xml-limit",
			"Written in full the order has %d bytes, and %d tags and pieces of text; at most %d and %d can be read "+
				"again.",
			e.bytes, e.tokens, MaxBytes-envelopeBytes, xmlread.MaxTokens-envelopeTokens).
			WithHint("Split the order into several.")
	}
	return xmlread.Accepts(out, &orderFormat)
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
