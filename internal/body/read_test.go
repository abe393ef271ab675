package body

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

// TestRead refuses what cannot be read, and gives the rest as it came.
func TestRead(t *testing.T) {
	const most = 1 << 10
	for name, c := range map[string]struct {
		change func(r *http.Request)
		code   string
		says   string
	}{
		"zipped":    {func(r *http.Request) { r.Header.Set("Content-Encoding", "br") }, "encoding-unsupported", `"br"`},
		"as it is":  {func(r *http.Request) { r.Header.Set("Content-Encoding", " Identity") }, "", ""},
		"any label": {func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, "", ""},
		"announced": {func(r *http.Request) { r.ContentLength = most + 1 }, "body-too-large", "more than 1 KiB"},
		"unsized":   {func(r *http.Request) { r.ContentLength = -1; r.Body = io.NopCloser(endless{}) }, "body-too-large", "more than 1 KiB"},
		"full":      {func(r *http.Request) { r.ContentLength = -1; r.Body = io.NopCloser(io.LimitReader(endless{}, most)) }, "", ""},
		"broken":    {func(r *http.Request) { r.Body = io.NopCloser(broken{net.ErrClosed}) }, "body-unreadable", "to its end"},
		"cut":       {func(r *http.Request) { r.Body = io.NopCloser(broken{io.ErrUnexpectedEOF}) }, "body-unreadable", "connection ended"},
		"still":     {func(r *http.Request) { r.Body = io.NopCloser(broken{os.ErrDeadlineExceeded}) }, "body-unreadable", "stood still"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(" {}\n"))
		c.change(r)
		got, err := Read(httptest.NewRecorder(), r, most)
		if order.CodeOf(err) != c.code || err != nil && !strings.Contains(err.Error(), c.says) || err == nil && strings.TrimLeft(string(got), "x") != "" && string(got) != " {}\n" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

type (
	endless struct{}
	broken  struct{ err error }
)

func (endless) Read(b []byte) (int, error) { return copy(b, strings.Repeat("x", len(b))), nil }

func (b broken) Read([]byte) (int, error) { return 0, fmt.Errorf("read: %w", b.err) }

// TestLimits are said as people say them.
func TestLimits(t *testing.T) {
	for limit, want := range map[int64]string{5 << 20: "5 MiB", 1<<20 + 1<<10: "1025 KiB", 1000: "1000 bytes"} {
		if err := TooLarge(limit); order.KindOf(err) != order.TooLarge || !strings.Contains(err.Error(), "more than "+want+",") {
			t.Errorf("%d: %v", limit, err)
		}
	}
}

// TestCheckType takes JSON under any of its names.
func TestCheckType(t *testing.T) {
	for _, label := range []string{"", "application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json", "application/graphql+json"} {
		if err := CheckType(label, "an order"); err != nil {
			t.Errorf("%s: %v", label, err)
		}
	}
	for _, label := range []string{"application/xml", "text/plain", "application/x-www-form-urlencoded", "json", ";"} {
		if err := CheckType(label, "an order"); order.CodeOf(err) != "media-type" || !strings.Contains(err.Error(), "an order is sent as JSON") {
			t.Errorf("%s: %v", label, err)
		}
	}
}

// TestSend answers with texts as they are, or with nothing at all.
func TestSend(t *testing.T) {
	w := httptest.NewRecorder()
	check(t, Send(w, http.StatusCreated, "application/json", map[string]string{"link": "/a?b=1&c=<ø>"}))
	const want = `{"link":"/a?b=1&c=<ø>"}`
	if h := w.Header(); w.Code != http.StatusCreated || w.Body.String() != want || h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "no-store" || h.Get("Content-Length") != fmt.Sprint(len(want)) {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	w = httptest.NewRecorder()
	if err := Send(w, http.StatusOK, "application/json", unwritable{}); !errors.Is(err, io.ErrShortWrite) || len(w.Header()) > 0 || w.Body.Len() > 0 {
		t.Errorf("%v, %v %s", err, w.Header(), w.Body)
	}
}

type unwritable struct{}

func (unwritable) MarshalJSON() ([]byte, error) { return nil, io.ErrShortWrite }
