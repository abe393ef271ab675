package installer

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// submitAttempts is how often a number is made for an order without a key. That one
// of 50 random bits is taken among a million is a matter of years; twice running
// is a fault of the machine.
const submitAttempts = 3

// submit stores an order permanently, or refuses a key that was used before. The
// store lets one of two equal numbers in, whenever they come.
func (a *API) submit(ctx context.Context, by caller, in request, body []byte) (order.ID, error) {
	router, err := a.exchange.Party(ctx, by.Party)
	if err != nil {
		return "", fmt.Errorf("router: %w", err)
	}
	seller, err := a.seller(ctx, by, in)
	if err != nil {
		return "", err
	}
	for range submitAttempts {
		now := a.now()
		o := toOrder(in, a.newID(now), router, by.IsTest(), now)
		o.Header.Seller = seller
		receipt, err := a.exchange.Submit(ctx, by.Actor(), o, order.NewDocument(mediaType, body))
		switch {
		case !receipt.Repeated:
			return receipt.ID, err
		case in.key() != "":
			return "", duplicateError{first: receipt.ID, key: in.key(), status: duplicateStatus(by)}
		}
	}
	return "", fmt.Errorf("%d displayIds were taken, one after the other", submitAttempts)
}

// duplicateStatus is what the client of a key expects.
func duplicateStatus(by caller) int {
	if by.May(DuplicateConflict) {
		return http.StatusConflict
	}
	return http.StatusBadRequest
}

// seller finds who carries an order out: the first organisation among the actors
// that is a party here and not the router itself, else the router's default
// seller. Without either the routes of the exchange decide.
func (a *API) seller(ctx context.Context, by caller, in request) (*order.TradeParty, error) {
	for _, actor := range in.ActorAssignments {
		p, err := a.exchange.Resolve(ctx, order.Identifier{Value: strings.ToLower(actor.OrganizationID)})
		if kind := order.KindOf(err); err != nil && kind != order.NotFound &&
			kind != order.Invalid { // none, or several
			return nil, fmt.Errorf("organisation %s: %w", actor.OrganizationID, err)
		}
		if err == nil && p.Erased.IsZero() && p.ID != by.Party {
			seller := p.TradeParty()
			return &seller, nil
		}
	}
	id, err := a.exchange.DefaultSeller(ctx, by.Party)
	if err != nil || id == "" {
		return nil, err
	}
	p, err := a.exchange.Party(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("default seller of %s: %w", by.Party, err)
	}
	seller := p.TradeParty()
	return &seller, nil
}
