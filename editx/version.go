package editx

import (
	"bytes"
	"errors"
	"io"

	"github.com/bookgate/bookgate/order"
)

// EncodeVersion writes an order as Encode does, as version 1.1, 1.2 or 1.3.
// What it writes as 1.1 or 1.2 is valid by the public schema of that version.
// An order that the version cannot represent is an Invalid error with the code
// editx-version and every reason in Fields: a missing seller, which 1.1
// requires, a line's seller, a code of a newer list, an unknown element.
// Nothing is dropped silently: to write an order without its unknown elements,
// remove them first.
func EncodeVersion(w io.Writer, o *order.Order, version string) error {
	switch version {
	case "1.3":
		return Encode(w, o)
	case "1.1", "1.2":
	default:
		return order.Errorf(order.Invalid, "editx-version", "Version %q is not written here; write 1.1, 1.2 or 1.3.",
			order.Truncate(version))
	}
	var out bytes.Buffer
	if err := encode(&out, o, version); err != nil {
		return err
	}
	if err := holds(out.Bytes(), version); err != nil {
		return err
	}
	_, err := w.Write(out.Bytes())
	return err
}

// holds checks an order that was written as a version against its schema.
func holds(body []byte, version string) error {
	_, _, err := orderDocument.read(body, schema)
	if err == nil {
		return nil
	}
	var refused *order.Error
	if !errors.As(err, &refused) || refused.Code != "editx-content" {
		return err // too large to be read again
	}
	e := order.Errorf(order.Invalid, "editx-version", "The order cannot be written as version %s: %s", version,
		refused.Fields[0].Message)
	for _, f := range refused.Fields {
		f.Line, f.Column = 0, 0 // of a document that is not written
		e = e.WithField(f)
	}
	return e.WithHint("Write it as 1.3, or change what is listed.")
}
