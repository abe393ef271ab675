package dialecttest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Wire sends bytes over a new connection and returns those of the answer.
func Wire(t testing.TB, to *httptest.Server, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", to.Listener.Addr().String())
	check(t, err)
	defer conn.Close()
	check(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.WriteString(conn, request)
	check(t, err)
	method, _, _ := strings.Cut(request, " ")
	return ReadWire(t, conn, method)
}

// ReadWire reads the answer to a method, the last one when interim ones come
// first, with its header as it is on the wire. One that is cut off shows it by
// its missing end.
func ReadWire(t testing.TB, conn net.Conn, method string) string {
	t.Helper()
	var seen bytes.Buffer
	r := bufio.NewReader(io.TeeReader(conn, &seen))
	for {
		res, err := http.ReadResponse(r, &http.Request{Method: method})
		check(t, err)
		if _, err = io.Copy(io.Discard, res.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
			check(t, err)
		}
		if res.StatusCode >= http.StatusOK {
			return seen.String()
		}
	}
}
