package montly

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// MailName is the format of the e-mails to customers.
const MailName = "montly-mail"

// Mailer sends e-mails to customers and serves the pages on which they decide. It
// is safe for use by many goroutines.
type Mailer struct{ *actionmail.Service }

// NewMailer makes the mailer of the dialect.
func NewMailer(c actionmail.Config) *Mailer {
	return &Mailer{actionmail.New(c, languages(), texts(), files)}
}

// Formats returns the format of the e-mails, or nothing without a mail server:
// then e-mails wait until there is one.
func (m *Mailer) Formats() []webhook.Format {
	return m.Service.Formats(MailName, m.send, mailSchedule())
}

// mailSchedule is how long an e-mail is tried: a month after the days of the usual
// schedule. No other e-mail follows it, and without it the order makes no progress.
func mailSchedule() []time.Duration {
	return append(webhook.DefaultSchedule(), slices.Repeat([]time.Duration{24 * time.Hour}, 30)...)
}

// action is what a customer is asked to do, by an e-mail with a link of its own.
type action struct {
	name      string // in paths, signatures, forms and the keys of texts
	step      string // the step of an order that waits for the customer
	attribute string // the time at which it was done
	do        decision
}

// decision records that a customer has done what the e-mail asked for.
type decision = func(
	ctx context.Context, x *order.Exchange, by order.Actor, id order.ID, now time.Time,
) (order.Order, error)

// The names of the actions.
const (
	actionSign     = "sign"
	actionDelivery = "delivery"
)

// actions returns the two actions: the customer signs, and then confirms that the
// goods have arrived.
func actions() []action {
	return []action{
		{name: actionSign, step: accepted, attribute: attrSigned, do: signOrder},
		{name: actionDelivery, step: shipped, attribute: attrDeliveryApproved, do: approveOrder},
	}
}

// actionOf returns what a customer is asked to do when an order has come to a step.
func actionOf(step string) (action, bool) {
	for _, a := range actions() {
		if a.step == step {
			return a, true
		}
	}
	return action{}, false
}

// signOrder records the signature and releases the order to the shop.
func signOrder(
	ctx context.Context, x *order.Exchange, by order.Actor, id order.ID, now time.Time,
) (order.Order, error) {
	return x.ApplyAndRelease(ctx, by, id, func(o *order.Order) ([]order.Event, error) { return sign(o, by, now) })
}

// approveOrder records that the goods have arrived, which completes the order.
func approveOrder(
	ctx context.Context, x *order.Exchange, by order.Actor, id order.ID, now time.Time,
) (order.Order, error) {
	return x.Apply(ctx, by, id, func(o *order.Order) ([]order.Event, error) { return approve(o, by, now) })
}

// pages is the path of the pages, one below it for each action.
const pages = prefix + "/"

// link leads to the page of an action.
func (a action) link() actionmail.Link {
	return actionmail.Link{Path: pages + a.name + "/", Parts: func(t webhook.Task) []string {
		return []string{a.name, t.Delivery.ID}
	}}
}

// subscribe adds the endpoint through which the customer of an order gets e-mails
// about its steps. It is called before the first such step, so that the
// transaction of the step stores the e-mail too, and neither a crash nor another
// replica comes between the two. A second call changes nothing.
//
// The endpoint holds no address: that is in the request of the shop alone, and is
// deleted with it when the order is erased.
func (m *Mailer) subscribe(ctx context.Context, shop order.PartyID, id order.ID) error {
	name := endpointName(id)
	_, err := m.Store.Endpoint(ctx, shop, name)
	if err == nil || order.KindOf(err) != order.NotFound {
		return err
	}
	now := m.Now()
	err = m.Store.AddEndpoint(ctx, webhook.Endpoint{ID: name, Party: shop, URL: webhook.Mailto,
		Description: "e-mails of a lease order", Format: MailName, Scope: id,
		Events: webhook.Filter{string(webhook.OrderMoved)}, State: webhook.Active, Secret: webhook.NewSecret(),
		Created: now, Updated: now}, noLimit)
	if err == nil {
		return nil
	}
	if _, there := m.Store.Endpoint(ctx, shop, name); there == nil {
		return nil // another call was faster
	}
	return fmt.Errorf("e-mails of order %s: %w", id, err)
}

