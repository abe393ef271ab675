package installer

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// maxBody is the greatest request: a hundred times what the documented one has,
// with room for a long description and hundreds of lines.
const maxBody = 256 << 10

// mediaType is what the original request of an order is kept as.
const mediaType = "application/json"

// readBody reads the request of a new order, byte for byte.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if err := checkType(r.Header); err != nil {
		return nil, err
	}
	if r.ContentLength > maxBody {
		return nil, errBodyTooLarge()
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, errBodyTooLarge()
	}
	if err != nil {
		e := order.Errorf(order.Malformed, "body-unreadable", "The body could not be read to its end.").WithHint("Send the request again; nothing was changed.")
		e.Err = err
		return nil, e
	}
	return body, nil
}

// checkType takes JSON under any of its names, and a body without a label.
func checkType(h http.Header) error {
	if coding := h.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return order.Errorf(order.Unsupported, "encoding-unsupported", "The body is sent with Content-Encoding %q.", order.Cut(coding)).
			WithHint("Send the body as it is, without Content-Encoding.")
	}
	label := h.Get("Content-Type")
	media, _, _ := mime.ParseMediaType(label)
	if label == "" || media == mediaType || strings.HasSuffix(media, "+json") {
		return nil
	}
	return order.Errorf(order.Unsupported, "media-type", "The body has the Content-Type %q; an order is sent as JSON.", order.Cut(label)).
		WithHint("Send it with Content-Type: application/json.")
}

func errBodyTooLarge() error {
	return order.Errorf(order.TooLarge, "body-too-large", "The body has more than %d KiB, the most that an order may have here.", maxBody>>10).
		WithHint("Send files by their ids, and less metadata.")
}
