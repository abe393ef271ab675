package actionmail

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

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
