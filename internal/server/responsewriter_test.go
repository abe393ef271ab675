package server

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/body"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// The most that the routes of receiving take.
const (
	formBytes     = 16 << 10
	documentBytes = 5 << 20
)

// partyHeader says who asks, as a credential does.
const partyHeader = "X-Party"

// receiving registers routes that read their body as dialects do, and one that
// does not.
func receiving(h **fixture) func(r *mux.Router) {
	read := func(most int64) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			reqlog.From(r.Context()).Party = order.PartyID(r.Header.Get(partyHeader))
			sent, err := body.Read(w, r, most)
			if err != nil {
				(*h).refuse(w, r, err)
				return
			}
			fmt.Fprint(w, len(sent))
		}
	}
	return func(r *mux.Router) {
		everyday(r)
		r.HandleFunc("/form", read(formBytes)).Methods("POST")
		r.HandleFunc("/document", read(documentBytes)).Methods("POST")
		r.HandleFunc("/planted", func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }).Methods("POST")
	}
}

func openReceiving(t *testing.T, change func(*Config, *limits)) *fixture {
	var h *fixture
	h = open(t, func(c *Config, l *limits) {
		c.Dialects = []Dialect{registerFunc(receiving(&h))}
		if change != nil {
			change(c, l)
		}
	})
	return h
}

// begin sends a header and what there is of a body.
func (h *fixture) begin(path, party, header string, sent []byte) net.Conn {
	h.t.Helper()
	conn := h.dial()
	h.t.Cleanup(func() { conn.Close() })
	if party != "" {
		header = partyHeader + ": " + party + "\r\n" + header
	}
	if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\n%s\r\n%s", path, header, sent); err != nil {
		h.t.Fatal(err)
	}
	return conn
}

// answerOn reads the answer on a connection.
func (h *fixture) answerOn(conn net.Conn) reply {
	h.t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	return reply{res, string(text), err}
}

// until waits for something that must come.
func (h *fixture) until(what string, come func() bool) {
	h.t.Helper()
	for end := time.Now().Add(10 * time.Second); !come(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			h.t.Fatalf("never came: %s", what)
		}
	}
}

// TestBodiesOnTheirWay take no working place. The control reads without saying
// so, and then there is none for others.
func TestBodiesOnTheirWay(t *testing.T) {
	for _, c := range []struct {
		path, header string
		want         int
	}{
		{"/form", "Content-Length: 4000\r\n", http.StatusOK},
		{"/form", "Transfer-Encoding: chunked\r\n", http.StatusOK},
		{"/form", "Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n", http.StatusOK},
		{"/document", "Content-Length: 4000\r\n", http.StatusOK},
		{"/planted", "Content-Length: 4000\r\n", http.StatusServiceUnavailable},
	} {
		h := openReceiving(t, func(c *Config, _ *limits) { c.InFlight = 2 })
		var slow []net.Conn
		for range 20 {
			slow = append(slow, h.begin(c.path, "", c.header, []byte("4")))
			if c.want == http.StatusOK {
				h.until("its body", func() bool { return h.bodies.len() == len(slow) })
			}
		}
		if c.want != http.StatusOK {
			h.until("two", func() bool { return h.Working() == 2 })
		}
		if r := h.do("GET", "/orders", nil); r.StatusCode != c.want {
			t.Errorf("GET beside slow bodies at %s: %d, want %d", c.path, r.StatusCode, c.want)
		}
		if c.want != http.StatusOK {
			continue
		}
		if r := h.do("POST", "/form", strings.NewReader("username=a")); r.body != "10" {
			t.Errorf("POST beside slow bodies: %d %s", r.StatusCode, r.body)
		}
		for _, conn := range slow {
			conn.Close()
		}
		h.until("their end", func() bool { return h.bodies.len()+h.Working() == 0 && h.memory.inHand() == 0 })
	}
}

// TestOldestBodyIsDropped within the share of a party or of an address, and none
// of anybody else.
func TestOldestBodyIsDropped(t *testing.T) {
	h := openReceiving(t, nil)
	h.bodies.each = 3
	var own []net.Conn
	stranger, other := h.begin("/form", "", "Content-Length: 2\r\n", []byte("a")), h.begin("/form", "116", "Content-Length: 2\r\n", []byte("a"))
	for n := range 5 {
		own = append(own, h.begin("/form", "7045", "Content-Length: 2\r\n", []byte("a")))
		h.until("its body", func() bool { return h.bodies.len() == min(n+3, 5) })
		time.Sleep(20 * time.Millisecond) // the order is that of the connections
	}
	for _, conn := range own[:2] {
		r := h.answerOn(conn)
		wantProblem(t, r, http.StatusServiceUnavailable, "busy")
		if r.Header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After %q", r.Header.Get("Retry-After"))
		}
	}
	for _, conn := range append(own[2:], stranger, other) {
		io.WriteString(conn, "b")
		if r := h.answerOn(conn); r.body != "2" {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	}
}

