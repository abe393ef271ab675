package order

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Decision is where an order goes, and why; or why it goes nowhere.
type Decision struct {
	Seller PartyID
	Why    string
	Failed *Reason
}

// route finds the receiver of an order: the seller that the document names,
// else the routes of its products, else the sender's default seller.
func (x *Exchange) route(ctx context.Context, o *Order) (Decision, error) {
	if o.Header.Seller != nil && strings.TrimSpace(o.Header.Seller.ID.Value) != "" {
		return x.routeByDocument(ctx, *o.Header.Seller)
	}
	sellers, unrouted, err := x.routeByProduct(ctx, o)
	if err != nil {
		return Decision{}, err
	}
	fallback, err := x.directory.DefaultSeller(ctx, o.Sender)
	if err != nil {
		return Decision{}, fmt.Errorf("default seller of %s: %w", o.Sender, err)
	}
	return decide(sellers, unrouted, fallback, o.Sender), nil
}

// routeByDocument follows SellerParty, by any number that it gives.
func (x *Exchange) routeByDocument(ctx context.Context, seller TradeParty) (Decision, error) {
	for _, id := range append([]Identifier{seller.ID}, seller.AdditionalIDs...) {
		p, err := x.directory.Resolve(ctx, id)
		if err == nil && !p.Erased.IsZero() {
			return Decision{Failed: erasedReceiver(id, p)}, nil
		}
		if err == nil {
			return Decision{Seller: p.ID, Why: fmt.Sprintf("SellerParty names %s, which is %s", id, p.Name)}, nil
		}
		if KindOf(err) != NotFound {
			return Decision{}, fmt.Errorf("seller %s: %w", id, err)
		}
	}
	parties, err := x.directory.Parties(ctx)
	if err != nil {
		return Decision{}, fmt.Errorf("parties: %w", err)
	}
	return Decision{Failed: unknownReceiver(seller.ID, parties)}, nil
}

// routeByProduct asks the routes for each product. unrouted is the first EAN
// that no route covers.
func (x *Exchange) routeByProduct(ctx context.Context, o *Order) (sellers map[PartyID]string, unrouted string, err error) {
	sellers = map[PartyID]string{}
	for i := range o.Lines {
		ean := o.Lines[i].EAN()
		r, ok, err := x.directory.RouteFor(ctx, ean)
		if err != nil {
			return nil, "", fmt.Errorf("route of %s: %w", ean, err)
		}
		if ok {
			sellers[r.Seller] = r.Prefix
		} else if unrouted == "" {
			unrouted = ean
		}
	}
	return sellers, unrouted, nil
}

// decide weighs what the routes said of an order's products.
func decide(sellers map[PartyID]string, unrouted string, fallback, sender PartyID) Decision {
	switch {
	case len(sellers) == 1 && unrouted == "":
		for seller, prefix := range sellers {
			return Decision{Seller: seller, Why: fmt.Sprintf("EAN prefix %s is routed to %s", prefix, seller)}
		}
	case fallback != "":
		return Decision{Seller: fallback, Why: fmt.Sprintf("%s is the default seller of %s", fallback, sender)}
	case len(sellers) > 1:
		return Decision{Failed: &Reason{
			Code:   "receiver-ambiguous",
			Detail: "The order names no SellerParty and its products belong to several receivers: " + joinParties(sellers) + ".",
			Hint:   "Send one order for each receiver, with a new OrderNumber, or name the receiver in SellerParty.",
		}}
	}
	return Decision{Failed: &Reason{
		Code:   "receiver-missing",
		Detail: fmt.Sprintf("The order names no SellerParty, no route covers the product %s, and party %s has no default seller.", unrouted, sender),
		Hint:   "Name the receiver in SellerParty and send again with a new OrderNumber, or ask the operator for a route.",
	}}
}

func joinParties(m map[PartyID]string) string {
	var names []string
	for p := range m {
		names = append(names, string(p))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// erasedReceiver tells that the party left the exchange.
func erasedReceiver(id Identifier, p Party) *Reason {
	return &Reason{
		Code:   "receiver-erased",
		Detail: fmt.Sprintf("The receiver %s was taken out of this exchange at %s and takes no more orders.", Cut(id.String()), p.Erased.UTC().Format(time.RFC3339)),
		Hint:   "Name another receiver in SellerParty and send again with a new OrderNumber.",
	}
}

// unknownReceiver tells which connected party is spelled most like the one
// that the document names.
func unknownReceiver(id Identifier, parties []Party) *Reason {
	r := &Reason{
		Code:   "receiver-unknown",
		Detail: fmt.Sprintf("The receiver %s (type %s) is not connected.", Cut(id.Value), Cut(id.Type)),
		Hint:   "Correct SellerParty/PartyID and send again with a new OrderNumber.",
	}
	if near, ok := nearest(id.Value, parties); ok {
		r.Detail += fmt.Sprintf(" Nearest connected: %s %s.", near.ID, near.Name)
	}
	return r
}

// nearest finds the party with a number at most two edits away.
func nearest(value string, parties []Party) (best Party, ok bool) {
	var numbers []string
	bearer := map[string]Party{}
	for _, p := range parties {
		if !p.Erased.IsZero() {
			continue
		}
		for _, id := range p.Identifiers() {
			numbers = append(numbers, id.Value)
			bearer[id.Value] = p
		}
	}
	number, ok := Nearest(value, numbers)
	return bearer[number], ok
}

// applyRouting moves an UNPROCESSED order to SENT or FAILED. It does nothing to an
// order that has been settled before or is held, so it may run any number of times.
func (o *Order) applyRouting(d Decision, now time.Time) []Event {
	if o.Status != Unprocessed || o.Held {
		return nil
	}
	ev := o.event(EventProcessed, system, now)
	ev.From, ev.To, ev.Text = Unprocessed, Sent, d.Why
	if d.Failed != nil {
		ev.To, ev.Text = Failed, d.Failed.Detail
		o.Reason = d.Failed
	} else {
		o.Seller, o.Routing = d.Seller, d.Why
		if o.IsTest() {
			ev.Text += "; a test order, not shown to the receiver"
		}
	}
	for i := range o.Lines {
		o.Lines[i].Status, o.Lines[i].Changed = ev.To, now
	}
	o.Status = ev.To
	return []Event{ev}
}
