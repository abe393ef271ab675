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

// SignLink signs what a link stands for. The first of the parts says for what
// the link is, so that the signature of one thing fits no other; no part has a
// zero byte.
func SignLink(key []byte, parts ...string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// VerifyLink reports whether a signature is the one of the parts, in a time that
// tells nothing of where it differs.
func VerifyLink(signature string, key []byte, parts ...string) bool {
	return hmac.Equal([]byte(signature), []byte(SignLink(key, parts...)))
}

// maxDelivery is longer than the id of any delivery; what is longer is no link
// of ours and is not looked up.
const maxDelivery = 64

// Link says what the links of one kind are for.
type Link struct {
	Path string // where their pages are, with a slash at the end

	// Parts are what is signed, beginning with the kind.
	Parts func(t webhook.Task) []string
}

// Path is the path of the page of a delivery. Of the order and its recipient it
// tells nothing.
func (s *Service) Path(l Link, t webhook.Task) string {
	return l.Path + t.Delivery.ID + "." + SignLink(s.Key, l.Parts(t)...)
}

// openLink returns the delivery that a link came with, and its endpoint. ok is false
// for a link that was forged, is of another kind, has ended, or leads to nothing
// any more: the client does not learn which.
func (s *Service) openLink(ctx context.Context, l Link, link string) (t webhook.Task, ok bool, err error) {
	id, signature, found := strings.Cut(link, ".")
	if !found || len(id) > maxDelivery {
		return t, false, nil
	}
	t, err = s.Store.Letter(ctx, id)
	there := order.KindOf(err) != order.NotFound
	if there && err != nil {
		return t, false, err
	}
	signed := VerifyLink(signature, s.Key, l.Parts(t)...) // for nothing too, so that time does not tell what is there
	return t, there && signed && t.Delivery.Event.Order != "" &&
		s.Now().Before(t.Delivery.Created.Add(webhook.LinkLife)), nil
}
