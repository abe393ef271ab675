package montly

import (
	"bytes"
	"fmt"

	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/webhook"
)

// mailView is what a letter shows beside the order.
type mailView struct {
	view
	Subject string
	Opening string
	Button  string
	Here    string
	Link    string
	Terms   string
}

// compose writes the letter of a task. It is the same however often it is sent.
func (l *Letters) compose(d webhook.Delivery, t task, r recipient) (mail.Letter, error) {
	v := mailView{view: r.view(t), Link: l.link(t, d), Button: r.book.Must("button-" + t.name), Here: r.book.Must("link-" + t.name)}
	v.Subject, v.Opening = r.book.Must("subject-"+t.name, v.Number, v.Shop), r.book.Must("opening-"+t.name, v.Number, v.Shop)
	v.Terms = r.book.Must("terms-"+t.name, r.book.Day(d.Created.Add(webhook.LinkLife).In(l.config.Zone)))
	out := mail.Letter{To: r.address(t), Subject: v.Subject, MessageID: d.ID + "@" + l.config.Mail.Domain(),
		Headers: map[string]string{"Auto-Submitted": "auto-generated", "Content-Language": string(r.book.Language)}}
	var text, html bytes.Buffer
	if err := r.book.Text.Execute(&text, v); err != nil {
		return out, fmt.Errorf("write the letter %s: %w", d.ID, err)
	}
	if err := r.book.HTML.Execute(&html, v); err != nil {
		return out, fmt.Errorf("write the letter %s as HTML: %w", d.ID, err)
	}
	out.Text, out.HTML = text.String(), html.String()
	return out, nil
}
