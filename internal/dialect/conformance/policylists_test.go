package conformance

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/dialect/hark"
	"github.com/bookgate/bookgate/order"
)

// known is what the model knows of an order.
type known struct {
	sender, buyer, seller order.PartyID
	routed, test          bool
	source, subject       string
	passedOn              bool
	updated               time.Time
	first                 map[order.PartyID]int64 // the change number with which it came to a party
}

// side is where a party stands, by the rules of the exchange in other words than
// the exchange has them.
func (o *known) side(p order.PartyID) (sends, receives bool) {
	return p == o.sender || p == o.buyer, p == o.seller && o.routed && !o.test
}

func (o *known) shownIn(mode order.Mode, p order.PartyID) bool {
	sends, receives := o.side(p)
	return sends && mode != order.SentToMe || receives && mode != order.SentByMe
}

// model is an exchange of a few parties, and what is known of its orders.
type model struct {
	*maker
	random *rand.Rand
	orders map[order.ID]*known
	names  []order.PartyID
	ids    []order.ID
	asked  int
	wrong  bool
}

func newModel(t *testing.T, seed uint64) *model {
	t.Helper()
	c := newCells(t)
	return &model{maker: c.maker, random: rand.New(rand.NewPCG(seed, 1)), orders: map[order.ID]*known{},
		names: slices.Sorted(maps.Values(parties()))}
}

func (m *model) party() order.PartyID { return m.names[m.random.IntN(len(m.names))] }

// submit adds an order of any kind.
func (m *model) submit() {
	o := &known{sender: m.party(), seller: m.party(), first: map[order.PartyID]int64{}}
	o.buyer = o.sender
	if o.sender == agent && m.random.IntN(2) == 0 {
		o.buyer = buyer
	}
	held := m.random.IntN(4) == 0
	o.test, o.routed = m.random.IntN(5) == 0, !held
	n := m.next()
	in := order.Order{Number: fmt.Sprintf("L-%05d", n/2), OnHold: held, Buyer: o.buyer,
		Header: order.Header{Purpose: order.Original, ShipTo: &order.TradeParty{Names: []string{"Kunde"}}},
		Lines: []order.Line{{Number: 1, Quantity: 3, Products: []order.Identifier{{Type: "Proprietary", Value: "HAN_LTEM"}},
			Detail: order.LineDetail{Title: "Leser"}}}}
	if o.test {
		in.Header.Purpose = order.Test
	}
	in.Header.Buyer = order.TradeParty{ID: order.Identifier{Type: order.DefaultScheme, Value: string(o.buyer)}}
	in.Header.Seller = &order.TradeParty{ID: order.Identifier{Type: order.DefaultScheme, Value: string(o.seller)}}
	if m.random.IntN(2) == 0 {
		o.source, o.subject = order.SourceOf(hark.Source, o.test), fmt.Sprint("kunde-", n%3)
		in.Source, in.CustomerRef = o.source, o.subject
	}
	if in.Buyer != o.sender {
		in.Buyer = ""
	}
	receipt, err := m.exchange.Submit(m.t.Context(), order.Actor{Party: o.sender, Name: "bruker", Via: "ticket"}, in,
		order.NewDocument("application/xml", []byte("<Order/>")))
	if receipt.Repeated { // its sender has used the number
		return
	}
	check(m.t, err)
	m.orders[receipt.ID], m.ids = o, append(m.ids, receipt.ID)
	o.routed = false
	m.note(receipt.ID)
	m.at.Add(time.Millisecond.Microseconds()) // it is routed once the time of its coming is past
	check(m.t, m.exchange.ProcessPending(m.t.Context()))
	o.routed = !held
	m.note(receipt.ID)
}

// note reads back when an order was changed, and where it is in the feeds.
func (m *model) note(id order.ID) {
	o := m.orders[id]
	stored, err := m.exchange.Order(m.t.Context(), o.sender, id)
	check(m.t, err)
	o.updated = stored.Updated
	for _, p := range m.names {
		if sends, receives := o.side(p); (sends || receives) && o.first[p] == 0 {
			head, err := m.exchange.Head(m.t.Context(), p)
			check(m.t, err)
			o.first[p] = head
		}
	}
}

