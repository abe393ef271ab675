package montly

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// maxBody is the greatest request: an order of a thousand items with every
// field at its longest is less.
const maxBody = 2 << 20

// mediaType is what the original request of an order is kept as. What the
// request is labelled as does not matter: clients that set no label are sent as
// forms, and the body tells.
const mediaType = "application/json"

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, order.Errorf(order.Unsupported, "encoding-unsupported", "The body is sent with Content-Encoding %q.", order.Cut(coding)).
			WithHint("Send the body as it is, without Content-Encoding.")
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

func errBodyTooLarge() error {
	return order.Errorf(order.TooLarge, "body-too-large", "The body has more than %d MiB, the most that is taken here.", maxBody>>20).
		WithHint("Send less at once.")
}
