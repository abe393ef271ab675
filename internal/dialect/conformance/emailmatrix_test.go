package conformance

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/channel/email"
	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/internal/webhook"
)

// emailMatrix has the page on which a seller answers an order of the trade, when
// all that it has is a mail address. A link ends with the address.
func emailMatrix() matrix {
	writeTo := func(w *world, address string) {
		check(w.t, email.SetAddress(w.t.Context(), w.db, seller, address, w.now()))
	}
	const kari, ola = "kari@enheter.example", "ola@enheter.example"
	form := func(at target) string { return fmt.Sprintf("revision=%d&line-1=accept", max(at.order.Revision, 1)) }
	elsewhere := func(w *world, _ target) string {
		return w.secret("another link", func() string {
			w.post(boknettClient(), w.ticket(sender, auth.KindTicket), func(string) string { return another("boknett", boknettNumber) })
			w.settle()
			return w.link()
		})
	}
	operations := pageOperations("/answer/", form, func(w *world, at *target) { w.settle(); at.link = w.link() }, elsewhere)
	for i := range operations {
		operations[i].probes = append(operations[i].probes, probe{name: "address changed", usual: "404", ask: func(w *world, op operation, at target) answer {
			writeTo(w, ola)
			defer writeTo(w, kari)
			return atLink(linkOf("/answer/"))(w, op, at)
		}})
	}
	return matrix{client: boknettClient(), operations: operations, prepare: func(w *world) { writeTo(w, kari) }}
}

// pageOperations are those of a page to which the link in an e-mail is the right.
// Opening it changes nothing; its button decides, once.
func pageOperations(path string, form func(target) string, ready func(*world, *target), elsewhere func(*world, target) string) []operation {
	probes := linkProbes(path, elsewhere)
	return []operation{
		{route: http.MethodGet + " " + path + "{link}", by: seller, does: shows, ready: ready, probes: probes},
		{route: http.MethodPost + " " + path + "{link}", by: seller, does: moves, body: form, header: []string{"Content-Type: application/x-www-form-urlencoded"},
			ready: ready, probes: probes},
	}
}

// linkOf returns the link to a target. One to what is not there looks like others.
func linkOf(path string) func(*world, target) string {
	return func(_ *world, at target) string {
		if at.link == "" {
			return path + at.delivery + "." + strings.Repeat("A", 43)
		}
		return at.link
	}
}

// atLink asks at a link.
func atLink(link func(w *world, at target) string) func(*world, operation, target) answer {
	return func(w *world, op operation, at target) answer {
		c := op.call(at)
		c.path = link(w, at)
		return w.do(c)
	}
}

// linkProbes are what stands where the link of an e-mail should be: each is as
// good as none, and the caller does not learn why. elsewhere returns the link of
// another e-mail.
func linkProbes(path string, elsewhere func(w *world, at target) string) []probe {
	own := linkOf(path)
	instead := func(name string, words func(w *world, at target) string) probe {
		return probe{name: name, ask: atLink(func(w *world, at target) string { return path + words(w, at) }), usual: "404"}
	}
	return []probe{
		instead("invented", func(_ *world, at target) string { return at.delivery + "." + strings.Repeat("A", 43) }),
		instead("without its seal", func(w *world, at target) string {
			l, _, _ := strings.Cut(strings.TrimPrefix(own(w, at), path), ".")
			return l
		}),
		instead("with the seal of another", func(w *world, at target) string {
			_, seal, _ := strings.Cut(elsewhere(w, at), ".")
			id, _, _ := strings.Cut(strings.TrimPrefix(own(w, at), path), ".")
			return id + "." + seal
		}),
		instead("ticket", func(w *world, _ target) string { return w.ticket(seller, auth.KindTicket) }),
		instead("key", func(w *world, _ target) string { return w.key(sender, hark.Source, auth.ModeLive) }),
		{name: "ended", usual: "404", ask: func(w *world, op operation, at target) answer {
			w.at.Add(webhook.LinkLife.Microseconds())
			defer w.at.Add(-webhook.LinkLife.Microseconds())
			return atLink(own)(w, op, at)
		}},
	}
}
