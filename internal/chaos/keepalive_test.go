//go:build all

package chaos

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// keepAlive is a client with one connection that sends each request once. Package
// net/http sends some again by itself, and would hide what this one is for.
type keepAlive struct {
	addr, token string
	conn        net.Conn
	read        *bufio.Reader
	dials       int
	idle        int // connections that the server had ended before the next request
}

// keepAliveLimit bounds one request: the longest wait of a feed and then some.
const keepAliveLimit = time.Minute

// do sends a request and reads the answer to its end. Any error is a request that
// failed. As every client with a pool does, it looks first whether the server has
// ended the connection meanwhile.
func (c *keepAlive) do(method, target string, body []byte) (*http.Response, []byte, error) {
	if c.conn != nil && c.ended() {
		c.idle++
		c.close()
	}
	if c.conn == nil {
		conn, err := net.DialTimeout("tcp", c.addr, keepAliveLimit)
		if err != nil {
			return nil, nil, fmt.Errorf("connect: %w", err)
		}
		c.conn, c.read = conn, bufio.NewReader(conn)
		c.dials++
	}
	res, answer, err := c.exchange(method, target, body)
	if err != nil || res.Close {
		c.close()
	}
	return res, answer, err
}

func (c *keepAlive) exchange(method, target string, body []byte) (*http.Response, []byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n", method, target, c.token)
	if body != nil {
		fmt.Fprintf(&b, "Content-Type: application/xml\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	c.conn.SetDeadline(time.Now().Add(keepAliveLimit))
	if _, err := c.conn.Write(b.Bytes()); err != nil {
		return nil, nil, fmt.Errorf("send: %w", err)
	}
	res, err := http.ReadResponse(c.read, &http.Request{Method: method})
	if err != nil {
		return nil, nil, fmt.Errorf("read the answer: %w", err)
	}
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, nil, fmt.Errorf("read the body: %w", err)
	}
	return res, answer, nil
}

// ended reports whether the server has closed its side.
func (c *keepAlive) ended() bool {
	raw, err := c.conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return true
	}
	ended := false
	errControl := raw.Control(func(fd uintptr) {
		n, _, err := syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		ended = n == 0 && err == nil || err != nil && err != syscall.EAGAIN
	})
	return ended || errControl != nil
}

func (c *keepAlive) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}
