package boknett

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/record"
	"github.com/bookgate/bookgate/order"
)

// documentType is what an order document is kept as, whatever label it came
// under: the document itself declares its encoding.
const documentType = "application/xml"

// submit answers POST /orders: 202 means that the order is kept for ever.
func (f *front) submit(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	body, err := readBody(w, r, editx.MaxBytes)
	if err != nil {
		return err
	}
	if err := checkDocument(body, r.Header.Get("Content-Type")); err != nil {
		return err
	}
	o, findings, err := editx.Decode(body)
	if err != nil {
		return err
	}
	rec := record.Of(r.Context())
	if len(findings) > 0 {
		rec.Note(fmt.Sprintf("%d findings in the document", len(findings)))
	}
	receipt, err := f.exchange.Submit(r.Context(), by, o, order.NewDocument(documentType, body))
	rec.Order = receipt.ID
	if err != nil {
		return err
	}
	if receipt.Repeated {
		rec.Note("order sent again") // a client whose 202 was lost
		w.Header().Set("Idempotency-Replayed", "true")
	}
	w.Header().Set("Location", f.Order(receipt.ID))
	sendNothing(w, http.StatusAccepted)
	return nil
}

// checkDocument tells what a body is that is clearly no XML. The Content-Type
// decides nothing: curl labels an order as a form, and libraries leave the
// header out.
func checkDocument(body []byte, contentType string) error {
	text := bytes.TrimSpace(bytes.TrimPrefix(body, byteOrderMark))
	switch {
	case len(text) == 0:
		return order.Errorf(order.Malformed, "xml-empty", "The body is empty.").
			WithHint("Send the EDItX order as the body of the request (curl: --data-binary @order.xml).")
	case text[0] == '{' || text[0] == '[':
		return errDocument("The body is JSON; an order is sent as an EDItX document in XML.", contentType)
	case bytes.HasPrefix(text, []byte("\x1f\x8b")):
		return errCoding("gzip (said by no header, seen in the body)")
	case strings.HasPrefix(strings.ToLower(contentType), "multipart/"):
		return errDocument("The body is a multipart form; an order is sent as the body itself.", contentType)
	}
	return nil
}

func errDocument(what, contentType string) error {
	return order.Errorf(order.Unsupported, "media-type", "%s", what).
		WithHint("Send the order with Content-Type: application/xml.").
		WithField(order.Field{Header: "Content-Type", Value: contentType})
}
