package boknett

import (
	"bytes"
	"mime"
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/order"
)

// readDocument reads a body that is an EDItX document; what names it for a
// refusal.
func readDocument(w http.ResponseWriter, r *http.Request, what string) ([]byte, error) {
	sent, err := httpjson.Read(w, r, editx.MaxBytes)
	if err != nil {
		return nil, err
	}
	return sent, checkDocument(w, sent, r.Header.Get("Content-Type"), what)
}

// charsetOf is what the Content-Type says of the encoding of a document (RFC
// 7303, 3). A header that cannot be read says nothing.
func charsetOf(r *http.Request) editx.Option {
	_, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && parameters == nil {
		return editx.Charset("")
	}
	return editx.Charset(parameters["charset"])
}

// checkDocument tells what a body is that is clearly no XML. The Content-Type
// decides nothing: curl labels an order as a form, and libraries leave the
// header out.
func checkDocument(w http.ResponseWriter, sent []byte, contentType, what string) error {
	text := bytes.TrimSpace(httpjson.TrimBOM(sent))
	switch {
	case len(text) == 0:
		return order.Errorf(order.Malformed, "xml-empty", "The body is empty.").
			WithHint("Send the EDItX %s as the body of the request (curl: --data-binary @%s.xml).", what, strings.ReplaceAll(what, " ", "-"))
	case text[0] == '{' || text[0] == '[':
		return errDocument("The body is JSON", contentType, what)
	case bytes.HasPrefix(text, []byte("\x1f\x8b")):
		w.Header().Set("Accept-Encoding", httpjson.AcceptEncoding)
		return httpjson.ErrContentEncoding("gzip (seen in the body; no header says so)")
	case strings.HasPrefix(strings.ToLower(contentType), "multipart/"):
		return errDocument("The body is a multipart form", contentType, what)
	}
	return nil
}

func errDocument(seen, contentType, what string) error {
	return order.Errorf(order.Unsupported, "media-type", "%s; the %s is sent as an EDItX document in XML, as the body itself.", seen, what).
		WithHint("Send the %s with Content-Type: application/xml.", what).
		WithField(order.Field{Header: "Content-Type", Value: contentType})
}
