package montly

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// MailName is the format of the letters to customers.
const MailName = "montly-mail"

// Mailer write to customers and serve the pages on which they decide. They are
// safe for use by many goroutines.
type Mailer struct{ *actionmail.Service }

// NewMailer makes the letters of the dialect.
func NewMailer(c actionmail.Config) *Mailer {
	return &Mailer{actionmail.New(c, languages(), texts(), templates())}
}

// Formats gives the format of letters, or nothing when there is no mail server:
// then letters wait until there is one.
func (l *Mailer) Formats() []webhook.Format {
	if l.Mail == nil {
		return nil
	}
	return []webhook.Format{{Name: MailName, Send: l.send, Timeout: mail.SendTimeout, Schedule: mailSchedule()}}
}

// mailSchedule is how long a letter is tried: a month after the days of the usual
// schedule. No other letter follows it, and without it the order stands still.
func mailSchedule() []time.Duration {
	return append(webhook.DefaultSchedule(), slices.Repeat([]time.Duration{24 * time.Hour}, 30)...)
}

// subscribe makes the customer of an order told of its steps. It comes before the
// first step that is told, so that the transaction of the step keeps the letter
// with it, and neither a crash nor another replica comes between the two. Done
// again, it changes nothing.
//
// The endpoint holds no address: that stands in the request of the shop alone,
// and goes with it when the order is erased.
func (l *Mailer) subscribe(ctx context.Context, shop order.PartyID, id order.ID) error {
	name := endpointName(id)
	_, err := l.Store.Endpoint(ctx, shop, name)
	if err == nil || order.KindOf(err) != order.NotFound {
		return err
	}
	now := l.Now()
	err = l.Store.AddEndpoint(ctx, webhook.Endpoint{ID: name, Party: shop, URL: webhook.Mailto, Description: "letters of a lease order", Format: MailName,
		Scope: id, Events: webhook.Filter{string(webhook.OrderMoved)}, State: webhook.Active, Secret: webhook.NewSecret(), Created: now, Updated: now}, noLimit)
	if err == nil {
		return nil
	}
	if _, there := l.Store.Endpoint(ctx, shop, name); there == nil {
		return nil // somebody else was faster
	}
	return fmt.Errorf("letters of order %s: %w", id, err)
}

// resend sends the letter once more that the customer of an order waits for: the
// same one, with the same link. Those of earlier steps are passed over when it is
// their turn.
func (l *Mailer) resend(ctx context.Context, o *order.Order) error {
	if _, asks := actionOf(step(o)); !asks || !o.Erased.IsZero() {
		return order.Errorf(order.Conflict, "lease-letter", "The lease order %s is %s; its customer is not asked for anything.", order.Cut(o.Number), step(o)).
			WithHint("Letters go out when an order is accepted and when it is shipped.")
	}
	_, err := l.Store.Resend(ctx, webhook.Resend{Party: o.Sender, Endpoint: endpointName(o.ID), Now: l.Now()})
	if err != nil {
		return fmt.Errorf("letter of order %s: %w", o.ID, err)
	}
	return nil
}

// noLimit goes with endpoints of one order, which no bound counts.
const noLimit = 0

// endpointName names the one endpoint of an order that letters go through. It is
// made from the order's id, so that two who add it at once add one.
func endpointName(id order.ID) string {
	sum := sha256.Sum256([]byte(MailName + "\x00" + string(id)))
	return "ep_" + base32.StdEncoding.EncodeToString(sum[:])[:26]
}

// send writes the letter that a step of an order calls for, and hands it to the
// mail server. Where the order has gone on meanwhile, there is nothing left to
// ask.
func (l *Mailer) send(ctx context.Context, d webhook.Task) webhook.Result {
	t, asks := actionOf(string(d.Delivery.Event.To))
	if !asks || d.Delivery.Event.Order == "" {
		return webhook.Result{Skip: true}
	}
	r, err := l.recipient(ctx, d.Delivery)
	switch {
	case actionmail.IsGone(err):
		return webhook.Result{Err: webhook.Fault("the order is no longer there to be read"), Final: true}
	case err != nil:
		return webhook.Result{Err: err}
	case step(&r.order) != t.step:
		return webhook.Result{Skip: true}
	}
	letter, err := l.compose(d, t, r)
	if err != nil {
		return webhook.Result{Err: err}
	}
	return redactAddress(actionmail.DeliveryResult(l.Mail.Send(ctx, letter)), letter.To)
}

// envelopeOf is an address as a mail server is told it.
func envelopeOf(address string) string {
	envelope, _ := mail.ParseAddress(address)
	return envelope
}

// Recipient is the address to which the letter of a delivery goes or went, "" for
// one about a step of which the customer is told nothing.
func (l *Mailer) Recipient(ctx context.Context, d webhook.Delivery) (string, error) {
	t, asks := actionOf(string(d.Event.To))
	if !asks || d.Event.Order == "" {
		return "", nil
	}
	r, err := l.recipient(ctx, d)
	if err != nil {
		return "", err
	}
	return r.address(t), nil
}

// redactAddress leaves the customer's address out of what is kept of a try: the mail
// server may repeat it.
func redactAddress(r webhook.Result, address string) webhook.Result {
	said, ok := r.Err.(webhook.Fault)
	if !ok {
		return r
	}
	words := string(said)
	for _, form := range []string{address, envelopeOf(address)} {
		if form != "" {
			words = regexp.MustCompile("(?i)"+regexp.QuoteMeta(form)).ReplaceAllString(words, "the customer")
		}
	}
	r.Err = webhook.Fault(words)
	return r
}
