package email

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/webhook"
)

// mailView is what a letter shows beside the order.
type mailView struct {
	view
	Subject string
	Opening string
	Link    string
	Until   string
	File    string
}

// render writes the letter of a delivery.
func (d *Channel) render(ctx context.Context, t webhook.Task, r recipient, to string) (mail.Message, error) {
	v := mailView{view: r.view(d.Zone), Link: d.link(t)}
	v.Subject, v.Opening = r.headline(t.Delivery.Type, v.view)
	v.Until = d.LastDay(r.catalog, t.Delivery)
	v.File = fileName(r.order.Number)
	l := d.NewMessage(r.catalog, t.Delivery, to, v.Subject)
	earlier, err := d.Store.Thread(ctx, t.Delivery.ID)
	if err != nil {
		return l, err
	}
	for _, id := range threadOf(earlier) {
		l.References = append(l.References, id+"@"+d.Mail.Domain())
	}
	if t.Delivery.Event.Order != "" {
		var document bytes.Buffer
		if err := editx.Encode(&document, &r.order); err != nil {
			return l, fmt.Errorf("write order %s as EDItX: %w", r.order.ID, err)
		}
		l.Attachments = []mail.Attachment{{Name: v.File, MediaType: editx.MediaType, Body: document.Bytes()}}
	}
	if err := r.catalog.Render(&l, v); err != nil {
		return l, err
	}
	return l, nil
}

// maxReferences bounds how many letters a letter names as those that it follows:
// the first, by which mail programs find the thread, and the newest.
const maxReferences = 10

func threadOf(ids []string) []string {
	if len(ids) <= maxReferences {
		return ids
	}
	return append(ids[:1:1], ids[len(ids)-maxReferences+1:]...)
}

// headline gives the subject and the first sentence.
func (r recipient) headline(t webhook.Type, v view) (subject, opening string) {
	switch t {
	case webhook.EndpointTest:
		return r.catalog.MustText("subject-test", v.Seller), r.catalog.MustText("test-body", v.Seller)
	case webhook.OrderReduced:
		return r.catalog.MustText("subject-reduced", v.Number, v.Buyer), r.catalog.MustText("opening-reduced", v.Buyer)
	case webhook.OrderReminder:
		return r.catalog.MustText("subject-reminder", v.Number, v.Buyer), r.catalog.MustText("opening-reminder", v.Buyer)
	}
	return r.catalog.MustText("subject-sent", v.Number, v.Buyer), r.catalog.MustText("opening-sent", v.Buyer)
}

// fileName names the attachment by the order's number, as far as every system
// of files can bear it.
func fileName(number string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, number)
	return "order-" + plain[:min(len(plain), maxFileName)] + ".xml"
}

const maxFileName = 80
