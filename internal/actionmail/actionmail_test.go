package actionmail

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/bookgate/bookgate/internal/mail"
)

func TestSanitizeLine(t *testing.T) {
	for in, want := range map[string]string{
		" Ærlig\r\ntalt\t ": "Ærlig talt",
		"a\u202eb\u200bc":   "a b c",
		"a\u2028b\x00c":     "a b c",
		"bad\xff":           "bad\uFFFD",
		"":                  "",
	} {
		if got := SanitizeLine(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
	if got := SanitizeLine(strings.Repeat("ø", maxLine+1)); got != strings.Repeat("ø", maxLine)+"…" {
		t.Errorf("a long value became %q", got)
	}
}

func TestSignatureIsOfOneLink(t *testing.T) {
	key := []byte("key")
	signature := SignLink(key, "sign", "msg_1", "a")
	if !VerifyLink(signature, key, "sign", "msg_1", "a") {
		t.Error("a signature is not valid for its own parts")
	}
	for name, parts := range map[string][]string{"step": {"confirm", "msg_1", "a"}, "delivery": {"sign", "msg_2", "a"}, "moved": {"sign", "msg_1a", ""}, "fewer": {"sign", "msg_1"}} {
		if VerifyLink(signature, key, parts...) {
			t.Errorf("the signature is valid for another %s", name)
		}
	}
	if VerifyLink(signature, []byte("other"), "sign", "msg_1", "a") {
		t.Error("the signature of another key is valid")
	}
}

func TestDeliveryResult(t *testing.T) {
	if r := deliveryResult(nil); r.Status != 250 || r.Err != nil {
		t.Errorf("%+v", r)
	}
	if r := deliveryResult(&mail.Error{Code: 550, PublicMessage: "no mailbox", Final: true}); r.Status != 550 || !r.Final || r.Err.Error() != "no mailbox" {
		t.Errorf("%+v", r)
	}
	if r := deliveryResult(errors.New("x")); r.Err == nil || r.Final {
		t.Errorf("%+v", r)
	}
}

func service() *Service {
	texts := Texts{"hello": {"nb": "Hei, %s."}, "moment-layout": {"nb": "2.1.2006 kl. 15.04"}, "day-layout": {"nb": "2.1.2006"}}
	return New(Config{}, []Language{"nb"}, texts, fstest.MapFS{
		"mail.txt": {}, "mail.html": {},
		"page.html": {Data: []byte(`{{define "hello"}}<style>{{style}}</style>{{t "hello" .}}{{end}}{{define "broken"}}half{{t "none"}}{{end}}`)},
		"page.css":  {Data: []byte("p{color:red}")}})
}

func TestCatalog(t *testing.T) {
	c := service().Catalog("nb")
	if _, err := c.Text("none"); err == nil {
		t.Error("a text that is not there is returned")
	}
	at := time.Date(2026, 6, 1, 9, 5, 0, 0, time.UTC)
	if c.FormatTime(at) != "1.6.2026 kl. 09.05" || c.FormatDay(at) != "1.6.2026" || c.MustText("hello", "Ås") != "Hei, Ås." {
		t.Errorf("%s, %s, %s", c.FormatTime(at), c.FormatDay(at), c.MustText("hello", "Ås"))
	}
}

func TestPageStandsAlone(t *testing.T) {
	s := service()
	w := httptest.NewRecorder()
	if err := s.WritePage(w, s.Catalog("fi"), 410, "hello", "<Ås>"); err != nil {
		t.Fatal(err)
	}
	if w.Code != 410 || w.Body.String() != "<style>p{color:red}</style>Hei, &lt;Ås&gt;." {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for name, want := range map[string]string{"Content-Language": "nb", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow",
		"Content-Type": "text/html; charset=utf-8", "Content-Length": "44"} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := w.Header().Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; style-src 'sha256-") || !strings.Contains(got, "frame-ancestors 'none'") {
		t.Errorf("the policy is %q", got)
	}
	w = httptest.NewRecorder()
	if err := s.WritePage(w, s.Catalog("nb"), 200, "broken", nil); err == nil || w.Body.Len() != 0 {
		t.Errorf("a broken page: %v, %q", err, w.Body)
	}
}
