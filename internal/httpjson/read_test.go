package httpjson

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/order"
)

// TestRead refuses what cannot be read, and returns the rest as it came.
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

func packed(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(text)
	check(t, err)
	check(t, z.Close())
	return b.Bytes()
}

// encoded reads a body with values of Content-Encoding.
func encoded(body io.Reader, limit int64, codings ...string) ([]byte, http.Header, error) {
	r := httptest.NewRequest(http.MethodPost, "/", body)
	r.Header["Content-Encoding"] = codings
	w := httptest.NewRecorder()
	text, err := Read(w, r, limit)
	return text, w.Header(), err
}

// TestUnpacks in every spelling and number of the codings.
func TestUnpacks(t *testing.T) {
	const text = "<Order>blåbær</Order>"
	once := packed(t, []byte(text))
	twice := packed(t, once)
	for _, c := range []struct {
		sent    []byte
		codings []string
	}{
		{once, []string{"gzip"}}, {once, []string{"GZIP"}}, {once, []string{" x-gzip "}}, {once, []string{"identity, gzip"}}, {once, []string{"gzip", "identity"}},
		{twice, []string{"gzip, gzip"}}, {twice, []string{"gzip", "x-gzip"}}, {[]byte(text), []string{"identity,"}}, {[]byte(text), []string{""}},
		{append(packed(t, []byte("<Order>blå")), packed(t, []byte("bær</Order>"))...), []string{"gzip"}}, // members behind each other, as RFC 1952 has it
	} {
		got, h, err := encoded(bytes.NewReader(c.sent), int64(len(text)), c.codings...)
		if string(got) != text || err != nil || len(h) > 0 {
			t.Errorf("%q: %q, %v, %v", c.codings, got, h, err)
		}
	}
	if got, _, err := encoded(strings.NewReader(""), 10, "gzip"); len(got) > 0 || err != nil {
		t.Errorf("nothing at all: %q, %v", got, err)
	}
}

// TestUnpackRefuses what is not taken, is damaged or is too large.
func TestUnpackRefuses(t *testing.T) {
	const limit = 64 << 10
	good := packed(t, []byte("<Order>blåbær</Order>"))
	damaged, sum := bytes.Clone(good), bytes.Clone(good)
	damaged[12] ^= 0xff
	sum[len(sum)-6] ^= 0xff
	bomb := packed(t, make([]byte, 8<<20))
	for name, c := range map[string]struct {
		sent       io.Reader
		coding     string
		code, says string
	}{
		"br":              {bytes.NewReader(good), "br", "encoding-unsupported", `"br"`},
		"deflate":         {bytes.NewReader(good), "deflate", "encoding-unsupported", `"deflate"`},
		"br in gzip":      {bytes.NewReader(good), "br, gzip", "encoding-unsupported", `"br"`},
		"five times":      {bytes.NewReader(good), "gzip,gzip,gzip,gzip,gzip", "encoding-unsupported", "gzip"},
		"not gzip":        {strings.NewReader("<Order version='1.3'/>"), "gzip", "encoding-malformed", "not gzip"},
		"short not gzip":  {strings.NewReader("{}"), "gzip", "encoding-malformed", "ends before"},
		"gzip once":       {bytes.NewReader(good), "gzip, gzip", "encoding-malformed", "not gzip"},
		"cut":             {bytes.NewReader(good[:len(good)-9]), "gzip", "encoding-malformed", "ends before it is complete"},
		"cut in the end":  {bytes.NewReader(good[:len(good)-3]), "gzip", "encoding-malformed", "ends before it is complete"},
		"cut in the head": {bytes.NewReader(good[:5]), "gzip", "encoding-malformed", "ends before it is complete"},
		"damaged":         {bytes.NewReader(damaged), "gzip", "encoding-malformed", "corrupt"},
		"checksum":        {bytes.NewReader(sum), "gzip", "encoding-malformed", "checksum"},
		"something after": {io.MultiReader(bytes.NewReader(good), strings.NewReader("and more of it")), "gzip", "encoding-malformed", "not gzip"},
		"bomb":            {bytes.NewReader(bomb), "gzip", "body-too-large", "64 KiB"},
		"bomb in a bomb":  {bytes.NewReader(packed(t, bomb)), "gzip, gzip", "body-too-large", "64 KiB"},
		"just too large":  {bytes.NewReader(packed(t, make([]byte, limit+1))), "gzip", "body-too-large", "64 KiB"},
		"endless":         {endless{}, "gzip", "encoding-malformed", "not gzip"},
		"empty members":   {io.MultiReader(bytes.NewReader(bytes.Repeat(packed(t, nil), 1<<16))), "gzip", "body-too-large", "64 KiB"},
		"broken":          {io.MultiReader(bytes.NewReader(good[:20]), broken{io.ErrUnexpectedEOF}), "gzip", "body-unreadable", "connection ended"},
		"still":           {io.MultiReader(bytes.NewReader(good[:20]), broken{os.ErrDeadlineExceeded}), "gzip", "body-unreadable", "stood still"},
	} {
		_, h, err := encoded(c.sent, limit, c.coding)
		if order.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %s with %q", name, err, c.code, c.says)
		}
		want := ""
		if c.code == "encoding-unsupported" {
			want = "gzip, identity"
		}
		if got := h.Get("Accept-Encoding"); got != want {
			t.Errorf("%s: Accept-Encoding %q", name, got)
		}
	}
}

// TestUnpackTakesWhatHardlyShrinks: the limit counts the content, and not what is
// sent for it.
func TestUnpackTakesWhatHardlyShrinks(t *testing.T) {
	limit := fulltest.Rounds(1, 5) << 20
	noise := make([]byte, limit)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	if got, _, err := encoded(bytes.NewReader(packed(t, noise)), int64(limit), "gzip"); err != nil || !bytes.Equal(got, noise) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// FuzzUnpack: what comes out is at most the limit, and every refusal is ours.
func FuzzUnpack(f *testing.F) {
	good := packed(f, []byte("<Order/>"))
	for i, sent := range [][]byte{good, packed(f, good), good[:9], []byte("<Order/>"), nil, append(bytes.Clone(good), good...), packed(f, make([]byte, 9<<10))} {
		f.Add(sent, fmt.Sprint(strings.Repeat("gzip,", i%3)))
	}
	f.Fuzz(func(t *testing.T, sent []byte, coding string) {
		const limit = 8 << 10
		text, _, err := encoded(bytes.NewReader(sent), limit, coding)
		if len(text) > limit || err != nil && (text != nil || order.CodeOf(err) == "" || order.KindOf(err) == order.Internal) {
			t.Fatalf("%d bytes, %v", len(text), err)
		}
	})
}

func TestQuery(t *testing.T) {
	for _, raw := range []string{"key=a;b", "key=100%", "key=%zz", "key=%7", "a=1&key=%", "key;x=1"} {
		values, err := Query(raw)
		if e := new(order.Error); !errors.As(err, &e) || e.Code != "parameter-malformed" || values != nil {
			t.Errorf("%s: %v, %v", raw, values, err)
		}
	}
	for raw, want := range map[string]string{"": "", "key=a%3Bb%25": "a;b%", "key=a+b": "a b", "x&key=a%20b&y=": "a b", "key=a/b?c": "a/b?c"} {
		if values, err := Query(raw); err != nil || values.Get("key") != want {
			t.Errorf("%s: %v, %v", raw, values, err)
		}
	}
}