// change has a party do something to an order, which the rules may refuse, or
// passes it on to another seller.
func (m *model) change() {
	if len(m.ids) == 0 {
		return
	}
	id, by := m.ids[m.random.IntN(len(m.ids))], order.Actor{Party: m.party(), Name: "bruker", Via: "ticket"}
	o := m.orders[id]
	sends, receives := o.side(by.Party)
	var err error
	may := false
	switch m.random.IntN(3) {
	case 0:
		_, err = m.exchange.Mark(m.t.Context(), by, id, order.AnyRevision, order.LineUpdate{Line: 1, Status: order.Received,
			Answer: order.Answer{Comment: fmt.Sprint(m.next())}})
		may = receives
	case 1:
		_, err = m.exchange.Reduce(m.t.Context(), by, id, order.AnyRevision, order.Reduction{EAN: "HAN_LTEM", Number: 1})
		may = sends
	default:
		if !o.routed || o.source != "" || m.random.IntN(4) != 0 {
			return
		}
		o.seller, o.passedOn = m.party(), true
		_, err = m.db.Update(m.t.Context(), id, func(stored *order.Order) ([]order.Event, error) {
			stored.Seller = o.seller
			return []order.Event{{Kind: order.EventProcessed, From: order.Sent, To: order.Sent, Via: "system"}}, nil
		})
		may = true
		check(m.t, err)
	}
	switch {
	case err == nil && !may:
		m.fail("%s changed the order %s", by.Party, id)
	case !sends && !receives && err != nil && order.KindOf(err) != order.NotFound:
		m.fail("%s is known of the order %s: %v", by.Party, id, err)
	}
	m.note(id)
}

func (m *model) fail(format string, args ...any) {
	m.t.Helper()
	m.wrong = true
	m.t.Errorf(format, args...)
}

// same wants the ids that the model expects, of which some may be unsure.
func (m *model) same(what string, got []order.ID, want, sure func(*known) bool) {
	m.t.Helper()
	m.asked++
	seen := map[order.ID]bool{}
	for _, id := range got {
		if o := m.orders[id]; o == nil || seen[id] || !want(o) && sure(o) {
			m.fail("%s has a row of %s: known %v, twice %v", what, id, o != nil, seen[id])
			return
		}
		seen[id] = true
	}
	for id, o := range m.orders {
		if want(o) && sure(o) && !seen[id] {
			m.fail("%s lacks %s: %+v", what, id, *o)
			return
		}
	}
}

// list reads a whole list, page by page, from the beginning or a time, as it is or
// as it stood at a change number.
func (m *model) list() {
	q := order.Query{Party: m.party(), Mode: []order.Mode{order.All, order.SentByMe, order.SentToMe}[m.random.IntN(3)],
		Limit: 1 + m.random.IntN(9)}
	head, err := m.exchange.Head(m.t.Context(), q.Party)
	check(m.t, err)
	if m.random.IntN(3) == 0 && len(m.ids) > 0 {
		q.Since = m.orders[m.ids[m.random.IntN(len(m.ids))]].updated
	}
	if m.random.IntN(3) == 0 && head > 0 && q.Since.IsZero() {
		q.Through = 1 + m.random.Int64N(head)
	}
	var got []order.ID
	for more := true; more; {
		page, err := m.exchange.List(m.t.Context(), q)
		check(m.t, err)
		for _, it := range page.Items {
			got = append(got, it.ID)
			if o := m.orders[it.ID]; o == nil || !o.shownIn(q.Mode, q.Party) {
				m.fail("the list %+v shows %s", q, it.ID)
				return
			}
		}
		q.After, more = page.Next, page.More
	}
	m.same(fmt.Sprintf("the list %+v", q), got,
		func(o *known) bool {
			return o.shownIn(q.Mode, q.Party) && !o.updated.Before(q.Since) && (q.Through == 0 || o.first[q.Party] <= q.Through)
		},
		func(o *known) bool { // of one that was elsewhere then, the model does not know where
			return q.Through == 0 || !o.passedOn && o.seller != o.sender && o.seller != o.buyer
		})
}

