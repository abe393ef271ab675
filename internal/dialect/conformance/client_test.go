package conformance

import (
	"net/http"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// client is a system of a sender that speaks a dialect. Its name is that of the
// dialect's folder and of its request file.
type client struct {
	name string

	// sender is the party whose system it is.
	sender order.PartyID

	// credential is what stands for CREDENTIAL in the request file, for the mode
	// of a key.
	credential func(w *world, mode string) string

	// testOrder changes the request to that of a test order: it gets another number,
	// so that no real order has it, and says that it is one where its credential
	// does not.
	testOrder func(body string) string

	// absent is a number that an order could have, and none has; "" is any.
	absent string

	// number returns the order's own number, from the request as it was changed or
	// from its answer.
	number func(t testing.TB, change func(string) string, a answer) string

	// read asks for the order as the sender of this dialect does.
	read func(w *world, number string) answer

	// open does what has to happen before the order is the seller's to answer;
	// nil is nothing. Until then the seller sees nothing of it.
	open func(w *world, number string)

	// fulfil is what the seller has to say beside the status when it delivers,
	// as members of JSON.
	fulfil string

	// after does what the dialect's own people do once the seller has
	// delivered; nil is nothing.
	after func(w *world, number string)

	// withdraw takes the order back as its sender; nil where the dialect has no
	// way to.
	withdraw func(w *world, number string)

	// withdrawn are the facts that a withdrawal leaves as they were here, though
	// an order of the other clients ends with it.
	withdrawn facts

	// own are the facts for which an order of this client has its own words, or
	// none.
	own facts

	// words are what the dialect calls the state of an order after each step.
	words map[string]string

	// losses are the sentences in the list of what is lost, each with the members
	// that it is about, or with a proof.
	losses map[string]loss

	// root is where the order begins in the request.
	root string

	// asking are the members of the request that say how to answer and nothing
	// of the order; shownAs are those that documents show in other words.
	asking  []string
	shownAs map[string]func(value string) string

	// source is what the core has orders of this client under.
	source string
}

// clients are those of all dialects by which orders come.
func clients() []client {
	return []client{boknettClient(), harkClient(), installerClient(), montlyClient()}
}

// send has a client send the purchase, and returns the order's number.
func (w *world) send(d client) string {
	w.t.Helper()
	number, _ := w.sendAs(d, auth.ModeLive)
	return number
}

// sendAs does so with a key of a mode, and returns the answer too.
func (w *world) sendAs(d client, mode string) (number string, a answer) {
	w.t.Helper()
	change := func(body string) string { return body }
	if mode == auth.ModeTest && d.testOrder != nil {
		change = d.testOrder
	}
	a = w.post(d, d.credential(w, mode), change)
	if !granted(outcome(a)) {
		w.t.Fatalf("%s does not take its own request: %d %s", d.name, a.status, a.body)
	}
	w.settle()
	return d.number(w.t, change, a), a
}

// core returns an order as the core has it, be it a test order or not.
func (w *world) core(d client, number string) order.Order {
	w.t.Helper()
	for _, testOrder := range []bool{false, true} {
		q := order.FindQuery{Sender: d.sender, Number: number, Limit: 1}
		if d.source != "" {
			q.Source = order.SourceOf(d.source, testOrder)
		}
		found, _, err := w.exchange.Find(w.t.Context(), q)
		check(w.t, err)
		if len(found) == 1 {
			return found[0]
		}
	}
	w.t.Fatalf("there is no order %s of %s", number, d.name)
	return order.Order{}
}

// asParty is the header of a request with a party's ticket.
func (w *world) asParty(party order.PartyID) []string {
	return []string{"Authorization: Boknett " + w.ticket(party, auth.KindTicket), "Date: " + w.now().Format(http.TimeFormat)}
}

// mark answers the order's line as the seller, through the Boknett API.
func (w *world) mark(id order.ID, members string) answer {
	w.t.Helper()
	return w.do(call{http.MethodPost, "/v2/orders/" + string(id) + "/lines/1", w.asParty(seller), "{" + members + "}"})
}
