package editx

import (
	"bytes"

	"github.com/bookgate/bookgate/internal/xmlread"
	"github.com/bookgate/bookgate/order"
)

// What Decode takes, Encode writes no larger than Decode takes again: alone, and
// in an EDItXMessage. So a document with margins that would be too large is
// written without them, and an order that would be too large even so is refused
// when it comes in, and when it would grow. A response says more of a line than
// the order does; see writeReply.

const (
	// envelopeRoom and envelopeTokens are what the envelope around an order may
	// take: its header has two parties, with names and addresses.
	envelopeRoom   = 64 << 10
	envelopeTokens = 2000

	// surelyFits is the size up to which an order cannot become too large: one
	// character becomes five at most, and an element of EDItX with the margin of
	// its depth less than that.
	surelyFits = MaxBytes / 8
)

// Extent is how much a document has of what Decode bounds.
type Extent struct{ bytes, tokens int }

// Measure returns the extent of an order as Encode writes it at its smallest.
func Measure(o *order.Order) (Extent, error) {
	out, err := renderOrder(o, version, true)
	return extentOf(out), err
}

// Plus is the extent of both together.
func (e Extent) Plus(other Extent) Extent {
	return Extent{e.bytes + other.bytes, e.tokens + other.tokens}
}

// Fits reports whether a message with so much in it can be read.
func (e Extent) Fits() bool {
	return e.bytes <= MaxBytes-envelopeRoom && e.tokens <= xmlread.MaxTokens-envelopeTokens
}

// extentOf measures a document that Encode has written. A > in an attribute
// counts as the end of a tag, so that there may be fewer tokens than this.
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

// smallest returns what write does with margins, or without where it does not
// fit otherwise.
func smallest(write func(flat bool) ([]byte, error)) ([]byte, error) {
	out, err := write(false)
	if err != nil || fits(out) {
		return out, err
	}
	return write(true)
}

func fits(doc []byte) bool { return len(doc) <= surelyFits || extentOf(doc).Fits() }

// CheckExtent refuses an order that could not be read again as Encode writes
// it.
func CheckExtent(o *order.Order) error {
	out, err := renderOrder(o, version, true)
	if err != nil {
		return err
	}
	if e := extentOf(out); !e.Fits() {
		return order.Errorf(order.TooLarge, "xml-limit",
			"Written in full the order has %d bytes, and %d tags and pieces of text; at most %d and %d can be read again.",
			e.bytes, e.tokens, MaxBytes-envelopeRoom, xmlread.MaxTokens-envelopeTokens).
			WithHint("Split the order into several.")
	}
	return xmlread.Accepts(out, &orderFormat)
}

// readsBack refuses an order that came as so many bytes and could not be read
// again. Only one that is large, or carries what was declared around it, has to
// be looked at.
func readsBack(o *order.Order, size int) error {
	for i := range o.Kept {
		size += len(o.Kept[i].XML)
	}
	if size <= surelyFits {
		return nil
	}
	return CheckExtent(o)
}
