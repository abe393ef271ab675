package email

import (
	"context"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// Formats gives the format of letters, or nothing when there is no mail server:
// then letters wait until there is one.
func (d *Channel) Formats() []webhook.Format {
	if d.Mail == nil {
		return nil
	}
	return []webhook.Format{{Name: webhook.LetterName, Send: d.send, Timeout: mail.SendTimeout}}
}

// send writes the letter of a delivery and hands it to the mail server.
func (d *Channel) send(ctx context.Context, t webhook.Task) webhook.Result {
	if t.Delivery.Event.Order != "" && t.Delivery.Event.Side&order.Receives == 0 {
		return webhook.Result{Skip: true} // the party's own order, which others answer
	}
	to, err := addressOf(t.Endpoint)
	if err != nil {
		return webhook.Result{Err: webhook.Fault("the address of the endpoint is no mail address"), Final: true}
	}
	r, err := d.recipient(ctx, t)
	if order.KindOf(err) == order.NotFound {
		return webhook.Result{Err: webhook.Fault("the order is no longer there to be read"), Final: true}
	}
	if err != nil {
		return webhook.Result{Err: err}
	}
	if t.Delivery.Type == webhook.OrderReminder && !unanswered(&r.order) {
		return webhook.Result{Skip: true} // answered meanwhile: there is nothing to remind of
	}
	l, err := d.render(ctx, t, r, to)
	if err != nil {
		return webhook.Result{Err: err}
	}
	return actionmail.DeliveryResult(d.Mail.Send(ctx, l))
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
