//go:build all

package interop

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// wire speaks HTTP/1 by hand, since Go's own client hides how a header is
// spelled, reads while it sends, and never speaks HTTP/1.0.
type wire string // host and port

// request is one request. A body is sent whole before anything is read, as
// simple clients do.
type request struct {
	method, path string
	header       []string // "Name: value"
	body         []byte
	version      string // "1.0", or 1.1
	chunked      bool
	expect       bool // waits for 100 before the body
}

// reply is what came. Spelled has the names of its headers as they came.
type reply struct {
	*http.Response
	spelled []string
	body    []byte
}

// patience bounds a request: the longest wait of the feed, and time to spare.
const patience = 75 * time.Second

// ask sends a request over a connection of its own.
func (w wire) ask(q request) (a reply, err error) {
	c, err := net.Dial("tcp", string(w))
	if err != nil {
		return a, err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	read := bufio.NewReader(c)
	if _, err := io.WriteString(c, q.head()); err != nil {
		return a, err
	}
	if q.expect {
		line, err := read.ReadString('\n')
		if err != nil || !strings.Contains(line, " 100 ") {
			return a, fmt.Errorf("the answer to Expect is %q (%v)", line, err)
		}
		for line != "\r\n" && err == nil {
			line, err = read.ReadString('\n')
		}
	}
	sent := q.send(c)
	got, err := io.ReadAll(read)
	if len(got) == 0 {
		return a, fmt.Errorf("no answer: %v; sending: %v", err, sent)
	}
	return parse(got, q.method)
}

func (q request) head() string {
	version := q.version
	if version == "" {
		version = "1.1"
	}
	lines := append([]string{q.method + " " + q.path + " HTTP/" + version, "Host: orders.example.no", "Connection: close"}, q.header...)
	switch {
	case q.chunked:
		lines = append(lines, "Transfer-Encoding: chunked")
	case q.body != nil:
		lines = append(lines, fmt.Sprintf("Content-Length: %d", len(q.body)))
	}
	if q.expect {
		lines = append(lines, "Expect: 100-continue")
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// send writes the body. What stops it is reported only when no answer comes.
func (q request) send(c io.Writer) error {
	const piece = 64 << 10
	for at := 0; at < len(q.body); at += piece {
		part := q.body[at:min(at+piece, len(q.body))]
		if q.chunked {
			part = fmt.Appendf(nil, "%x\r\n%s\r\n", len(part), part)
		}
		if _, err := c.Write(part); err != nil {
			return err
		}
	}
	if q.chunked {
		_, err := io.WriteString(c, "0\r\n\r\n")
		return err
	}
	return nil
}

func parse(got []byte, method string) (a reply, err error) {
	for bytes.HasPrefix(got, []byte("HTTP/1.1 100")) {
		_, got, _ = bytes.Cut(got, []byte("\r\n\r\n"))
	}
	head, _, _ := bytes.Cut(got, []byte("\r\n\r\n"))
	for _, line := range strings.Split(string(head), "\r\n")[1:] {
		name, _, _ := strings.Cut(line, ":")
		a.spelled = append(a.spelled, name)
	}
	a.Response, err = http.ReadResponse(bufio.NewReader(bytes.NewReader(got)), &http.Request{Method: method})
	if err != nil {
		return a, err
	}
	a.body, err = io.ReadAll(a.Body)
	return a, err
}

// stream is a response that goes on.
type stream struct {
	net.Conn
	lines *bufio.Scanner
}

// listen sends a GET and reads its head.
func (w wire) listen(path string, header ...string) (*stream, error) {
	c, err := net.Dial("tcp", string(w))
	if err != nil {
		return nil, err
	}
	c.SetDeadline(time.Now().Add(patience))
	lines := append([]string{"GET " + path + " HTTP/1.1", "Host: orders.example.no", "Accept: text/event-stream"}, header...)
	_, err = io.WriteString(c, strings.Join(lines, "\r\n")+"\r\n\r\n")
	return &stream{c, bufio.NewScanner(c)}, err
}

// until reads on to a line that contains text.
func (s *stream) until(text string) error {
	for s.lines.Scan() {
		if strings.Contains(s.lines.Text(), text) {
			return nil
		}
	}
	return fmt.Errorf("the stream ended before %q: %v", text, s.lines.Err())
}
