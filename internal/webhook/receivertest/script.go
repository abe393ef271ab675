package receivertest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Script is what a receiver does with a connection on which a request came in
// whole. It returns when it is done or the other side is gone.
type Script func(c net.Conn)

// Hang waits until the other side ends.
func Hang(c net.Conn) { io.Copy(io.Discard, c) }

// Drop ends the connection without an answer.
func Drop(net.Conn) {}

// Say writes some text and ends the connection.
func Say(text string) Script { return func(c net.Conn) { io.WriteString(c, text) } }

// Answer sends a whole answer with a status and more headers.
func Answer(status int, headers ...string) Script {
	text := fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Length: 4\r\n", status, http.StatusText(status))
	return Say(text + strings.Join(append(headers, ""), "\r\n") + "\r\nbody")
}

// Begin writes some text and goes on with another script.
func Begin(text string, then Script) Script {
	return func(c net.Conn) {
		io.WriteString(c, text)
		then(c)
	}
}

// Drip writes a byte every 50 ms.
func Drip(c net.Conn) {
	for {
		if _, err := c.Write([]byte{'x'}); err != nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Pour writes the same piece up to a gigabyte.
func Pour(piece string) Script {
	return func(c net.Conn) {
		block := bytes.Repeat([]byte(piece), 1+(32<<10)/len(piece))
		for n := 0; n < 1<<30; n += len(block) {
			if _, err := c.Write(block); err != nil {
				return
			}
		}
	}
}

// Reset answers and then ends the connection with a reset, which overtakes what
// was not read.
func Reset(text string) Script {
	return func(c net.Conn) {
		io.WriteString(c, text)
		if counted, ok := c.(*counter); ok {
			c = counted.Conn
		}
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
	}
}

// Bomb is an answer whose body unfolds to so many bytes. They are members of a
// mebibyte each, of which one is compressed: all of them as one would take seconds.
func Bomb(head string, unfolded int) Script {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(make([]byte, 1<<20))
	w.Close()
	body := strings.Repeat(packed.String(), unfolded>>20)
	return Say(fmt.Sprintf("%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body))
}
