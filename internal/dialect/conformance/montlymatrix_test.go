package conformance

import (
	"net/http"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/montly"
)

// montlyMatrix has the shop's calls, at the root and below the dialect's name,
// and the customer's pages, to which a link is the credential.
func montlyMatrix() matrix {
	var operations []operation
	for _, base := range []string{"", "/montly"} {
		operations = append(operations, montlyOperations(base)...)
	}
	probes := keyProbes(montlyClient(), "Authorization: Bearer ", refusals{"401 Unauthorized", "404 NotFound"})
	return matrix{client: montlyClient(), probes: probes, operations: slices.Concat(operations, montlyPages())}
}

func montlyOperations(base string) []operation {
	const get, post = http.MethodGet + " ", http.MethodPost + " "
	orders, one := base+"/{v1}/{orders}", base+"/{v1}/{orders}/{orderId}"
	return []operation{
		{route: post + orders, by: seller, does: creates, body: text(another("montly", montlyNumber)), want: good("201")},
		{route: post + one + "/{cancel}", by: seller, does: moves, body: text("[]"), ready: func(*world, *target) {}},
		{route: post + one + "/{shipped}", by: seller, does: moves, body: text(`{"shippedAt":"2026-06-01T12:00:00+02:00"}`), want: map[string]string{"own": "204"}},
		{route: get + one + "/{status}", by: seller, does: shows},
		{route: get + base + "/{v1}/{tariffs}", by: seller, does: reads, want: good("200")},
		{route: get + base + "/{v1}/{config}", by: seller, does: reads, want: good("200")},
	}
}

// montlyPages are the two pages of a customer. A link to the one opens not the
// other.
func montlyPages() []operation {
	toSign := func(w *world, at *target) {
		montlyAccepted(w, at.order.Number)
		at.link = w.link()
	}
	toConfirm := func(w *world, at *target) {
		toSign(w, at)
		w.secret("sign link", func() string { return at.link })
		w.press(at.link)
		w.want(w.montlyAsk(http.MethodPost, at.order.Number, "/shipped", ""), http.StatusNoContent)
		at.link = w.link()
	}
	elsewhere := func(w *world, _ target) string {
		return w.secret("another link", func() string {
			w.post(montlyClient(), w.key(seller, montly.Source, auth.ModeLive), func(string) string { return another("montly", montlyNumber) })
			montlyAccepted(w, ninth(montlyNumber))
			return w.link()
		})
	}
	signLink := func(w *world, at target) string {
		if at.link == "" { // there is none yet
			return linkOf("")(w, at)
		}
		return strings.TrimPrefix(w.secrets["sign link"], "/montly/sign/")
	}
	delivery := pageOperations("/montly/delivery/", text("decision=delivery"), toConfirm, signLink)
	for i := range delivery {
		delivery[i].probes = append(delivery[i].probes, probe{name: "link to the other page", usual: "404",
			ask: atLink(func(w *world, at target) string { return "/montly/delivery/" + signLink(w, at) })})
	}
	return append(pageOperations("/montly/sign/", text("decision=sign"), toSign, elsewhere), delivery...)
}
