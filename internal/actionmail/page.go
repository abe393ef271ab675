package actionmail

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// policy returns the Content-Security-Policy of the pages: it allows their inline
// style sheet and nothing else.
func policy(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// WritePage answers with a page of the catalog. It renders into memory first, so
// that an error of a template does not send half a page. The page is not cached,
// followed, or indexed; under the policy it can load nothing and post to this
// server only.
func (s *Service) WritePage(w http.ResponseWriter, c Catalog, status int, name string, view any) error {
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

// Page opens the link that is the last part of a path, loads what its page shows,
// and lets serve answer. Every bad link is answered with the same page. A GET must
// change nothing, because mail scanners open every link.
func Page[V any](
	s *Service, l Link, load func(context.Context, webhook.Task) (V, error),
	serve func(w http.ResponseWriter, r *http.Request, v V) error,
) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		t, ok, err := s.openLink(r.Context(), l, r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:])
		if err == nil && ok {
			rec := reqlog.From(r.Context())
			rec.Order = t.Delivery.Event.Order
			err = rec.Identify(t.Delivery.Party, rec.Actor)
		}
		var v V
		if err == nil && ok {
			v, err = load(r.Context(), t)
		}
		if err == nil && ok {
			err = serve(w, r, v)
		}
		var unread FormError
		switch {
		case errors.As(err, &unread):
			s.writeMessage(w, int(unread), "form", "form-why")
		case err != nil && !IsGone(err):
			s.writeFailure(w, r, err)
		case err != nil || !ok:
			s.writeMessage(w, http.StatusNotFound, "unknown", "unknown-why")
		}
	}
}

// writeFailure answers a failure of the server without its cause.
func (s *Service) writeFailure(w http.ResponseWriter, r *http.Request, err error) {
	switch order.KindOf(err) {
	case order.Unavailable, order.TooMany:
		reqlog.From(r.Context()).Code = order.CodeOf(err)
		s.writeMessage(w, http.StatusServiceUnavailable, "busy", "busy-why")
	default:
		reqlog.From(r.Context()).Failure = err
		s.writeMessage(w, http.StatusInternalServerError, "trouble", "trouble-why")
	}
}

// messageView is a page with a message.
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

// writeMessage writes a page in all languages for an unknown recipient.
func (s *Service) writeMessage(w http.ResponseWriter, status int, title, why string) {
	v := messageView{Language: s.languages[0]}
	for i, l := range s.languages {
		c := s.catalogs[l]
		if i > 0 {
			v.Title += " / "
		}
		v.Title += c.MustText(title)
		v.Messages = append(v.Messages, message{l, c.MustText(why)})
	}
	if err := s.WritePage(w, s.catalogs[s.languages[0]], status, "message", v); err != nil {
		panic(err) // the server answers 500
	}
}

// FormError is the status of a request whose body is not a form of the page.
type FormError int

// Error returns the text of the status.
func (e FormError) Error() string { return http.StatusText(int(e)) }

// ParseForm reads the body of a POST of at most max bytes into r.PostForm. The
// query is ignored. The error is a [FormError].
func ParseForm(w http.ResponseWriter, r *http.Request, max int64) error {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		return FormError(http.StatusUnsupportedMediaType)
	}
	sent, err := httpjson.Read(w, r, max)
	if err == nil {
		r.PostForm, err = url.ParseQuery(string(sent))
	}
	switch {
	case err == nil:
		return nil
	case order.KindOf(err) == order.TooLarge:
		return FormError(http.StatusRequestEntityTooLarge)
	case order.KindOf(err) == order.Unsupported:
		return FormError(http.StatusUnsupportedMediaType)
	case order.KindOf(err) == order.Unavailable:
		return FormError(http.StatusServiceUnavailable)
	}
	return FormError(http.StatusBadRequest)
}

// SignLink returns the signature of a link. The first part is the kind of the
// link, so that the signature of one kind is not valid for another; no part has a
// zero byte.
func SignLink(key []byte, parts ...string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// VerifyLink reports whether a signature is the one of the parts, in constant
// time.
func VerifyLink(signature string, key []byte, parts ...string) bool {
	return hmac.Equal([]byte(signature), []byte(SignLink(key, parts...)))
}

// maxDelivery is longer than the id of any delivery; a longer id is not looked
// up.
const maxDelivery = 64

// Link is a kind of link.
type Link struct {
	Path string // path of their pages, with a slash at the end

	// Parts returns what is signed, beginning with the kind.
	Parts func(t webhook.Task) []string
}

// Path returns the path of the page of a delivery. It contains nothing of the
// order or its recipient.
func (s *Service) Path(l Link, t webhook.Task) string {
	return l.Path + t.Delivery.ID + "." + SignLink(s.Key, l.Parts(t)...)
}

// URL returns the address of the page of a delivery.
func (s *Service) URL(l Link, t webhook.Task) string { return s.Public + s.Path(l, t) }

// openLink returns the delivery of a link, with its endpoint. ok is false for a
// link that was forged, is of another kind, has expired, or whose delivery is
// gone: the client does not learn which.
func (s *Service) openLink(ctx context.Context, l Link, link string) (t webhook.Task, ok bool, err error) {
	id, signature, found := strings.Cut(link, ".")
	if !found || len(id) > maxDelivery {
		return t, false, nil
	}
	t, err = s.Store.MailTask(ctx, id)
	there := order.KindOf(err) != order.NotFound
	if there && err != nil {
		return t, false, err
	}
	signed := VerifyLink(signature, s.Key, l.Parts(t)...) // also without a delivery, so that both take as long
	return t, there && signed && t.Delivery.Event.Order != "" &&
		s.Now().Before(t.Delivery.Created.Add(webhook.LinkLife)), nil
}
