package server

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/order"
)

// refusals are the ways in which a request is refused without a look at its
// body, each with its status.
func refusals() map[string]int {
	return map[string]int{
		"POST /refused/401": 401, "POST /refused/413": 413, "POST /refused/415": 415, "POST /refused/429": 429, "POST /refused/503": 503,
		"POST /nothing": 404, "PUT /orders": 405, "POST /a/../b": 404, "POST /broken": 500, "DELETE /healthz": 405, "POST /healthz": 405,
		"GET /orders": 200, "POST /orders": 200,
	}
}

// refusing registers routes that refuse without reading.
func refusing(r *mux.Router) {
	everyday(r)
	r.HandleFunc("/refused/{status}", func(w http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(mux.Vars(r)["status"])
		w.Header().Set("Content-Length", "2")
		w.WriteHeader(status)
		io.WriteString(w, "no")
	}).Methods("POST")
	r.HandleFunc("/broken", func(http.ResponseWriter, *http.Request) { panic("no") }).Methods("POST")
	r.HandleFunc("/state", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		time.Sleep(100 * time.Millisecond)
		fmt.Fprint(w, r.Context().Err())
	}).Methods("POST", "GET")
}

func openRefusing(t *testing.T, change func(*Config, *limits)) *fixture {
	return open(t, func(c *Config, l *limits) {
		c.Dialects = []Dialect{registerFunc(refusing)}
		if change != nil {
			change(c, l)
		}
	})
}

// sendAll writes all of a request before it reads anything, as many clients do.
func sendAll(conn net.Conn, head string, size int, chunked bool) error {
	body := bytes.Repeat([]byte("x"), size)
	if !chunked {
		if _, err := fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n", head, size); err != nil {
			return err
		}
		_, err := conn.Write(body)
		return err
	}
	fmt.Fprintf(conn, "%sTransfer-Encoding: chunked\r\n\r\n%x\r\n", head, size)
	if _, err := conn.Write(body); err != nil {
		return err
	}
	_, err := io.WriteString(conn, "\r\n0\r\n\r\n")
	return err
}

// TestEveryRefusalIsRead by a client that sends all and reads then: by length and
// chunked, over HTTP/1.1 and 1.0, with and without Connection: close, half-closed.
func TestEveryRefusalIsRead(t *testing.T) {
	h := openRefusing(t, nil)
	n := 0
	for line, status := range refusals() {
		for _, size := range []int{1, 300 << 10, 9 << 20} {
			for _, shape := range []struct {
				version, header string
				chunked, half   bool
			}{
				{"HTTP/1.1", "", false, false}, {"HTTP/1.1", "", true, false}, {"HTTP/1.1", "Connection: close\r\n", false, false},
				{"HTTP/1.0", "Connection: close\r\n", false, false}, {"HTTP/1.1", "Connection: close\r\n", true, true}, {"HTTP/1.1", "", false, true},
			} {
				if n++; n%fulltest.Rounds(4, 1) != 0 {
					continue
				}
				if size > bodyBytes && !shape.chunked && status == 200 {
					continue // announced too long for any
				}
				want := status
				if size > bodyBytes && !shape.chunked && !strings.Contains(line, "healthz") && !strings.Contains(line, "..") {
					want = 413 // before it is routed
				}
				conn := h.dial()
				err := sendAll(conn, line+" "+shape.version+"\r\nHost: x\r\n"+shape.header, size, shape.chunked)
				if shape.half {
					conn.(*net.TCPConn).CloseWrite()
				}
				res, errRead := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil || errRead != nil || res.StatusCode != want {
					t.Errorf("%s, %d bytes, %+v: %v, %v, %v, want %d", line, size, shape, err, errRead, res, want)
				}
				conn.Close()
			}
		}
	}
}

// TestConnectionGoesOn behind a refusal whose body was read.
func TestConnectionGoesOn(t *testing.T) {
	h := openRefusing(t, nil)
	conn := h.dial()
	defer conn.Close()
	in := bufio.NewReader(conn)
	for range 3 {
		for _, chunked := range []bool{false, true} {
			if err := sendAll(conn, "POST /refused/401 HTTP/1.1\r\nHost: x\r\n", 5<<20, chunked); err != nil {
				t.Fatal(err)
			}
			res, err := http.ReadResponse(in, nil)
			if err != nil || res.StatusCode != 401 || res.Close {
				t.Fatalf("%v, %v", res, err)
			}
			io.Copy(io.Discard, res.Body)
		}
		if err := sendAll(conn, "POST /orders HTTP/1.1\r\nHost: x\r\n", 9<<20, false); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil || res.StatusCode != 413 || res.Close {
			t.Fatalf("%v, %v", res, err)
		}
		io.Copy(io.Discard, res.Body)
	}
}

// TestHalfClosedIsNotGone: a client that has closed its sending side waits for
// the answer, and what it asked for is not broken off.
func TestHalfClosedIsNotGone(t *testing.T) {
	h := openRefusing(t, nil)
	for _, head := range []string{"GET /state HTTP/1.1\r\nHost: x\r\n\r\n", "POST /state HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"} {
		conn := h.dial()
		io.WriteString(conn, head)
		conn.(*net.TCPConn).CloseWrite()
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := io.ReadAll(res.Body); string(text) != "<nil>" {
			t.Errorf("%.4s: %s", head, text)
		}
		conn.Close()
	}
}

