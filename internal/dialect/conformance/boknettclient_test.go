package conformance

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
)

// boknettClient is the trade's own: an EDItX document, and tickets.
func boknettClient() client {
	return client{
		name: "boknett", sender: sender, root: "Order",
		credential: func(w *world, _ string) string { return w.ticket(sender, auth.KindTicket) },
		number:     func(_ testing.TB, change func(string) string, _ answer) string { return change(boknettNumber) },
		testOrder: func(body string) string {
			return strings.NewReplacer(boknettNumber, boknettTestNumber, "<PurposeCode>Original", "<PurposeCode>Test").Replace(body)
		},
		read: func(w *world, number string) answer {
			return w.do(call{http.MethodGet, "/v2/orders/" + string(w.core(boknettClient(), number).ID), w.asParty(sender), ""})
		},
		withdraw:  takenBack(boknettClient),
		withdrawn: facts{"order status": "SENT", "line status": "SENT"},
		losses: map[string]loss{
			"comments between the elements": {proof: func(s shown) (sent, seen bool) {
				return strings.Contains(s.raw["request"], remarked), says(s.all, remarked) || strings.Contains(s.raw["editx"], remarked)
			}},
		},
		words: map[string]string{"ordered": "", "received": "", "fulfilled": "", "rejected": "", "withdrawn": ""}, // the core's own are its words
	}
}

// takenBack withdraws an order of a client through the trade's own API: a line of
// its own takes the copies back, and what was ordered stays as it is.
func takenBack(of func() client) func(w *world, number string) {
	return func(w *world, number string) {
		id := w.core(of(), number).ID
		w.want(w.do(call{http.MethodPost, "/orders/" + string(id) + "/cancellation", w.asParty(sender), ""}), http.StatusOK)
	}
}

// boknettNumber is what the sender calls the order in its request file, and
// boknettTestNumber what it calls a test of it.
const (
	boknettNumber     = "S-2026-0117"
	boknettTestNumber = "S-2026-0118"
)

// remarked stands in a comment of the request file.
const remarked = "nightly run"