// TestTimeForABody fits its size, and does not start while it stands still.
func TestTimeForABody(t *testing.T) {
	if form, document := timeFor(formBytes), timeFor(documentBytes); form > 6*time.Second || document < 29*time.Second || document > readTime {
		t.Errorf("%s for a form, %s for a document", form, document)
	}
	h := openReceiving(t, func(_ *Config, l *limits) { l.bodyStill = 200 * time.Millisecond })
	begun := time.Now()
	r := h.answerOn(h.begin("/document", "", "Content-Length: 4000\r\n", []byte("abc")))
	wantProblem(t, r, http.StatusBadRequest, "body-unreadable")
	if took := time.Since(begun); took < 150*time.Millisecond || took > 5*time.Second {
		t.Errorf("cut after %s", took)
	}
	conn := h.begin("/document", "", "Content-Length: 20\r\n", nil)
	for range 20 { // slowly, and never still
		time.Sleep(25 * time.Millisecond)
		io.WriteString(conn, "x")
	}
	if r := h.answerOn(conn); r.body != "20" {
		t.Errorf("a slow body: %d %s", r.StatusCode, r.body)
	}
	time.Sleep(300 * time.Millisecond) // longer than a body may stand still
	io.WriteString(conn, "GET /orders HTTP/1.1\r\nHost: x\r\n\r\n")
	if r := h.answerOn(conn); r.body != "list" {
		t.Errorf("the connection afterwards: %d %s", r.StatusCode, r.body)
	}
}

// TestBodyMemory: what one party holds in memory leaves space for others, its own
// wait, and are refused when that lasts. The control has no share.
func TestBodyMemory(t *testing.T) {
	packed := &bytes.Buffer{}
	z := gzip.NewWriter(packed)
	z.Write(bytes.Repeat([]byte("x"), 1<<20))
	z.Flush() // and no end
	for name, c := range map[string]struct {
		header string
		sent   []byte
		share  int64
		want   int
	}{
		"by length":         {fmt.Sprintf("Content-Length: %d\r\n", documentBytes), []byte("abc"), bodyMemoryShare, http.StatusOK},
		"chunked":           {"Transfer-Encoding: chunked\r\n", append([]byte("100000\r\n"), make([]byte, 1<<20-9)...), bodyMemoryShare, http.StatusOK},
		"gzip":              {fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d\r\n", packed.Len()+9), packed.Bytes(), bodyMemoryShare, http.StatusOK},
		"control: no share": {fmt.Sprintf("Content-Length: %d\r\n", documentBytes), []byte("abc"), bodyMemory, http.StatusServiceUnavailable},
	} {
		h := openReceiving(t, func(_ *Config, l *limits) { l.memory = 500 * time.Millisecond })
		h.memory.each = c.share
		whole := int(c.share / documentBytes)
		var own []net.Conn
		for n := range whole {
			own = append(own, h.begin("/document", "7045", c.header, c.sent))
			h.until(name, func() bool { return h.memory.inHand() == int64(n+1)*documentBytes })
		}
		document := bytes.Repeat([]byte("x"), documentBytes)
		if r := h.do("POST", "/document", bytes.NewReader(document), partyHeader, "116"); r.StatusCode != c.want {
			t.Errorf("%s: another party's document: %d %s", name, r.StatusCode, r.body)
		}
		r := h.do("POST", "/document", bytes.NewReader(document), partyHeader, "7045")
		wantProblem(t, r, http.StatusServiceUnavailable, "busy")
		for _, conn := range own {
			conn.Close()
		}
		h.until("the end of all", func() bool { return h.memory.inHand() == 0 })
		if r := h.do("POST", "/document", bytes.NewReader(document), partyHeader, "7045"); r.body != fmt.Sprint(documentBytes) {
			t.Errorf("%s: afterwards %d %s", name, r.StatusCode, r.body)
		}
	}
}

// TestReadingAndSize: what a body may be has not changed.
func TestReadingAndSize(t *testing.T) {
	h := openReceiving(t, nil)
	for _, c := range []struct {
		path   string
		size   int
		status int
	}{
		{"/form", formBytes, 200}, {"/form", formBytes + 1, 413}, {"/document", documentBytes, 200}, {"/document", documentBytes + 1, 413},
		{"/form", 0, 200}, {"/document", holdFirstOfBody, 200}, {"/document", holdFirstOfBody + 1, 200},
	} {
		for _, packed := range []bool{false, true} {
			for _, chunked := range []bool{false, true} {
				sent, header := bytes.Repeat([]byte("x"), c.size), []string{}
				if packed {
					b := &bytes.Buffer{}
					z := gzip.NewWriter(b)
					z.Write(sent)
					z.Close()
					sent, header = b.Bytes(), []string{"Content-Encoding", "gzip"}
				}
				in := io.Reader(bytes.NewReader(sent))
				if chunked {
					in = io.MultiReader(in)
				}
				r := h.do("POST", c.path, in, header...)
				if r.StatusCode != c.status || c.status == 200 && r.body != fmt.Sprint(c.size) {
					t.Errorf("%s of %d bytes, gzip %v, chunked %v: %d %s", c.path, c.size, packed, chunked, r.StatusCode, r.body)
				}
			}
		}
	}
	h.until("the end", func() bool { return h.memory.inHand() == 0 && h.bodies.len() == 0 && h.Working() == 0 })
}

// holdFirstOfBody is the size from which a body of unknown length asks for more
// memory.
const holdFirstOfBody = 32 << 10
