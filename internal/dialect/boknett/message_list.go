package boknett

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

// listMessage answers GET /orders/message: a page of the list as one EDItXMessage,
// by the list's own rules for parameters, cursor and ETag. An empty page is
// 204 with the cursor.
func (f *surface) listMessage(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	q, err := f.readQuery(r, by.Party, "")
	if err != nil {
		return err
	}
	q.below = messagePath
	if q.size == 0 {
		q.size = defaultPage
	}
	head, err := f.head(r.Context(), &q)
	if err != nil || f.listNotModified(w, r, q, head) {
		return err
	}
	p, err := f.page(r.Context(), q, head)
	if err != nil {
		return err
	}
	orders, err := f.whatFits(r.Context(), by.Party, &p)
	if err != nil || f.describe(w, r, q, head, p) {
		return err
	}
	if len(orders) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return f.sendMessage(w, r, q, p, orders)
}

// whatFits reads the orders of a page. Where they would make the message larger
// than what can be taken in again the page ends, and its cursor with it; a
// single order is never too large to go alone.
func (f *surface) whatFits(ctx context.Context, party order.PartyID, p *order.Page) (orders []*order.Order, err error) {
	var size editx.Extent
	for i, it := range p.Items {
		o, err := f.exchange.Order(ctx, party, it.ID)
		if err != nil {
			return nil, err
		}
		extent, err := editx.Measure(&o)
		if err != nil {
			return nil, errStored(o.ID, err)
		}
		if size = size.Plus(extent); i > 0 && !size.Fits() {
			p.Items, p.Next, p.More = p.Items[:i], p.Items[i-1].Change, true
			return orders, nil
		}
		orders = append(orders, &o)
	}
	return orders, nil
}

func (f *surface) sendMessage(w http.ResponseWriter, r *http.Request, q listQuery, p order.Page,
	orders []*order.Order) error {
	party, err := f.exchange.Party(r.Context(), q.party)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := editx.EncodeMessage(&body, f.messageHeader(party, q.mode, p), orders); err != nil {
		return errStored(orders[0].ID, err)
	}
	send(w, editx.MediaType, body.Bytes())
	return nil
}

// messageHeader names a page as a message. Everything in it follows from the
// page, so that the same page is the same bytes.
func (f *surface) messageHeader(to order.Party, mode order.Mode, p order.Page) editx.MessageHeader {
	first, last := p.Items[0], p.Items[len(p.Items)-1]
	purpose := order.Duplicate // the party has its own orders already
	if mode == order.SentToMe {
		purpose = order.Original
	}
	return editx.MessageHeader{
		InterchangeReference: fmt.Sprintf("%s-%s-%d-%d", to.ID, mode, first.Change, last.Change),
		MessageNumber:        last.Change, DocumentType: "Order", NumberOfDocuments: int64(len(p.Items)),
		Sender: f.itself(), Receiver: order.TradeParty{ID: to.Identifiers()[0], Names: []string{to.Name}},
		Purpose: purpose, SentAt: order.DateAt(newest(p.Items)),
	}
}

// itself is the exchange as the sender of a message. It is not a party and has no
// number in the trade, so its address stands for it.
func (f *surface) itself() order.TradeParty {
	return order.TradeParty{ID: order.Identifier{Type: "Proprietary", Value: f.public}, Names: []string{"bookgate"},
		Communication: []order.Communication{{Type: "URL", Locator: f.public}}}
}

// newest is the time of a page's last change.
func newest(items []order.Item) (at time.Time) {
	for _, it := range items {
		if it.Updated.After(at) {
			at = it.Updated
		}
	}
	return at
}