// TestNotAskedFor: a client that waits for 100 Continue is not asked for what is
// refused; one that sends it all the same gets the answer too.
func TestNotAskedFor(t *testing.T) {
	h := openRefusing(t, nil)
	head := "POST /refused/401 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
	conn := h.dial()
	defer conn.Close()
	fmt.Fprintf(conn, "%sContent-Length: %d\r\n\r\n", head, 1<<20)
	begun := time.Now()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != 401 || !res.Close || time.Since(begun) > lingerStill {
		t.Fatalf("%v, %v after %s", res, err, time.Since(begun))
	}
	for _, size := range []int{1 << 10, 5 << 20, 9 << 20} {
		conn := h.dial()
		err := sendAll(conn, head, size, false)
		res, errRead := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || errRead != nil || res.StatusCode != 401 && size < bodyBytes || res.StatusCode != 413 && size > bodyBytes {
			t.Errorf("%d bytes: %v, %v, %v", size, err, errRead, res)
		}
		conn.Close()
	}
}

// TestReadingIsBounded in bytes and in time, and by a body that stands still.
func TestReadingIsBounded(t *testing.T) {
	t.Parallel() // it waits
	h := openRefusing(t, func(_ *Config, l *limits) { l.unread, l.unreadStill = time.Second, 300*time.Millisecond })
	for name, send := range map[string]func(net.Conn){
		"announced": func(c net.Conn) {
			fmt.Fprintf(c, "POST /refused/401 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", 1<<40)
			io.Copy(c, endlessly{})
		},
		"endless": func(c net.Conn) {
			io.WriteString(c, "POST /refused/401 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n")
			io.Copy(c, endlessly{})
		},
		"still": func(c net.Conn) {
			io.WriteString(c, "POST /refused/401 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
		},
		"drip": func(c net.Conn) {
			io.WriteString(c, "POST /refused/401 HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n")
			for range 200 {
				if _, err := c.Write([]byte("x")); err != nil {
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
		},
	} {
		conn := h.dial()
		begun := time.Now()
		go send(conn)
		if name != "endless" { // whose answer may be lost: that is the bound
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || !res.Close || res.StatusCode != 401 && res.StatusCode != 413 {
				t.Errorf("%s: %v, %v", name, res, err)
			}
		}
		io.Copy(io.Discard, conn)
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%s: the connection lived for %s", name, took)
		}
		conn.Close()
	}
}

type endlessly struct{}

func (endlessly) Read(b []byte) (int, error) { return len(b), nil }

// TestSlowBodiesHoldNoPlace: refused bodies that come slowly leave the places to
// others, and beyond the share of an address its oldest is cut.
func TestSlowBodiesHoldNoPlace(t *testing.T) {
	h := openRefusing(t, func(c *Config, l *limits) { c.InFlight, l.unreadStill = 2, 10*time.Second })
	var ended atomic.Int32
	slow := func(i int) {
		conn := h.dial()
		go func() {
			request := []string{"POST /refused/401", "GET /", "POST /nothing", "GET /orders"}[i%4] // and what is not refused neither
			io.WriteString(conn, request+" HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
			io.Copy(io.Discard, conn)
			ended.Add(1)
		}()
		t.Cleanup(func() { conn.Close() })
	}
	for i := range 20 {
		slow(i)
	}
	for end := time.Now().Add(5 * time.Second); h.unread.len() < 20 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if r := h.do("GET", "/orders", nil); r.StatusCode != http.StatusOK || h.unread.len() != 20 || h.Working() > 1 {
		t.Errorf("%d while %d refused bodies are read", r.StatusCode, h.unread.len())
	}
	h.unread.mu.Lock()
	h.unread.each = 20
	h.unread.mu.Unlock()
	slow(0)
	for end := time.Now().Add(5 * time.Second); ended.Load() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("none was cut for one more")
		}
	}
	if time.Sleep(50 * time.Millisecond); ended.Load() != 1 || h.unread.len() != 20 {
		t.Errorf("%d were cut, %d are read", ended.Load(), h.unread.len())
	}
}

// TestWaitingEndsWithTheClient although working does not.
func TestWaitingEndsWithTheClient(t *testing.T) {
	ended := make(chan struct{})
	h := open(t, func(c *Config, _ *limits) {
		c.Dialects = []Dialect{registerFunc(func(r *mux.Router) {
			everyday(r)
			r.HandleFunc("/parked", func(w http.ResponseWriter, r *http.Request) {
				if err := w.(interface{ WaitSlot() error }).WaitSlot(); order.CodeOf(err) != "" {
					t.Error(err)
				}
				<-r.Context().Done()
				close(ended)
			}).Methods("GET")
		})}
	})
	conn := h.dial()
	io.WriteString(conn, "GET /parked HTTP/1.1\r\nHost: x\r\n\r\n")
	time.Sleep(50 * time.Millisecond)
	conn.Close()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("it waits on")
	}
}
