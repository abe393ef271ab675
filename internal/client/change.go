package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// markBody is an answer to a line as the API takes it.
type markBody struct {
	Status    string     `json:"status"`
	Comment   string     `json:"comment,omitempty"`
	ValidFrom order.Day  `json:"valid_from,omitempty"`
	ValidTo   order.Day  `json:"valid_to,omitempty"`
	Price     *markPrice `json:"price,omitempty"`
}

// markPrice writes decimals as JSON numbers with the digits that were given.
type markPrice struct {
	Amount json.Number `json:"amount"`
	Tax    json.Number `json:"tax"`
}

// Mark sets the receiver's answer to a line. The same answer again changes
// nothing, so trying again is safe. etag, when not empty, is the revision that
// the answer is meant for.
func (c *Client) Mark(ctx context.Context, id order.ID, etag string, m order.Mark) error {
	b := markBody{Status: hal.StatusWord(m.Status), Comment: m.Answer.Comment, ValidFrom: m.Answer.ValidFrom, ValidTo: m.Answer.ValidTo}
	if p := m.Answer.Price; p != nil {
		b.Price = &markPrice{Amount: json.Number(p.Amount.String()), Tax: json.Number(p.Tax.String())}
	}
	_, err := c.post(ctx, fmt.Sprintf("/v2/orders/%s/lines/%d", id, m.Line), etag, b)
	return err
}

type reduceBody struct {
	EAN    string `json:"ean"`
	Number int64  `json:"number"`
}

// reduceRounds bounds how often a reduction is made anew because somebody else
// changed the order in between.
const reduceRounds = 3

// Reduce takes copies back and gives the line that was added. The request is
// bound to the revision that is read first: so a lost answer and another try
// never take copies back twice.
func (c *Client) Reduce(ctx context.Context, id order.ID, r order.Reduction) (hal.Line, error) {
	for round := 1; ; round++ {
		line, err := c.reduceOnce(ctx, id, r)
		if order.KindOf(err) != order.Stale || round == reduceRounds {
			return line, err
		}
	}
}

// reduceOnce makes the reduction for the revision of now. That the order is
// said to have changed may come from our own first try, whose answer was lost.
func (c *Client) reduceOnce(ctx context.Context, id order.ID, r order.Reduction) (hal.Line, error) {
	before, etag, err := c.Order(ctx, id)
	if err != nil {
		return hal.Line{}, err
	}
	etag = strings.TrimPrefix(etag, "W/") // a proxy that compresses weakens it, and the revision is the same
	a, err := c.post(ctx, "/v2/orders/"+string(id)+"/update", etag, reduceBody{EAN: r.EAN, Number: -r.Number})
	mayBeOurs := order.KindOf(err) == order.Stale && a.tries > 1
	if err != nil && !mayBeOurs {
		return hal.Line{}, err
	}
	after, _, again := c.Order(ctx, id)
	if again != nil {
		return hal.Line{}, again
	}
	line, ok := added(before, after, r.Number)
	if !ok && err == nil {
		err = order.Errorf(order.Unavailable, "not-bookgate", "%s took the reduction, and order %s shows no new line.", c.base, id).
			WithHint("See: bookgate order %s --history", id)
	}
	if !ok {
		return hal.Line{}, err
	}
	return line, nil
}

// added finds the line by which after differs from before: the first new one
// that takes back number copies.
func added(before, after hal.Order, number int64) (hal.Line, bool) {
	last := 0
	for _, l := range before.Embedded.Lines {
		last = max(last, l.Number)
	}
	for _, l := range after.Embedded.Lines {
		if l.Number > last && l.Adjustment && l.Quantity == -number {
			return l, true
		}
	}
	return hal.Line{}, false
}

// post sends a JSON body and gives the answer also beside an error, for the
// number of its tries.
func (c *Client) post(ctx context.Context, path, etag string, body any) (answer, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return answer{}, fmt.Errorf("write the body of %s: %w", path, err)
	}
	return c.call(ctx, request{method: http.MethodPost, path: path, kind: "application/json", body: b, match: etag})
}
