package montly

import (
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
func (l *Mailer) compose(d webhook.Task, t action, r recipient) (mail.Message, error) {
	c := r.catalog
	v := mailView{view: r.view(t), Link: l.link(t, d), Button: c.MustText("button-" + t.name), Here: c.MustText("link-" + t.name)}
	v.Subject, v.Opening = c.MustText("subject-"+t.name, v.Number, v.Shop), c.MustText("opening-"+t.name, v.Number, v.Shop)
	v.Terms = c.MustText("terms-"+t.name, l.LastDay(c, d.Delivery))
	out := l.NewMessage(c, d.Delivery, r.address(t), v.Subject)
	if err := c.Render(&out, v); err != nil {
		return out, err
	}
	return out, nil
}
