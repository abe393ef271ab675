package receivertest

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Frames is what a receiver of HTTP/2 does on a stream on which a request came
// in whole. false ends the connection.
type Frames func(to *http2.Framer, stream uint32) (goOn bool)

// ListenHTTP2 starts a receiver that speaks HTTP/2 alone, frame by frame.
func ListenHTTP2(t testing.TB, do Frames, cert *tls.Certificate) *Receiver {
	t.Helper()
	frames := func(r *Receiver) { r.secure.NextProtos = []string{http2.NextProtoTLS} }
	return listen(t, cert, frames, func(r *Receiver, c net.Conn) { r.speakFrames(c, do) })
}

func (r *Receiver) speakFrames(c net.Conn, do Frames) {
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(c, preface); err != nil {
		return
	}
	counted := &counter{Conn: c}
	to := http2.NewFramer(counted, c)
	to.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if to.WriteSettings() != nil {
		return
	}
	asked := map[uint32]*Heard{}
	for {
		frame, err := to.ReadFrame()
		if err != nil {
			return
		}
		whole := false
		switch f := frame.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				to.WriteSettingsAck()
			}
		case *http2.MetaHeadersFrame:
			h := &Heard{Method: f.PseudoValue("method"), Target: f.PseudoValue("path"), Header: http.Header{}}
			for _, field := range f.RegularFields() {
				h.Header.Add(field.Name, field.Value)
			}
			asked[f.StreamID], whole = h, f.StreamEnded()
		case *http2.DataFrame:
			if h := asked[f.StreamID]; h != nil {
				h.Body = append(h.Body, f.Data()...)
				whole = f.StreamEnded()
			}
		}
		if !whole {
			continue
		}
		h := asked[frame.Header().StreamID]
		delete(asked, frame.Header().StreamID)
		if r.note(*h) {
			Respond(to, frame.Header().StreamID, "204", true)
			continue
		}
		goOn := do(to, frame.Header().StreamID)
		raise(&r.Sent, counted.sent)
		if !goOn {
			return
		}
	}
}

// Respond writes the headers of an answer, and with end its end.
func Respond(to *http2.Framer, stream uint32, status string, end bool) {
	var block bytes.Buffer
	hpack.NewEncoder(&block).WriteField(hpack.HeaderField{Name: ":status", Value: status})
	to.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block.Bytes(), EndStream: end, EndHeaders: true})
}

// ResetStream ends the stream for a reason.
func ResetStream(why http2.ErrCode) Frames {
	return func(to *http2.Framer, stream uint32) bool { return to.WriteRSTStream(stream, why) == nil }
}

// RespondThenReset answers with a status, begins a body, and ends the stream for
// a reason.
func RespondThenReset(status string, why http2.ErrCode) Frames {
	return func(to *http2.Framer, stream uint32) bool {
		Respond(to, stream, status, false)
		to.WriteData(stream, false, []byte("body"))
		return to.WriteRSTStream(stream, why) == nil
	}
}

// GoAway ends the connection for a reason, as one that has worked on the streams
// up to last.
func GoAway(last uint32, why http2.ErrCode) Frames {
	return func(to *http2.Framer, _ uint32) bool {
		to.WriteGoAway(last, why, nil)
		return false
	}
}

// Deaf reads nothing any more, and asks for signs of life without an end.
func Deaf(to *http2.Framer, _ uint32) bool {
	for to.WritePing(false, [8]byte{}) == nil {
	}
	return false
}
