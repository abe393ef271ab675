package body

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

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
	const limit = 5 << 20
	noise := make([]byte, limit)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	if got, _, err := encoded(bytes.NewReader(packed(t, noise)), limit, "gzip"); err != nil || !bytes.Equal(got, noise) {
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
