package montly

import (
	"context"
	"strings"

	"github.com/bookgate/bookgate/internal/paper"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// pages is where the pages are, one path for each task.
const pages = prefix + "/"

// maxDelivery is longer than the id of any delivery; what is longer is no link
// of ours and is not looked up.
const maxDelivery = 64

// link gives the address of the page on which a task is done.
func (l *Letters) link(t task, d webhook.Delivery) string { return l.config.Public + l.path(t, d) }

// path names the delivery of the letter and bears its seal. Of the order and its
// customer it tells nothing.
func (l *Letters) path(t task, d webhook.Delivery) string {
	return pages + t.name + "/" + d.ID + "." + paper.Seal(l.config.Key, t.name, d.ID)
}

// open gives the delivery of the letter that a link came with. ok is false for
// a link that was forged, is for another task, has ended, or leads to nothing
// any more: nobody learns which.
func (l *Letters) open(ctx context.Context, t task, link string) (d webhook.Delivery, ok bool, err error) {
	id, seal, found := strings.Cut(link, ".")
	if !found || len(id) > maxDelivery || !paper.Sealed(seal, l.config.Key, t.name, id) {
		return d, false, nil
	}
	letter, err := l.config.Store.Letter(ctx, id)
	if order.KindOf(err) == order.NotFound {
		return d, false, nil
	}
	d = letter.Delivery
	return d, l.config.Now().Before(d.Created.Add(webhook.LinkLife)), err
}
