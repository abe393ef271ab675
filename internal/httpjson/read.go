package httpjson

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
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
	if gzips == 0 && r.ContentLength > limit {
		return nil, TooLarge(limit)
	}
	from, ok := w.(Receiver)
	if !ok {
		return read(w, r, gzips, limit, func(int64) error { return nil })
	}
	size, hold := r.ContentLength, min(limit, holdFirst)
	if size < 0 || size > limit {
		size = limit
	}
	if gzips == 0 && r.ContentLength >= 0 {
		hold = size
	}
	if err := from.Receive(hold, size); err != nil {
		return nil, err
	}
	sent, err := read(w, r, gzips, limit, from.Hold)
	if err := from.Received(int64(len(sent)), err); err != nil {
		return nil, err
	}
	return sent, nil
}

// Receiver is the writer of a server that has places and memory for bodies that
// are on their way, apart from those for requests that work.
type Receiver interface {
	// Receive is called before a body is read that will take hold bytes of memory
	// at first, and comes in size bytes at the most.
	Receive(hold, size int64) error

	// Hold is called when it is going to take so many bytes in all.
	Hold(bytes int64) error

	// Received is called at the end, with the bytes that it takes and the error
	// with which it was read. It returns the error to answer with.
	Received(bytes int64, err error) error
}

// holdFirst is the memory that a body of unknown length has at first: most
// need no more, and one that does must have had little when it waits for the rest.
const holdFirst = 32 << 10

// read reads a body; hold is asked before it takes more than holdFirst bytes,
// where its length is not known.
func read(w http.ResponseWriter, r *http.Request, gzips int, limit int64, hold func(int64) error) ([]byte, error) {
	more := func() error { return hold(limit) }
	if gzips > 0 {
		return unpack(r.Body, gzips, limit, more)
	}
	var b bytes.Buffer
	in := http.MaxBytesReader(w, r.Body, limit)
	if r.ContentLength >= 0 {
		b.Grow(int(r.ContentLength) + bytes.MinRead)
		_, err := b.ReadFrom(in)
		return b.Bytes(), unreadable(err)
	}
	_, err := b.ReadFrom(&growing{in, holdFirst, more})
	return b.Bytes(), unreadable(err)
}

// growing is a body of which the length is not known.
type growing struct {
	io.Reader
	left int64 // that may be read before more is called, once
	more func() error
}

func (g *growing) Read(p []byte) (int, error) {
	if g.left <= 0 && g.more != nil {
		if err := g.more(); err != nil {
			return 0, err
		}
		g.more = nil
	}
	if g.more != nil {
		p = p[:min(int64(len(p)), g.left)]
	}
	n, err := g.Reader.Read(p)
	g.left -= int64(n)
	return n, err
}

