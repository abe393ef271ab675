package letter

import (
	"bytes"
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

// compose writes the letter of a delivery.
func (d *Desk) compose(t webhook.Task, r reader, to string) (mail.Letter, error) {
	v := mailView{view: r.view(d.config.Zone), Link: d.link(t)}
	v.Subject, v.Opening = r.headline(t.Delivery.Type, v.view)
	v.Until = r.book.Day(t.Delivery.Created.Add(webhook.LinkLife).In(d.config.Zone))
	v.File = fileName(r.order.Number)
	l := mail.Letter{To: to, Subject: v.Subject, MessageID: t.Delivery.ID + "@" + d.config.Mail.Domain(),
		Headers: map[string]string{"Auto-Submitted": "auto-generated", "Content-Language": string(r.book.Language)}}
	if t.Delivery.Event.Order != "" {
		var document bytes.Buffer
		if err := editx.Encode(&document, &r.order); err != nil {
			return l, fmt.Errorf("write order %s as EDItX: %w", r.order.ID, err)
		}
		l.Attachments = []mail.Attachment{{Name: v.File, MediaType: editx.MediaType, Body: document.Bytes()}}
	}
	var text, html bytes.Buffer
	if err := r.book.Text.Execute(&text, v); err != nil {
		return l, fmt.Errorf("write the letter %s: %w", t.Delivery.ID, err)
	}
	if err := r.book.HTML.Execute(&html, v); err != nil {
		return l, fmt.Errorf("write the letter %s as HTML: %w", t.Delivery.ID, err)
	}
	l.Text, l.HTML = text.String(), html.String()
	return l, nil
}

// headline gives the subject and the first sentence.
func (r reader) headline(t webhook.Type, v view) (subject, opening string) {
	switch t {
	case webhook.EndpointTest:
		return r.book.Must("subject-test", v.Seller), r.book.Must("test-body", v.Seller)
	case webhook.OrderReduced:
		return r.book.Must("subject-reduced", v.Number, v.Buyer), r.book.Must("opening-reduced", v.Buyer)
	case webhook.OrderReminder:
		return r.book.Must("subject-reminder", v.Number, v.Buyer), r.book.Must("opening-reminder", v.Buyer)
	}
	return r.book.Must("subject-sent", v.Number, v.Buyer), r.book.Must("opening-sent", v.Buyer)
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
