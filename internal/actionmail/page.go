package actionmail

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/internal/body"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// Policy is the Content-Security-Policy of pages that stand alone: it allows
// the one style sheet that stands in them.
func Policy(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// Write answers with a page of the catalog. It renders into memory first, so
// that a fault of a template is not half a page. Nothing is stored, followed, or
// found by a search engine, and under the policy the page can load nothing and
// send nowhere but back here.
func (s *Service) Write(w http.ResponseWriter, c Catalog, status int, name string, view any) error {
	var buf bytes.Buffer
	if err := c.page.ExecuteTemplate(&buf, name, view); err != nil {
		return fmt.Errorf("write the page %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(c.Language))
	h.Set("Content-Security-Policy", s.policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	w.WriteHeader(status)
	w.Write(buf.Bytes()) // a client that went away is in the log already
	return nil
}

// Page opens the link that is the last part of a path and lets serve answer. A
// bad link is answered with the same page, whatever is wrong with it. Opening a
// link must change nothing, for mail scanners open every link.
func (s *Service) Page(l Link, serve func(w http.ResponseWriter, r *http.Request, t webhook.Task) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t, ok, err := s.open(r.Context(), l, r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:])
		if err == nil && ok {
			rec := reqlog.From(r.Context())
			rec.Order = t.Delivery.Event.Order
			if err = rec.Identify(t.Delivery.Party, rec.Actor); err == nil {
				err = serve(w, r, t)
			}
		}
		switch {
		case err != nil && !IsGone(err):
			s.trouble(w, r, err)
		case err != nil || !ok:
			s.Message(w, http.StatusNotFound, "unknown", "unknown-why")
		}
	}
}

// IsGone reports whether what an e-mail is about is stored no longer, or not
// wholly: it was erased, or is too old.
func IsGone(err error) bool {
	kind := order.KindOf(err)
	return kind == order.NotFound || kind == order.Gone
}

// trouble tells of a failure on our side without what failed.
func (s *Service) trouble(w http.ResponseWriter, r *http.Request, err error) {
	switch order.KindOf(err) {
	case order.Unavailable, order.TooMany:
		reqlog.From(r.Context()).Code = order.CodeOf(err)
		s.Message(w, http.StatusServiceUnavailable, "busy", "busy-why")
	default:
		reqlog.From(r.Context()).Failure = err
		s.Message(w, http.StatusInternalServerError, "trouble", "trouble-why")
	}
}

// messageView is a page that says one thing.
type messageView struct {
	Language Language
	Title    string
	Messages []message
}

// message is a sentence in a language.
type message struct {
	Language Language
	Text     string
}

// Message shows a page in all languages to a client of whom nothing is known.
func (s *Service) Message(w http.ResponseWriter, status int, title, why string) {
	v := messageView{Language: s.languages[0]}
	for i, l := range s.languages {
		c := s.catalogs[l]
		if i > 0 {
			v.Title += " / "
		}
		v.Title += c.MustText(title)
		v.Messages = append(v.Messages, message{l, c.MustText(why)})
	}
	if err := s.Write(w, s.catalogs[s.languages[0]], status, "message", v); err != nil {
		panic(err) // the server answers it
	}
}

// ParseForm reads the body of a POST of at most max bytes into r.PostForm, and
// returns the status with which one that is no form of ours is refused, else
// 200. What stands in the query counts for nothing.
func ParseForm(w http.ResponseWriter, r *http.Request, max int64) int {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		return http.StatusUnsupportedMediaType
	}
	sent, err := body.Read(w, r, max)
	if err == nil {
		r.PostForm, err = url.ParseQuery(string(sent))
	}
	switch {
	case err == nil:
		return http.StatusOK
	case order.KindOf(err) == order.TooLarge:
		return http.StatusRequestEntityTooLarge
	case order.KindOf(err) == order.Unsupported:
		return http.StatusUnsupportedMediaType
	case order.KindOf(err) == order.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}
