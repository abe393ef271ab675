package conformance

import (
	"net/http"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/channel/email"
	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/internal/webhook"
)

// kariMail and olaMail are addresses of the seller's.
const (
	kariMail = "kari@enheter.example"
	olaMail  = "ola@enheter.example"
)

func (m *maker) address(address string) {
	m.t.Helper()
	check(m.t, email.SetAddress(m.t.Context(), m.db, seller, address, m.now()))
}

// answerLink has the seller written to about a new order.
func (m *maker) answerLink() thing {
	m.t.Helper()
	m.address(kariMail)
	m.deliver()
	g := m.trade(tradeOrder{kind: "answer"})
	g.vars["link"] = strings.TrimPrefix(m.link(), "/answer/")
	return g
}

// spoil changes what stands behind a link.
func spoil(g thing, change func(id, seal string) string) thing {
	id, seal, _ := strings.Cut(g.vars["link"], ".")
	g.vars["link"] = change(id, seal)
	return g
}

// links are good and bad ones, made of good ones.
func (m *maker) links(good func() thing, use func(link string), late time.Duration) map[string]func() thing {
	return map[string]func() thing{
		"good": good,
		"invented": func() thing {
			return thing{vars: map[string]string{"link": "msg_018f3c2e-0000-7000-8000-000000000001." + strings.Repeat("A", 43)}}
		},
		"unsealed": func() thing { return spoil(good(), func(id, _ string) string { return id }) },
		"forged": func() thing {
			return spoil(good(), func(id, _ string) string { return id + "." + strings.Repeat("A", 43) })
		},
		"other-seal": func() thing {
			_, seal, _ := strings.Cut(good().vars["link"], ".")
			return spoil(good(), func(id, _ string) string { return id + "." + seal })
		},
		"beside": func() thing { // the next id that could be, with a good seal
			return spoil(good(), func(id, seal string) string {
				end := len(id) - 1
				return id[:end] + string(id[end]+1) + "." + seal
			})
		},
		"ticket": func() thing { return thing{vars: map[string]string{"link": m.ticket(seller, auth.KindTicket)}} },
		"key": func() thing {
			return thing{vars: map[string]string{"link": m.key(sender, hark.Source, auth.ModeLive)}}
		},
		"used": func() thing { g := good(); use(g.vars["link"]); return g },
		"late": func() thing {
			g := good()
			m.at.Add(late.Microseconds())
			g.after = func() { m.at.Add(-late.Microseconds()) }
			return g
		},
	}
}

func (m *maker) answerLinks() map[string]func() thing {
	all := m.links(m.answerLink, func(link string) {
		m.want(m.do(call{http.MethodPost, "/answer/" + link, []string{"Content-Type: application/x-www-form-urlencoded"},
			"revision=2&line-1=accept"}), http.StatusOK)
	}, webhook.LinkLife)
	all["address-changed"] = func() thing { g := m.answerLink(); m.address(olaMail); return g }
	all["of-sign"] = m.leaseLink("sign")
	all["of-test"] = func() thing { // the e-mail of a test of the address is about no order
		m.address(kariMail)
		endpoints, err := m.db.Endpoints(m.t.Context(), seller)
		check(m.t, err)
		for _, e := range endpoints {
			if e.Format == webhook.MailFormat {
				d, err := m.db.AddTest(m.t.Context(), seller, e.ID)
				check(m.t, err)
				link := d.ID + "." + actionmail.SignLink([]byte("a key of the e-mails"), "answer", d.ID, webhook.Mailto+kariMail)
				return thing{vars: map[string]string{"link": link}}
			}
		}
		m.t.Fatal("the seller has no address")
		return thing{}
	}
	return all
}

func (m *maker) leaseLink(task string) func() thing {
	return func() thing {
		m.t.Helper()
		g := m.pendingLease(seller, auth.ModeLive)
		m.accept(g)
		link := m.link()
		if task == "delivery" {
			m.press(link)
			m.deliver()
			m.want(m.montlyAsk(http.MethodPost, g.order.Number, "/shipped", ""), http.StatusNoContent)
			link = m.link()
		}
		g.vars["link"] = link[strings.LastIndex(link, "/")+1:]
		return g
	}
}

func (m *maker) leaseLinks(task string) map[string]func() thing {
	all := m.links(m.leaseLink(task), func(link string) { m.press("/montly/" + task + "/" + link) }, webhook.LinkLife)
	other := map[string]string{"sign": "delivery", "delivery": "sign"}[task]
	all["of-other-page"] = m.leaseLink(other)
	all["of-answer"] = m.answerLink
	return all
}
