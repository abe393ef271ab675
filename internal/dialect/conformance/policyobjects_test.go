package conformance

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// The further parties of the policy: one that sends in the name of another, and
// one that does what the others do and must not notice them.
const (
	agent     order.PartyID = "7047"
	buyer     order.PartyID = "7048"
	bystander order.PartyID = "7049"
)

// parties are those of the policy, by their names there.
func parties() map[string]order.PartyID {
	return map[string]order.PartyID{"sender": sender, "seller": seller, "stranger": stranger, "agent": agent,
		"buyer": buyer, "bystander": bystander}
}

// thing is an object of the policy as the requests name it.
type thing struct {
	vars    map[string]string // what stands for a variable of a path or a body
	words   []string          // what is not shown to those for whom it is not there; the first is in every list
	private []string          // what its sending side alone may see
	order   order.Order       // what it is or belongs to; may have no id
	after   func()            // puts back what its making changed for all; nil is nothing
}

// with puts the names of a thing into a text.
func (g thing) with(text string) string {
	for name, value := range g.vars {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

// maker makes objects. Each call makes another one, under names of its own.
type maker struct {
	*world
	made int
}

func (m *maker) next() int { m.made++; return m.made }

// makers make the objects of the policy, by kind and name.
func (m *maker) makers() map[string]map[string]func() thing {
	nothing := func() thing { return thing{} }
	named := func(vars ...string) func() thing {
		return func() thing {
			g := thing{vars: map[string]string{}}
			for i := 0; i < len(vars); i += 2 {
				g.vars[vars[i]] = vars[i+1]
			}
			return g
		}
	}
	absentOrder := "018f3c2e-0000-7000-8000-000000000002"
	return map[string]map[string]func() thing{
		"none":  {"any": nothing},
		"order": m.orders(absentOrder), "endpoint": m.endpoints(), "delivery": m.deliveries(),
		"cursor": m.cursors(), "submission": m.submissions(),
		"device": {
			"live":     func() thing { return m.device(sender, auth.ModeLive) },
			"test":     func() thing { return m.device(sender, auth.ModeTest) },
			"foreign":  func() thing { return m.device(stranger, auth.ModeLive) },
			"of-trade": func() thing { return m.trade(tradeOrder{kind: "of-trade"}) },
			"absent":   named("orderId", "order_018f3c2e-0000-4000-8000-000000000003", "user", "kunde-0000"),
		},
		"installation": {
			"live":      func() thing { return m.installation(sender, auth.ModeLive) },
			"test":      func() thing { return m.installation(sender, auth.ModeTest) },
			"foreign":   func() thing { return m.installation(stranger, auth.ModeLive) },
			"of-trade":  func() thing { return m.trade(tradeOrder{kind: "installation-of-trade"}) },
			"of-device": func() thing { return m.device(sender, auth.ModeLive) },
			"absent":    named("id", absentOrder),
			"malformed": named("id", "no-order"),
		},
		"lease": {
			"live":    func() thing { return m.lease(seller, auth.ModeLive) },
			"test":    func() thing { return m.lease(seller, auth.ModeTest) },
			"foreign": func() thing { return m.lease(stranger, auth.ModeLive) },
			"of-trade": func() thing {
				return m.trade(tradeOrder{kind: "lease-of-trade", by: seller, seller: sender})
			},
			"absent": named("orderId", "M-2026-00000"),
		},
		"open-lease": {
			"live":    func() thing { return m.pendingLease(seller, auth.ModeLive) },
			"foreign": func() thing { return m.pendingLease(stranger, auth.ModeLive) },
			"absent":  named("orderId", "M-2026-00000"),
		},
		"new-device": {"any": func() thing {
			return thing{vars: map[string]string{"user": fmt.Sprintf("ny-%d", m.next())}}
		}},
		"new-installation": {"any": func() thing {
			return thing{vars: map[string]string{"number": fmt.Sprintf("I-new-%d", m.next())}}
		}},
		"new-lease": {"any": func() thing {
			return thing{vars: map[string]string{"number": fmt.Sprintf("M-new-%d", m.next())}}
		}},
		"ticket": m.tickets(), "login": m.logins(), "grant": m.grants(),
		"answer-link": m.answerLinks(), "sign-link": m.leaseLinks("sign"), "delivery-link": m.leaseLinks("delivery"),
	}
}

// tradeOrder is an order of the trade that is made.
type tradeOrder struct {
	kind    string // stands in its number
	by      order.PartyID
	buyer   order.PartyID
	seller  order.PartyID
	test    bool
	held    bool
	unknown bool // the seller is no party
}

// trade makes an order of the trade: routed unless it is held.
func (m *maker) trade(w tradeOrder) thing {
	m.t.Helper()
	if w.by == "" {
		w.by = sender
	}
	if w.buyer == "" {
		w.buyer = w.by
	}
	if w.seller == "" {
		w.seller = seller
	}
	n := m.next()
	number, customer, finding := fmt.Sprintf("N-%s-%05d", w.kind, n), fmt.Sprintf("Kunde-%s-%05d", w.kind, n),
		"funn-"+w.kind
	_, body, err := requestFile("boknett")
	check(m.t, err)
	purpose := "Original"
	if w.test {
		purpose = "Test"
	}
	to := string(w.seller)
	if w.unknown {
		to = "999999"
	}
	body = []byte(strings.NewReplacer(boknettNumber, number, ">7045<", ">"+string(w.buyer)+"<", ">900877<", ">"+to+"<",
		"Åse Fjæreide", customer,
		"<PurposeCode>Original", "<PurposeCode>"+purpose).Replace(string(body)))
	o, _, err := editx.DecodeAs(body, editx.Trade)
	check(m.t, err)
	if o.OnHold = w.held; w.held {
		o.Seller = w.seller // as of one whose routing was begun: it is not shown to it
	}
	o.Findings = []order.Finding{{Code: "xml-encoding", Message: finding}}
	receipt, err := m.exchange.Submit(m.t.Context(), order.Actor{Party: w.by, Name: "bruker", Via: "ticket"}, o,
		order.NewDocument("application/xml", body))
	check(m.t, err)
	m.settle()
	return m.orderThing(w.by, receipt.ID, number, []string{customer}, []string{finding})
}

// orderThing reads an order back and names it.
func (m *maker) orderThing(by order.PartyID, id order.ID, number string, words, private []string) thing {
	m.t.Helper()
	o, err := m.exchange.Order(m.t.Context(), by, id)
	check(m.t, err)
	return thing{vars: map[string]string{"id": string(id), "orderId": number, "response": responseOf(o),
		"user": o.CustomerRef, "link": ""},
		words: append([]string{number, string(id)}, words...), private: private, order: o}
}

func (m *maker) orders(absent string) map[string]func() thing {
	answered := func(g thing) thing {
		g.vars["response"] = responseOf(g.order)
		return g
	}
	void := func(id string) func() thing {
		return func() thing {
			return thing{vars: map[string]string{"id": id, "response": responseOf(nothing(boknettClient()).order)}}
		}
	}
	return map[string]func() thing{
		"sent":     func() thing { return m.trade(tradeOrder{kind: "sent"}) },
		"waiting":  func() thing { return m.trade(tradeOrder{kind: "waiting", held: true}) },
		"failed":   func() thing { return m.trade(tradeOrder{kind: "failed", unknown: true}) },
		"test":     func() thing { return m.trade(tradeOrder{kind: "test", test: true}) },
		"by-agent": func() thing { return m.trade(tradeOrder{kind: "byagent", by: agent, buyer: buyer}) },
		"foreign":  func() thing { return m.trade(tradeOrder{kind: "foreign", by: stranger}) },
		"passed-on": func() thing {
			g := m.trade(tradeOrder{kind: "passedon"})
			_, err := m.db.Update(m.t.Context(), g.order.ID, func(o *order.Order) ([]order.Event, error) {
				o.Seller = stranger
				return []order.Event{{Kind: order.EventProcessed, From: order.Sent, To: order.Sent, Via: "system"}}, nil
			})
			check(m.t, err)
			return g
		},
		"gone": func() thing {
			g := m.trade(tradeOrder{kind: "gone", test: false})
			_, err := m.exchange.Mark(m.t.Context(), order.Actor{Party: seller}, g.order.ID, order.AnyRevision,
				order.LineUpdate{Line: 1, Status: order.Rejected})
			check(m.t, err)
			o, err := m.exchange.Order(m.t.Context(), sender, g.order.ID)
			check(m.t, err)
			_, n, err := m.db.RetireOrders(m.t.Context(), o.Updated.Add(time.Microsecond), o.Updated.UnixMicro(), 10)
			if check(m.t, err); n != 1 {
				m.t.Fatalf("%d orders were retired", n)
			}
			g.words = []string{"N-gone-", string(g.order.ID), "Kunde-gone-"}
			return g
		},
		"device":       func() thing { return answered(m.device(sender, auth.ModeLive)) },
		"installation": func() thing { return answered(m.installation(sender, auth.ModeLive)) },
		"lease":        func() thing { return answered(m.lease(seller, auth.ModeLive)) },
		"absent":       void(absent), "malformed": void("no-order"),
	}
}

// keyed posts the request of a dialect with a party's key, and returns the order.
func (m *maker) keyed(d client, party order.PartyID, mode string, change func(body string) string) order.Order {
	m.t.Helper()
	a := m.post(d, m.key(party, d.source, mode), change)
	if !granted(outcome(a)) {
		m.t.Fatalf("%s: %d %s", d.name, a.status, a.body)
	}
	m.settle()
	found, _, err := m.exchange.Find(m.t.Context(), order.FindQuery{Sender: party,
		Source: order.SourceOf(d.source, mode == auth.ModeTest), Number: d.number(m.t, change, a), Limit: 1})
	if check(m.t, err); len(found) != 1 {
		m.t.Fatalf("%d orders in %s", len(found), a.body)
	}
	return found[0]
}

func (m *maker) device(party order.PartyID, mode string) thing {
	kind := fmt.Sprintf("device%s%s-%05d", party, mode, m.next())
	customer, user, callback := "Kunde-"+kind, "kunde-"+kind, "tilbakemelding-"+kind
	o := m.keyed(harkClient(), party, mode, func(body string) string {
		return strings.NewReplacer(`\u00c5se`, customer, "kunde-5512", user, "tilbakemelding", callback).Replace(body)
	})
	g := m.orderThing(party, o.ID, o.Number, []string{customer, user}, nil)
	g.private = []string{callback} // in the address of the request, which is its sender's
	return g
}

func (m *maker) installation(party order.PartyID, mode string) thing {
	number, customer, payout := fmt.Sprintf("I-%s-%s-%05d", party, mode, m.next()), fmt.Sprintf("Kunde-i-%05d",
		m.next()), fmt.Sprintf("413%05d", m.next())
	o := m.keyed(installerClient(), party, mode, func(body string) string {
		return strings.NewReplacer(installerNumber, number, "Åse Fjæreide", customer, "413700", payout).Replace(body)
	})
	return m.orderThing(party, o.ID, number, []string{customer}, []string{payout}) // what the sender pays out
}

// lease is a lease order that its customer has signed, or in the sandbox one that
// is signed at once.
func (m *maker) lease(party order.PartyID, mode string) thing {
	g := m.pendingLease(party, mode)
	if mode == auth.ModeTest {
		return g
	}
	m.accept(g)
	m.press(m.link())
	return m.orderThing(party, g.order.ID, g.order.Number, g.words[2:], nil)
}

func (m *maker) pendingLease(party order.PartyID, mode string) thing {
	n := m.next()
	number, customer := fmt.Sprintf("M-2026-%05d", n), fmt.Sprintf("Kunde-l-%05d", n)
	o := m.keyed(montlyClient(), party, mode, func(body string) string {
		return strings.NewReplacer(montlyNumber, number, `\u00c5se`, customer).Replace(body)
	})
	return m.orderThing(party, o.ID, number, []string{customer}, nil)
}

// accept has the finance company accept a lease order, whose customer is then
// written to last.
func (m *maker) accept(g thing) {
	m.t.Helper()
	m.deliver()
	_, err := m.leases.Accept(m.t.Context(), order.Actor{Name: "operator", Via: "command"}, g.order.ID)
	check(m.t, err)
}

// endpoint registers an endpoint of a party's.
func (m *maker) endpoint(party order.PartyID, named string) thing {
	m.t.Helper()
	description := fmt.Sprintf("endepunkt-%s-%05d", named, m.next())
	a := m.want(m.do(call{http.MethodPost, "/v2/webhooks", m.asParty(party),
		`{"url": "http://127.0.0.1:9/` + description + `", "description": "` + description + `"}`}), http.StatusCreated)
	id := a.header.Get("Location")[strings.LastIndex(a.header.Get("Location"), "/")+1:]
	return thing{vars: map[string]string{"endpoint": id}, words: []string{description, id}}
}

func (m *maker) endpoints() map[string]func() thing {
	void := func(id string) func() thing {
		return func() thing { return thing{vars: map[string]string{"endpoint": id}} }
	}
	return map[string]func() thing{
		"of-sender":   func() thing { return m.endpoint(sender, "sender") },
		"of-seller":   func() thing { return m.endpoint(seller, "seller") },
		"of-stranger": func() thing { return m.endpoint(stranger, "stranger") },
		"absent":      func() thing { return thing{vars: map[string]string{"endpoint": "ep_" + rand.Text()}} },
		"malformed":   void("no-endpoint"),
	}
}

// delivery is a delivery to an endpoint of a party's that was tried once, or
// stands under another endpoint's name.
func (m *maker) delivery(party, under order.PartyID, named string) thing {
	m.t.Helper()
	g := m.endpoint(party, named)
	d, err := m.db.AddTest(m.t.Context(), party, g.vars["endpoint"])
	check(m.t, err)
	check(m.t, m.db.RecordAttempt(m.t.Context(), party, d.ID, func(_ *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
		d.State, d.Finished = webhook.Delivered, m.now()
		return webhook.Attempt{At: m.now(), Status: http.StatusOK, Body: []byte("mottatt-" + named)}
	}))
	g.vars["delivery"] = d.ID
	g.words = append(g.words, d.ID, "mottatt-"+named)
	if under == party {
		return g
	}
	over := m.endpoint(under, named+"-over")
	g.vars["endpoint"], g.words = over.vars["endpoint"], []string{over.words[0], d.ID, "mottatt-" + named}
	return g
}

func (m *maker) deliveries() map[string]func() thing {
	void := func(endpoint, delivery string) thing {
		return thing{vars: map[string]string{"endpoint": endpoint, "delivery": delivery}}
	}
	absent := "msg_018f3c2e-0000-7000-8000-000000000001"
	return map[string]func() thing{
		"of-sender":   func() thing { return m.delivery(sender, sender, "levering-sender") },
		"of-stranger": func() thing { return m.delivery(stranger, stranger, "levering-stranger") },
		"crossed":     func() thing { return m.delivery(sender, stranger, "levering-krysset") },
		"lacking": func() thing { // an endpoint of the stranger's without such a delivery
			g := m.endpoint(stranger, "uten")
			g.vars["delivery"] = absent
			return g
		},
		"absent":    func() thing { return void("ep_"+rand.Text(), absent) },
		"malformed": func() thing { return void("no-endpoint", "no-delivery") },
	}
}

// cursors are places in lists.
func (m *maker) cursors() map[string]func() thing {
	of := func(party order.PartyID) func() thing {
		return func() thing {
			a := m.want(m.do(call{http.MethodGet, "/v2/orders?mode=ALL&pagesize=1", m.asParty(party), ""}), http.StatusOK)
			return thing{vars: map[string]string{"next": a.header.Get("Next")}}
		}
	}
	return map[string]func() thing{"of-sender": of(sender), "of-stranger": of(stranger), "forged": func() thing {
		return thing{vars: map[string]string{"next": strings.Repeat("A", 43)}}
	}}
}

// submissions are new orders, by whom they are bought for.
func (m *maker) submissions() map[string]func() thing {
	boughtFor := func(buyer order.PartyID) func() thing {
		return func() thing {
			n := m.next()
			return thing{vars: map[string]string{"number": fmt.Sprintf("NY-%05d", n), "buyer": string(buyer)}}
		}
	}
	return map[string]func() thing{"for-sender": boughtFor(sender), "for-buyer": boughtFor(buyer),
		"for-agent": boughtFor(agent), "for-none": boughtFor("999998")}
}

// tickets are things that are logged out.
func (m *maker) tickets() map[string]func() thing {
	return map[string]func() thing{
		"good": func() thing {
			text := fmt.Sprintf("TGT-1-%05d-orders.example.no", m.next())
			check(m.t, m.db.AddTicket(m.t.Context(), auth.Ticket{Digest: sha256.Sum256([]byte(text)), Kind: auth.KindTicket,
				Party:  bystander,
				Holder: "kari", Created: m.now(), Expires: m.now().Add(lasting)}, 1000))
			return thing{vars: map[string]string{"ticket": text}}
		},
		"absent": func() thing { return thing{vars: map[string]string{"ticket": "TGT-1-00000-orders.example.no"}} },
	}
}

// logins are pairs of a user's name and a password.
func (m *maker) logins() map[string]func() thing {
	pair := func(user, password string) func() thing {
		return func() thing { return thing{vars: map[string]string{"user": user, "password": password}} }
	}
	m.secret("users", func() string {
		hash := auth.LeastCost().Hash(password)
		for _, name := range []string{"kari", "sperret"} {
			check(m.t, m.db.AddUser(m.t.Context(), auth.User{Name: name, Party: bystander, Password: hash, Created: m.now()}))
		}
		_, err := m.db.DisableUser(m.t.Context(), "sperret", m.now())
		check(m.t, err)
		return "made"
	})
	return map[string]func() thing{"right": pair("kari", password), "wrong": pair("kari", "feil"), "unknown": pair("ola",
		password),
		"disabled": pair("sperret", password), "disabled-wrong": pair("sperret", "feil")}
}

// grants are pairs of a client's id and a secret.
func (m *maker) grants() map[string]func() thing {
	ctx := m.t.Context()
	client := func() (id, secret string) {
		c, secret := auth.NewClient(bystander, m.now())
		check(m.t, m.db.AddClient(ctx, c))
		return c.ID, secret
	}
	pair := func(id, secret, audience string) thing {
		return thing{vars: map[string]string{"client": id, "secret": secret, "audience": audience}}
	}
	return map[string]func() thing{
		"right":   func() thing { id, secret := client(); return pair(id, secret, "https://orders.example.no/orders/") },
		"wrong":   func() thing { id, _ := client(); return pair(id, "feil", "") },
		"unknown": func() thing { _, secret := client(); return pair("bkc_0000000000000000", secret, "") },
		"revoked": func() thing {
			id, secret := client()
			_, err := m.db.RevokeClient(ctx, id, m.now())
			check(m.t, err)
			return pair(id, secret, "")
		},
		"rotated": func() thing { // its former secret is still accepted
			id, secret := client()
			_, digest := auth.NewClientSecret()
			_, err := m.db.RotateClient(ctx, id, digest, m.now().Add(lasting))
			check(m.t, err)
			return pair(id, secret, "orders")
		},
		"rotated-out": func() thing {
			id, secret := client()
			_, digest := auth.NewClientSecret()
			_, err := m.db.RotateClient(ctx, id, digest, m.now().Add(time.Second))
			check(m.t, err)
			m.at.Add(2 * time.Second.Microseconds())
			return pair(id, secret, "")
		},
		"rotated-wrong": func() thing {
			id, _ := client()
			_, digest := auth.NewClientSecret()
			_, err := m.db.RotateClient(ctx, id, digest, m.now().Add(lasting))
			check(m.t, err)
			return pair(id, "feil", "")
		},
		"other-audience": func() thing {
			id, secret := client()
			return pair(id, secret,
				"https://stats.example.no/reports/")
		},
	}
}
