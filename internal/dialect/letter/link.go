package letter

import (
	"context"
	"strings"

	"github.com/bookgate/bookgate/internal/paper"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// answerPath is where the pages are.
const answerPath = "/answer/"

// linkKind tells a link of a letter from every other that the same key signs.
const linkKind = "answer"

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
	return paper.Seal(d.config.Key, linkKind, t.Delivery.ID, t.Endpoint.URL)
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
	case !paper.Sealed(seal, d.config.Key, linkKind, t.Delivery.ID, t.Endpoint.URL):
		return t, false, nil
	}
	lives := d.config.Now().Before(t.Delivery.Created.Add(webhook.LinkLife))
	return t, lives && t.Endpoint.Format == webhook.LetterName && t.Delivery.Event.Order != "", nil
}
