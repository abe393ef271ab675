package body

import (
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// AcceptEncoding lists the content codings of request bodies that [Read] takes,
// for the header of that name in an answer (RFC 9110, 12.5.3).
const AcceptEncoding = "gzip, identity"

// maxCodings bounds how often a body may be encoded: a proxy that compresses
// what is compressed already makes two.
const maxCodings = 4

// packedExtra is how much longer than its content a compressed body may be: the
// header, a file name in it, and five bytes for each block that does not shrink.
const packedExtra = 4 << 10

// codings returns how often a body has been compressed by gzip, the one coding
// besides none that is taken; x-gzip is its old name (RFC 9110, 8.4.1.3).
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
			return 0, Encoded(coding)
		}
		if n++; n > maxCodings {
			return 0, Encoded(all)
		}
	}
	return gzips, nil
}

// Encoded refuses a body that is compressed in a way that is not taken. The
// answer should have an Accept-Encoding header; [Read] sets it.
func Encoded(coding string) error {
	return order.Errorf(order.Unsupported, "encoding-unsupported", "The body is sent with Content-Encoding %q.", order.Cut(coding)).
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

// unpackFault tells a connection that broke and a body that is too large from
// one that is not what its header says.
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
	e := order.Errorf(order.Malformed, "encoding-malformed", "The body is sent with Content-Encoding gzip and %s.", what).
		WithHint("Send the whole output of gzip, or the body as it is without Content-Encoding.").
		WithField(order.Field{Header: "Content-Encoding"})
	e.Err = err
	return e
}
