package simulation

import (
	"fmt"
	"slices"

	"github.com/bookgate/bookgate/order"
)

// newID makes an id of the seed's, so that orders with one time come in one order.
func (w *world) newID() order.ID {
	b := make([]byte, 16)
	for i := range b {
		b[i] = byte(w.rng.Uint32())
	}
	b[6], b[8] = b[6]&0x0f|0x70, b[8]&0x3f|0x80
	return order.ID(fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]))
}

// write makes a new order.
func (w *world) write(p *party) *sent {
	p.numbers++
	s := &sent{name: fmt.Sprintf("%s/%d", p.id, p.numbers)}
	buyer := p.id
	if p.id == agent {
		buyer = one(w, []order.PartyID{agent, school})
	}
	s.order = order.Order{
		ID: w.newID(), Source: "boknett", Number: fmt.Sprint("N-", p.numbers),
		Header: order.Header{IssuedAt: "20260302T0900", Purpose: order.Original, Currency: "NOK",
			Buyer: order.TradeParty{ID: order.Identifier{Type: order.DefaultScheme, Value: string(buyer)}}},
	}
	if s.test = w.chance(5); s.test {
		s.order.Header.Purpose = order.Test
	}
	for n := range 1 + w.rng.IntN(3) {
		s.order.Lines = append(s.order.Lines, order.Line{Number: n + 1, Quantity: int64(1 + w.rng.IntN(5)),
			Products: []order.Identifier{{Type: "EAN13", Value: one(w, []string{routedToPublisher, routedToPublisher,
				routedToWholesale, notRouted})}}})
	}
	s.seller = w.address(p.id, &s.order)
	w.book.orders = append(w.book.orders, s)
	return s
}

// address names a receiver, or leaves it to the routes, and returns who it is: ""
// where the order must fail.
func (w *world) address(sender order.PartyID, o *order.Order) order.PartyID {
	if w.chance(60) {
		seller := one(w, []order.PartyID{publisher, publisher, wholesale, unconnected})
		o.Header.Seller = &order.TradeParty{ID: order.Identifier{Type: order.DefaultScheme, Value: string(seller)}}
		if seller == unconnected {
			return ""
		}
		return seller
	}
	to := map[string]order.PartyID{routedToPublisher: publisher, routedToWholesale: wholesale}[o.Lines[0].EAN()]
	for i := range o.Lines {
		if o.Lines[i].EAN() != o.Lines[0].EAN() {
			to = ""
		}
	}
	if to == "" && sender == school {
		return wholesale // by default
	}
	return to
}

// document is what an order came in.
func (s *sent) document() order.Document {
	return order.NewDocument("application/xml", []byte("<Order>"+s.name+"</Order>"))
}

// submit sends an order, for the first time or again.
func (w *world) submit(p *party, s *sent) {
	m := w.machine()
	if !w.login(m, p) {
		return
	}
	o := s.order
	o.Lines = slices.Clone(o.Lines)
	var receipt order.Receipt
	again, known := s.acked, s.ids
	r := m.do("submit "+s.name, true, func() (err error) {
		receipt, err = m.exchange.Submit(w.ctx, actor(p.id), o, s.document())
		return err
	})
	switch {
	case r.failed:
		return
	case order.CodeOf(r.err) == "order-retired":
		w.wantGone(s)
		return
	case r.err != nil:
		w.breach("order %s is refused: %v", s.name, r.err)
	case again && (receipt.ID != known || !receipt.Repeated):
		w.breach("order %s was acknowledged, and is taken in again", s.name)
	}
	w.book.receipt(s, receipt)
}

// contradict sends another order under a number that is taken.
func (w *world) contradict(p *party, s *sent) {
	m := w.machine()
	o := s.order
	o.ID, o.Lines = w.newID(), slices.Clone(o.Lines)
	o.Lines[0].Quantity += 100
	r := m.do("submit "+s.name+" with other content", true, func() error {
		_, err := m.exchange.Submit(w.ctx, actor(p.id), o, order.NewDocument("application/xml", []byte("<Other/>")))
		return err
	})
	if r.err == nil || !r.failed && order.KindOf(r.err) != order.Conflict {
		w.breach("number %s is taken, and another order under it is answered with %v", s.name, r.err)
	}
}

// takeBack reduces or cancels an order of the sender's.
func (w *world) takeBack(p *party, s *sent) {
	m := w.machine()
	if !w.login(m, p) {
		return
	}
	cancel, line := w.chance(40), one(w, s.order.Lines)
	var o order.Order
	r := m.do(map[bool]string{true: "cancel ", false: "reduce "}[cancel]+s.name, true, func() (err error) {
		if cancel {
			o, err = m.exchange.Cancel(w.ctx, actor(p.id), s.ids, order.AnyRevision, order.Cancellation{})
		} else {
			o, err = m.exchange.Reduce(w.ctx, actor(p.id), s.ids, order.AnyRevision, order.Reduction{EAN: line.EAN(), Number: 1})
		}
		return err
	})
	w.changed(s, r, &o, order.Forbidden)
}

// answer marks a line on behalf of its receiver.
func (w *world) answer(p *party, s *sent) {
	m := w.machine()
	if !w.login(m, p) {
		return
	}
	mark := order.LineUpdate{Line: 1 + w.rng.IntN(len(s.order.Lines)+1), Status: one(w, order.Answers())}
	var o order.Order
	r := m.do(fmt.Sprintf("%s marks line %d of %s %s", p.id, mark.Line, s.name, mark.Status), true, func() (err error) {
		o, err = m.exchange.Mark(w.ctx, actor(p.id), s.ids, order.AnyRevision, mark)
		return err
	})
	w.changed(s, r, &o, order.NotFound, order.Conflict, order.Forbidden)
}

// finish answers all lines of an order for good.
func (w *world) finish(p *party, s *sent) {
	m := w.machine()
	var o order.Order
	for n := range s.order.Lines {
		r := m.do(fmt.Sprintf("%s delivers line %d of %s", p.id, n+1, s.name), true, func() (err error) {
			o, err = m.exchange.Mark(w.ctx, actor(p.id), s.ids, order.AnyRevision, order.LineUpdate{Line: n + 1,
				Status: order.Fulfilled})
			return err
		})
		if w.changed(s, r, &o, order.NotFound, order.Conflict, order.Forbidden); !r.ok() {
			return
		}
		m = w.machine()
	}
}

// changed holds the answer to a change against what may be.
func (w *world) changed(s *sent, r result, o *order.Order, refusals ...order.Kind) {
	switch kind := order.KindOf(r.err); {
	case r.failed:
		s.unsure = s.unsure || r.maybe
	case r.err == nil:
		w.book.seen(s, o)
	case kind == order.Gone:
		w.wantGone(s)
	case !slices.Contains(refusals, kind):
		w.breach("a change of %s is refused: %v", s.name, r.err)
	}
}
