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

// events are what a letter is written about. The answers to lines are the
// party's own, so it is not told of them.
func events() webhook.Filter {
	return webhook.Filter{string(webhook.OrderSent), string(webhook.OrderReduced)}
}

// addressOf reads the mail address of an endpoint.
func addressOf(e webhook.Endpoint) (string, error) {
	return mail.ParseAddress(strings.TrimPrefix(e.URL, webhook.Mailto))
}

// Address gives the mail address to which a party's letters go, or "".
func Address(ctx context.Context, s webhook.Store, party order.PartyID) (string, error) {
	e, found, err := endpoint(ctx, s, party)
	if err != nil || !found {
		return "", err
	}
	return strings.TrimPrefix(e.URL, webhook.Mailto), nil
}

// endpoint finds the one endpoint of a party that is a mail address.
func endpoint(ctx context.Context, s webhook.Store, party order.PartyID) (e webhook.Endpoint, found bool, err error) {
	all, err := s.Endpoints(ctx, party)
	for _, e := range all {
		if e.Format == webhook.LetterName {
			return e, true, nil
		}
	}
	return e, false, err
}

// SetAddress makes a party's letters go to an address from now on, also those
// that wait. A changed address ends the links of the letters before.
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
		return s.AddEndpoint(ctx, webhook.Endpoint{ID: "ep_" + rand.Text(), Party: party, Format: webhook.LetterName, URL: webhook.Mailto + address,
			Events: events(), State: webhook.Active, Secret: webhook.NewSecret(), Created: now, Updated: now}, maxEndpoints)
	}
	_, err = s.ChangeEndpoint(ctx, party, e.ID, func(e *webhook.Endpoint) error {
		e.URL, e.Updated = webhook.Mailto+address, now
		e.State, e.Reason, e.Failures, e.Since, e.Due = webhook.Active, "", 0, time.Time{}, time.Time{}
		return nil
	})
	return err
}

// maxEndpoints leaves the operator one beyond what a party may register.
const maxEndpoints = 51

// DropAddress ends a party's letters, those that wait and the links of those
// that went. It tells whether there was an address.
func DropAddress(ctx context.Context, s webhook.Store, party order.PartyID) (bool, error) {
	e, found, err := endpoint(ctx, s, party)
	if err != nil || !found {
		return false, err
	}
	return true, s.DeleteEndpoint(ctx, party, e.ID)
}
