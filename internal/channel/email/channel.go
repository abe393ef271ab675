package email

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// Channel sends orders by e-mail and serves the pages on which they are
// answered. It is safe for use by many goroutines.
type Channel struct{ *actionmail.Service }

// New makes the channel.
func New(c actionmail.Config) *Channel {
	return &Channel{actionmail.New(c, languages(), texts(), files)}
}

// Name returns the name of the channel in the metrics.
func (ch *Channel) Name() string { return "email" }

// Register mounts the pages.
func (ch *Channel) Register(r *mux.Router) {
	const path = answerPath + "{link}"
	r.HandleFunc(path, actionmail.Page(ch.Service, answerLink(), ch.load, ch.show)).Methods(http.MethodGet)
	r.HandleFunc(path, actionmail.Page(ch.Service, answerLink(), ch.load, ch.answer)).Methods(http.MethodPost)
}

// Formats returns the format of the e-mails, or nothing without a mail server:
// then e-mails wait until there is one.
func (ch *Channel) Formats() []webhook.Format {
	return ch.Service.Formats(webhook.MailFormat, ch.send, nil)
}

// send writes the e-mail of a delivery and hands it to the mail server.
func (ch *Channel) send(ctx context.Context, t webhook.Task) webhook.Result {
	if t.Delivery.Event.Order != "" && t.Delivery.Event.Role&order.RoleReceiver == 0 {
		return webhook.Result{Skip: true} // the party's own order, which others answer
	}
	to, err := addressOf(t.Endpoint)
	if err != nil {
		err := webhook.PublicError("the address of the endpoint is not a valid e-mail address")
		return webhook.Result{Err: err, Final: true}
	}
	r, err := ch.recipient(ctx, t)
	if err != nil {
		return actionmail.Unreadable(err)
	}
	if t.Delivery.Type == webhook.OrderReminder && !unanswered(&r.order) {
		return webhook.Result{Skip: true} // answered since the reminder was queued
	}
	m, v, err := ch.compose(ctx, t, r, to)
	if err != nil {
		return webhook.Result{Err: err}
	}
	return ch.Send(ctx, r.catalog, m, v)
}

// unanswered reports whether a line still waits for its first answer. A line that
// was taken back waits until the receiver has agreed to that.
func unanswered(o *order.Order) bool {
	withdrawn := o.Withdrawn()
	for i := range o.Lines {
		if l := &o.Lines[i]; !l.Adjustment && l.Status == order.Sent && !withdrawn[l.Number] {
			return true
		}
	}
	return false
}

// answerPath is the path of the pages.
const answerPath = "/answer/"

// linkKind separates the links of the channel from others that the same key
// signs.
const linkKind = "answer"

// answerLink leads to the page on which an order is answered. The e-mail address
// is signed too, so that correcting a wrong address ends the links that were sent
// there.
func answerLink() actionmail.Link {
	return actionmail.Link{Path: answerPath, Parts: func(t webhook.Task) []string {
		return []string{linkKind, t.Delivery.ID, t.Endpoint.URL}
	}}
}

// mailView is what an e-mail shows beside the order.
type mailView struct {
	view
	Subject string
	Opening string
	Link    string
	Until   string
	File    string
}

// compose returns the e-mail of a delivery without its bodies, and the view from
// which they are rendered.
func (ch *Channel) compose(
	ctx context.Context, t webhook.Task, r recipient, to string,
) (mail.Message, mailView, error) {
	v := mailView{view: r.view(ch.Zone), Link: ch.URL(answerLink(), t)}
	v.Subject, v.Opening = r.headline(t.Delivery.Type, v.view)
	v.Until = ch.LastDay(r.catalog, t.Delivery)
	v.File = fileName(r.order.Number)
	m := ch.NewMessage(r.catalog, t.Delivery, to, v.Subject)
	earlier, err := ch.Store.Thread(ctx, t.Delivery.ID)
	if err != nil {
		return m, v, err
	}
	for _, id := range threadOf(earlier) {
		m.References = append(m.References, id+"@"+ch.Mail.Domain())
	}
	if t.Delivery.Event.Order != "" {
		var document bytes.Buffer
		if err := editx.Encode(&document, &r.order); err != nil {
			return m, v, fmt.Errorf("write order %s as EDItX: %w", r.order.ID, err)
		}
		m.Attachments = []mail.Attachment{{Name: v.File, MediaType: editx.MediaType, Body: document.Bytes()}}
	}
	return m, v, nil
}

// maxReferences bounds the earlier e-mails that one refers to: the first, by which
// mail programs find the thread, and the newest.
const maxReferences = 10

func threadOf(ids []string) []string {
	if len(ids) <= maxReferences {
		return ids
	}
	return append(ids[:1:1], ids[len(ids)-maxReferences+1:]...)
}

// headline returns the subject and the first sentence.
func (r recipient) headline(t webhook.Type, v view) (subject, opening string) {
	c := r.catalog
	switch t {
	case webhook.EndpointTest:
		return c.MustText("subject-test", v.Seller), c.MustText("test-body", v.Seller)
	case webhook.OrderReduced:
		return c.MustText("subject-reduced", v.Number, v.Buyer), c.MustText("opening-reduced", v.Buyer)
	case webhook.OrderReminder:
		return c.MustText("subject-reminder", v.Number, v.Buyer), c.MustText("opening-reminder", v.Buyer)
	}
	return c.MustText("subject-sent", v.Number, v.Buyer), c.MustText("opening-sent", v.Buyer)
}

// maxFileName bounds the number in the name of the attachment, in bytes.
const maxFileName = 80

// fileName returns the name of the attachment: the order's number in characters
// that every file system supports.
func fileName(number string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, number)
	return "order-" + plain[:min(len(plain), maxFileName)] + ".xml"
}
