package email

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/actionmail"
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