// unreadable says why a body could not be read; without a fault it is nil.
func unreadable(err error) error {
	if err == nil {
		return nil
	}
	if refused := new(order.Error); errors.As(err, &refused) { // by a Receiver
		return err
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
	e := order.Errorf(order.Malformed, "body-unreadable", "%s",
		what).WithHint("Send the request again; nothing was changed.")
	e.Err = err
	return e
}

// TooLarge refuses a body of more than limit bytes.
func TooLarge(limit int64) error {
	return order.Errorf(order.TooLarge, "body-too-large", "The body has more than %s, the most that is taken here.",
		bytesText(limit)).
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

// CheckType accepts JSON under any of its names, and a body without a label; what
// says in a refusal what the body should be, such as "an order".
func CheckType(label, what string) error {
	media, _, _ := mime.ParseMediaType(label)
	if label == "" || media == "application/json" || strings.HasSuffix(media, "+json") {
		return nil
	}
	return order.Errorf(order.Unsupported, "media-type", "The body has the Content-Type %q; %s is sent as JSON.",
		order.Truncate(label), what).
		WithHint("Send it with Content-Type: application/json.").
		WithField(order.Field{Header: "Content-Type", Value: label})
}

// TrimBOM returns a body without the byte order mark that some Windows programs
// write before it, and that means nothing.
func TrimBOM(sent []byte) []byte { return bytes.TrimPrefix(sent, []byte("\xef\xbb\xbf")) }

// AcceptEncoding lists the content codings of request bodies that [Read] accepts,
// for the header of that name in an answer (RFC 9110, 12.5.3).
const AcceptEncoding = "gzip, identity"

// maxCodings bounds how often a body may be encoded: a proxy that compresses
// what is compressed already makes two.
const maxCodings = 4

// packedExtra is how much longer than its content a compressed body may be: the
// header, a file name in it, and five bytes for each block that does not shrink.
const packedExtra = 4 << 10

// codings returns how often a body has been compressed by gzip, the one coding
// besides none that is accepted; x-gzip is its old name (RFC 9110, 8.4.1.3).
func codings(header http.Header) (gzips int, err error) {
	all := strings.Join(header.Values("Content-Encoding"), ",")
	n := 0
	for coding := range strings.SplitSeq(all, ",") {
		switch coding = strings.TrimSpace(coding); strings.ToLower(coding) {
		case "":
			continue
		case "identity":
		case "gzip", "x-gzip":
			gzips++
		default:
			return 0, ErrContentEncoding(coding)
		}
		if n++; n > maxCodings {
			return 0, ErrContentEncoding(all)
		}
	}
	return gzips, nil
}

// ErrContentEncoding refuses a body that is compressed in a way that is not accepted. The
// answer should have an Accept-Encoding header; [Read] sets it.
func ErrContentEncoding(coding string) error {
	return order.Errorf(order.Unsupported, "encoding-unsupported", "The body is sent with Content-Encoding %q.",
		order.Truncate(coding)).
		WithHint("Send the body as it is, without Content-Encoding, or compressed with Content-Encoding: gzip.").
		WithField(order.Field{Header: "Content-Encoding", Value: coding})
}

// unpack reads a body that was compressed gzips times. It is bounded by limit
// after the last step and before it by what that may come from, so that no ratio
// costs more than one body of the limit for each step; more is called before it
// takes more than holdFirst bytes.
func unpack(sent io.Reader, gzips int, limit int64, more func() error) ([]byte, error) {
	wire := &source{Reader: http.MaxBytesReader(nil, io.NopCloser(sent), limit+packedExtra)}
	in := io.Reader(wire)
	for step := range gzips {
		z, err := gzip.NewReader(in)
		if err == io.EOF && wire.bytes == 0 {
			return nil, nil // nothing was sent, and nothing is what that unpacks to
		}
		if err != nil {
			return nil, unpackFault(wire, err, limit)
		}
		most := limit
		if step < gzips-1 {
			most += packedExtra
		}
		in = http.MaxBytesReader(nil, z, most)
	}
	text, err := io.ReadAll(&growing{in, holdFirst, more})
	if err != nil {
		return nil, unpackFault(wire, err, limit)
	}
	return text, nil
}

// source is what comes over the connection. It keeps its own fault apart from
// those of what is read from it.
type source struct {
	io.Reader
	bytes int64
	err   error // nil at the end
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.bytes += int64(n)
	if err != io.EOF {
		s.err = err
	}
	return n, err
}

// unpackFault distinguishes a connection that broke and a body that is too large
// from one that is not what its header says.
func unpackFault(wire *source, err error, limit int64) error {
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return TooLarge(limit)
	}
	if wire.err != nil {
		return unreadable(wire.err)
	}
	if refused := new(order.Error); errors.As(err, &refused) { // by a Receiver
		return err
	}
	what := "is corrupt"
	var at flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		what = "ends before it is complete"
	case errors.Is(err, gzip.ErrChecksum):
		what = "is corrupt: its checksum does not match its content"
	case errors.Is(err, gzip.ErrHeader):
		what = "has bytes that are not gzip"
	case errors.As(err, &at):
		what = fmt.Sprintf("is corrupt at byte %d of the compressed data", int64(at))
	}
	e := order.Errorf(order.Malformed, "encoding-malformed", "The body is sent with Content-Encoding gzip and %s.",
		what).
		WithHint("Send the whole output of gzip, or the body as it is without Content-Encoding.").
		WithField(order.Field{Header: "Content-Encoding"})
	e.Err = err
	return e
}

// Query reads the query of an address. [net/url.URL.Query] leaves out what it
// cannot decode, and what was asked would be something else: all orders for those
// with one number. Such a query is refused.
func Query(raw string) (url.Values, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, order.Errorf(order.Malformed, "parameter-malformed",
			"The query of the address has a %% that begins no escape, or a semicolon that is not escaped.").
			WithHint(
				"Encode every parameter, as encodeURIComponent does: %%25 for a per cent sign, %%3B for a semicolon.")
	}
	return values, nil
}
