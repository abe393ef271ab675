package letter

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// answerPath is where the pages are.
const answerPath = "/answer/"

// maxDelivery is longer than the id of any delivery; what is longer is no link
// of ours and is not looked up.
const maxDelivery = 64

// link gives the address of a letter's page.
func (d *Desk) link(t webhook.Task) string {
	return d.config.Public + answerPath + t.Delivery.ID + "." + d.seal(t)
}

// seal signs a link. The mail address is in it, so that correcting a wrong
// address ends the links that went there.
func (d *Desk) seal(t webhook.Task) string {
	mac := hmac.New(sha256.New, d.config.Key)
	mac.Write([]byte("answer\x00" + t.Delivery.ID + "\x00" + t.Endpoint.URL))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// follow gives the letter that a link came with. ok is false for a link that
// was forged, has ended, or leads to nothing any more: nobody learns which.
func (d *Desk) follow(ctx context.Context, link string) (t webhook.Task, ok bool, err error) {
	delivery, seal, found := strings.Cut(link, ".")
	if !found || len(delivery) > maxDelivery {
		return t, false, nil
	}
	t, err = d.config.Store.Letter(ctx, delivery)
	switch {
	case order.KindOf(err) == order.NotFound:
		return t, false, nil
	case err != nil:
		return t, false, err
	case !hmac.Equal([]byte(seal), []byte(d.seal(t))):
		return t, false, nil
	}
	lives := d.config.Now().Before(t.Delivery.Created.Add(webhook.LinkLife))
	return t, lives && t.Endpoint.Format == webhook.LetterName && t.Delivery.Event.Order != "", nil
}