// feed reads a feed from any place.
func (m *model) feed() {
	q := order.FeedQuery{Party: m.party(), Limit: 1000}
	head, err := m.exchange.Head(m.t.Context(), q.Party)
	check(m.t, err)
	q.After = m.random.Int64N(head + 1)
	page, err := m.exchange.Feed(m.t.Context(), q, 0)
	check(m.t, err)
	m.asked++
	for _, c := range page.Changes {
		o := m.orders[c.Order]
		if c.Order == "" && c.Kind == order.EventHidden {
			continue
		}
		if o == nil || !o.shownIn(order.All, q.Party) {
			m.fail("the feed of %s shows %s", q.Party, c.Order)
			return
		}
	}
	if want := min(head-q.After, int64(q.Limit)); int64(len(page.Changes)) != want {
		m.fail("the feed of %s behind %d has %d changes, want %d", q.Party, q.After, len(page.Changes), want)
	}
}

// find asks as a dialect does.
func (m *model) find() {
	sources := []string{"", hark.Source, order.SourceOf(hark.Source, true)}
	q := order.FindQuery{Sender: m.party(), Source: sources[m.random.IntN(3)], Limit: order.MaxPage,
		Oldest: m.random.IntN(2) == 0}
	switch m.random.IntN(4) {
	case 0:
		q.CustomerRef = fmt.Sprint("kunde-", m.random.IntN(3))
	case 1:
		q.Text = "leser"
	case 2:
		q.Number = fmt.Sprintf("L-%05d", m.random.IntN(max(m.made, 1)))
	}
	found, count, err := m.exchange.Find(m.t.Context(), q)
	check(m.t, err)
	var got []order.ID
	for _, o := range found {
		got = append(got, o.ID)
		if q.Number != "" && o.Number != q.Number {
			m.fail("%+v finds %s", q, o.Number)
		}
	}
	if q.Number == "" && count != int64(len(found)) {
		m.fail("%+v counts %d of %d", q, count, len(found))
	}
	m.same(fmt.Sprintf("%+v", q), got,
		func(o *known) bool {
			return o.sender == q.Sender && o.source == q.Source && (q.CustomerRef == "" || o.subject == q.CustomerRef)
		},
		func(o *known) bool { return q.Number == "" || o.sender != q.Sender || o.source != q.Source })
}

// see has a party look at an order by its id.
func (m *model) see() {
	if len(m.ids) == 0 {
		return
	}
	id, p := m.ids[m.random.IntN(len(m.ids))], m.party()
	m.asked++
	_, err := m.exchange.Order(m.t.Context(), p, id)
	_, herr := m.exchange.History(m.t.Context(), p, id)
	if sees := m.orders[id].shownIn(order.All, p); sees != (err == nil) || sees != (herr == nil) {
		m.fail("%s sees the order %s: %v, %v, want %v", p, id, err, herr, sees)
	}
}

// sequence is some random steps.
func (m *model) sequence() {
	m.at.Add(time.Second.Microseconds())
	for range 1 + m.random.IntN(6) {
		switch m.random.IntN(10) {
		case 0:
			m.submit()
		case 1, 2:
			m.change()
		case 3, 4, 5:
			m.list()
		case 6, 7:
			m.feed()
		case 8:
			m.find()
		default:
			m.see()
		}
	}
}

// tryLists runs random sequences against the model, a new exchange for every few
// hundred.
func tryLists(t *testing.T, sequences int, seed uint64) (asked int) {
	const ofOne = 400
	for done := 0; done < sequences && !t.Failed(); done += ofOne {
		t.Run(fmt.Sprint(seed+uint64(done)), func(t *testing.T) {
			m := newModel(t, seed+uint64(done))
			for i := 0; i < min(ofOne, sequences-done) && !m.wrong; i++ {
				m.sequence()
			}
			asked += m.asked
		})
	}
	return asked
}

// TestListsOfOneParty asks for lists, feeds and orders at random, as random
// parties do random things: no row of anybody else is shown, and none of one's own
// is lacking.
func TestListsOfOneParty(t *testing.T) {
	if !wanted(*only, "lists") {
		t.Skip("not asked for")
	}
	asked := tryLists(t, quickLists, 1)
	t.Logf("%d answers, 0 foreign rows (below %.5f of them at 95 %%)", asked, 3/float64(max(asked, 1)))
}
