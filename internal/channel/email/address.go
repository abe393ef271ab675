package email

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// events returns the events that cause an e-mail. The answers to lines are the
// party's own, so there is none about them.
func events() webhook.Filter {
	return webhook.Filter{string(webhook.OrderSent), string(webhook.OrderReduced)}
}

// addressOf returns the e-mail address of an endpoint.
func addressOf(e webhook.Endpoint) (string, error) {
	return mail.ParseAddress(strings.TrimPrefix(e.URL, webhook.Mailto))
}

// Address returns the e-mail address to which a party's orders go, or "".
func Address(ctx context.Context, s webhook.Store, party order.PartyID) (string, error) {
	e, found, err := endpoint(ctx, s, party)
	if err != nil || !found {
		return "", err
	}
	return strings.TrimPrefix(e.URL, webhook.Mailto), nil
}

// endpoint returns the one endpoint of a party that is an e-mail address.
func endpoint(ctx context.Context, s webhook.Store, party order.PartyID) (e webhook.Endpoint, found bool, err error) {
	all, err := s.Endpoints(ctx, party)
	for _, e := range all {
		if e.Format == webhook.MailFormat {
			return e, true, nil
		}
	}
	return e, false, err
}

// SetAddress sets the e-mail address to which a party's orders go, including
// e-mails in the queue. A new address ends the links of earlier e-mails.
func SetAddress(ctx context.Context, s webhook.Store, party order.PartyID, address string, now time.Time) error {
	address, err := mail.ParseAddress(address)
	if err != nil {
		return err
	}
	e, found, err := endpoint(ctx, s, party)
	if err != nil {
		return err
	}
	if !found {
		return s.AddEndpoint(ctx, webhook.Endpoint{ID: "ep_" + rand.Text(), Party: party, Format: webhook.MailFormat,
			URL: webhook.Mailto + address, Events: events(), State: webhook.Active, Secret: webhook.NewSecret(),
			Created: now, Updated: now}, maxEndpoints)
	}
	_, err = s.ChangeEndpoint(ctx, party, e.ID, func(e *webhook.Endpoint) error {
		e.URL, e.Updated = webhook.Mailto+address, now
		e.State, e.Reason, e.Failures, e.Since, e.Due = webhook.Active, "", 0, time.Time{}, time.Time{}
		return nil
	})
	return err
}

// maxEndpoints is one more than a party may register itself, for the operator.
const maxEndpoints = 51

// DropAddress removes a party's e-mail address, the e-mails in the queue, and the
// links of earlier ones. It reports whether there was an address.
func DropAddress(ctx context.Context, s webhook.Store, party order.PartyID) (bool, error) {
	e, found, err := endpoint(ctx, s, party)
	if err != nil || !found {
		return false, err
	}
	return true, s.DeleteEndpoint(ctx, party, e.ID)
}
