package body

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// Read reads a body of at most limit bytes, counted after it has been unpacked
// where Content-Encoding says that it is compressed. Its Content-Type is not
// looked at; see [CheckType].
func Read(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	gzips, err := codings(r.Header)
	if err != nil {
		w.Header().Set("Accept-Encoding", AcceptEncoding)
		return nil, err
	}
	if gzips > 0 {
		return unpack(r.Body, gzips, limit)
	}
	if r.ContentLength > limit {
		return nil, TooLarge(limit)
	}
	var b bytes.Buffer
	if r.ContentLength > 0 {
		b.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	_, err = b.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	return b.Bytes(), unreadable(err)
}

// unreadable says why a body could not be read; without a fault it is nil.
func unreadable(err error) error {
	if err == nil {
		return nil
	}
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return TooLarge(tooLarge.Limit)
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

// TooLarge refuses a body of more than limit bytes.
func TooLarge(limit int64) error {
	return order.Errorf(order.TooLarge, "body-too-large", "The body has more than %s, the most that is taken here.", bytesText(limit)).
		WithHint("Send less at once.")
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

// CheckType takes JSON under any of its names, and a body without a label; what
// says in a refusal what the body should be, such as "an order".
func CheckType(label, what string) error {
	media, _, _ := mime.ParseMediaType(label)
	if label == "" || media == "application/json" || strings.HasSuffix(media, "+json") {
		return nil
	}
	return order.Errorf(order.Unsupported, "media-type", "The body has the Content-Type %q; %s is sent as JSON.", order.Cut(label), what).
		WithHint("Send it with Content-Type: application/json.").
		WithField(order.Field{Header: "Content-Type", Value: label})
}

// Unmarked gives a body without the byte order mark that some Windows programs
// write before it, and that means nothing.
func Unmarked(sent []byte) []byte { return bytes.TrimPrefix(sent, []byte("\xef\xbb\xbf")) }
