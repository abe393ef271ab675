package boknett

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// Greatest bodies beside an order document, whose limit is editx.MaxBytes.
const (
	maxForm = 16 << 10 // two names and two secrets, however they are encoded
	maxJSON = 64 << 10 // a comment of 2000 characters, each escaped, four times over
)

// readBody reads a body of at most limit bytes. Its Content-Type is not
// looked at: clients of this API send none, or a wrong one.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	coding := strings.TrimSpace(r.Header.Get("Content-Encoding"))
	if coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, errCoding(coding)
	}
	if r.ContentLength > limit {
		return nil, errTooLarge(limit)
	}
	var b bytes.Buffer
	if r.ContentLength > 0 {
		b.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err := b.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	return b.Bytes(), bodyError(err)
}

func bodyError(err error) error {
	if err == nil {
		return nil
	}
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return errTooLarge(tooLarge.Limit)
	}
	what := "The connection ended before the body was complete."
	if errors.Is(err, os.ErrDeadlineExceeded) {
		what = "The body stood still for too long before it was complete."
	} else if !errors.Is(err, io.ErrUnexpectedEOF) {
		what = "The body could not be read to its end."
	}
	e := order.Errorf(order.Malformed, "body-unreadable", "%s", what).WithHint("Send the request again; nothing was changed.")
	e.Err = err
	return e
}

func errTooLarge(limit int64) error {
	return order.Errorf(order.TooLarge, "body-too-large", "The body has more than %s, the most that is taken here.", bytesText(limit)).
		WithHint("Send less at once.")
}

func errCoding(coding string) error {
	return order.Errorf(order.Unsupported, "encoding-unsupported", "The body is sent with Content-Encoding %q.", order.Cut(coding)).
		WithHint("Send the body as it is, without Content-Encoding.").
		WithField(order.Field{Header: "Content-Encoding", Value: coding})
}

// bytesText writes a limit as people say it.
func bytesText(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