// noLimit is for endpoints of one order, which do not count against the limit of
// the party.
const noLimit = 0

// endpointName returns the id of the one endpoint of an order for e-mails. It is
// derived from the order's id, so that two concurrent calls add one endpoint.
func endpointName(id order.ID) string {
	sum := sha256.Sum256([]byte(MailName + "\x00" + string(id)))
	return "ep_" + base32.StdEncoding.EncodeToString(sum[:])[:26]
}

// resend queues the pending e-mail to the customer of an order again: the same
// one, with the same link. Those of earlier steps are skipped when they are due.
func (m *Mailer) resend(ctx context.Context, o *order.Order) error {
	if _, asks := actionOf(step(o)); !asks || !o.Erased.IsZero() {
		return order.Errorf(order.Conflict, "lease-email",
			"The lease order %s is %s; its customer is not asked for anything.", order.Truncate(o.Number), step(o)).
			WithHint("E-mails are sent when an order is accepted and when it is shipped.")
	}
	_, err := m.Store.Resend(ctx, webhook.Resend{Party: o.Sender, Endpoint: endpointName(o.ID), Now: m.Now()})
	if err != nil {
		return fmt.Errorf("e-mail of order %s: %w", o.ID, err)
	}
	return nil
}

// Recipient returns the address to which the e-mail of a delivery goes, or "" for
// a step about which the customer gets none.
func (m *Mailer) Recipient(ctx context.Context, d webhook.Delivery) (string, error) {
	a, asks := actionOf(string(d.Event.To))
	if !asks || d.Event.Order == "" {
		return "", nil
	}
	r, err := m.recipient(ctx, d)
	if err != nil {
		return "", err
	}
	return r.address(a), nil
}

// send writes the e-mail about a step of an order and hands it to the mail server.
// It skips the e-mail if the order has left the step.
func (m *Mailer) send(ctx context.Context, t webhook.Task) webhook.Result {
	a, asks := actionOf(string(t.Delivery.Event.To))
	if !asks || t.Delivery.Event.Order == "" {
		return webhook.Result{Skip: true}
	}
	r, err := m.recipient(ctx, t.Delivery)
	if err != nil {
		return actionmail.Unreadable(err)
	}
	if step(&r.order) != a.step {
		return webhook.Result{Skip: true}
	}
	c := r.catalog
	v := mailView{view: r.view(a), Link: m.URL(a.link(), t), Button: c.MustText("button-" + a.name)}
	v.Subject = c.MustText("subject-"+a.name, v.Number, v.Shop)
	v.Opening = c.MustText("opening-"+a.name, v.Number, v.Shop)
	v.Here, v.Terms = c.MustText("link-"+a.name), c.MustText("terms-"+a.name, m.LastDay(c, t.Delivery))
	to := r.address(a)
	return redactAddress(m.Send(ctx, c, m.NewMessage(c, t.Delivery, to, v.Subject), v), to)
}

// mailView is what an e-mail shows beside the order.
type mailView struct {
	view
	Subject string
	Opening string
	Button  string
	Here    string
	Link    string
	Terms   string
}

// redactAddress removes the customer's address from what is stored of an attempt:
// the mail server may repeat it.
func redactAddress(r webhook.Result, address string) webhook.Result {
	var said webhook.PublicError
	if !errors.As(r.Err, &said) {
		return r
	}
	words := string(said)
	envelope, _ := mail.ParseAddress(address)
	for _, form := range []string{address, envelope} {
		if form != "" {
			words = regexp.MustCompile("(?i)"+regexp.QuoteMeta(form)).ReplaceAllString(words, "the customer")
		}
	}
	r.Err = webhook.PublicError(words)
	return r
}
