package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/order"
)

// markBody is an answer to a line as the API takes it.
type markBody struct {
	Status    string     `json:"status"`
	Comment   string     `json:"comment,omitempty"`
	ValidFrom order.Day  `json:"valid_from,omitempty"`
	ValidTo   order.Day  `json:"valid_to,omitempty"`
	Price     *markPrice `json:"price,omitempty"`

	Code       order.LineCode     `json:"code,omitempty"`
	Expected   order.Day          `json:"expectedDate,omitempty"`
	Quantities *order.Quantities  `json:"quantities,omitempty"`
	Substitute []order.Identifier `json:"substitute,omitempty"`

	Attributes order.Attributes `json:"attributes,omitempty"`
}

// markPrice writes decimals as JSON numbers with the digits that were given.
type markPrice struct {
	Amount json.Number `json:"amount"`
	Tax    json.Number `json:"tax"`
}

// Mark sets the receiver's answer to a line. The same answer again changes
// nothing, so trying again is safe. etag, when not empty, is the revision that
// the answer is meant for.
func (c *Client) Mark(ctx context.Context, id order.ID, etag string, m order.LineUpdate) error {
	a := m.Answer
	b := markBody{Status: hal.StatusWord(m.Status), Comment: a.Comment, ValidFrom: a.ValidFrom, ValidTo: a.ValidTo,
		Code: a.Code, Expected: a.Expected, Quantities: a.Quantities, Substitute: a.Substitute, Attributes: m.Attributes}
	if p := a.Price; p != nil {
		b.Price = &markPrice{Amount: json.Number(p.Amount.String()), Tax: json.Number(p.Tax.String())}
	}
	_, err := c.post(ctx, fmt.Sprintf("/v2/orders/%s/lines/%d", id, m.Line), etag, b)
	return err
}

type reduceBody struct {
	EAN    string `json:"ean"`
	Number int64  `json:"number"`
}

// Reduce takes copies back and returns the line that was added.
func (c *Client) Reduce(ctx context.Context, id order.ID, r order.Reduction) (hal.Line, error) {
	lines, err := c.takeBack(ctx, id, func(etag string) (answer, error) {
		return c.post(ctx, "/v2/orders/"+string(id)+"/update", etag, reduceBody{EAN: r.EAN, Number: -r.Number})
	}, func(added []hal.Line) []hal.Line {
		at := slices.IndexFunc(added, func(l hal.Line) bool { return l.Quantity == -r.Number })
		if at < 0 {
			return nil
		}
		return added[at : at+1]
	})
	if err != nil {
		return hal.Line{}, err
	}
	return lines[0], nil
}

// Cancel withdraws what an OrderCancelation names, or with an empty body all
// that is still open, and returns the lines that were added for it, with what was
// found in the document.
func (c *Client) Cancel(ctx context.Context, id order.ID, body []byte) ([]hal.Line, []hal.Finding, error) {
	var doc struct {
		Findings []hal.Finding `json:"findings"`
	}
	lines, err := c.takeBack(ctx, id, func(etag string) (answer, error) {
		a, err := c.call(ctx, request{method: http.MethodPost, path: "/v2/orders/" + string(id) + "/cancellation",
			kind: "application/xml", body: append([]byte{}, body...), match: etag})
		if err == nil && len(a.body) > 0 && json.Unmarshal(a.body, &doc) != nil {
			err = c.unreadable(a)
		}
		return a, err
	}, func(added []hal.Line) []hal.Line { return added })
	return lines, doc.Findings, err
}

// post sends a JSON body and returns the answer also beside an error, for the
// number of its tries.
func (c *Client) post(ctx context.Context, path, etag string, body any) (answer, error) {
	b, err := jsontext.Marshal(body)
	if err != nil {
		return answer{}, fmt.Errorf("write the body of %s: %w", path, err)
	}
	return c.call(ctx, request{method: http.MethodPost, path: path, kind: "application/json", body: b, match: etag})
}

// takeBackRounds bounds how often copies are taken back anew because another client
// else changed the order in between.
const takeBackRounds = 3

// takeBack takes copies back and returns the lines that were added for it, as
// ours finds them among all that are new. The request is bound to the revision
// that is read first: so a lost answer and another try never take copies back
// twice.
func (c *Client) takeBack(ctx context.Context, id order.ID, send func(etag string) (answer, error),
	ours func(added []hal.Line) []hal.Line) ([]hal.Line, error) {
	for round := 1; ; round++ {
		lines, err := c.takeBackOnce(ctx, id, send, ours)
		if order.KindOf(err) != order.Stale || round == takeBackRounds {
			return lines, err
		}
	}
}

// takeBackOnce does so for the revision of now. That the order is said to have
// changed may come from our own first try, whose answer was lost.
func (c *Client) takeBackOnce(ctx context.Context, id order.ID, send func(etag string) (answer, error),
	ours func(added []hal.Line) []hal.Line) ([]hal.Line, error) {
	before, etag, err := c.Order(ctx, id)
	if err != nil {
		return nil, err
	}
	etag = strings.TrimPrefix(etag, "W/") // a proxy that compresses weakens it, and the revision is the same
	a, err := send(etag)
	mayBeOurs := order.KindOf(err) == order.Stale && a.tries > 1
	if err != nil && !mayBeOurs {
		return nil, err
	}
	after, _, again := c.Order(ctx, id)
	if again != nil {
		return nil, again
	}
	lines := ours(added(before, after))
	if len(lines) > 0 {
		return lines, nil
	}
	if err == nil {
		err = order.Errorf(order.Unavailable, "not-bookgate", "%s took the reduction, and order %s shows no new line.", c.base, id).
			WithHint("See: bookgate order %s --history", id)
	}
	return nil, err
}

// added lists the lines that take copies back and by which after differs from
// before.
func added(before, after hal.Order) (lines []hal.Line) {
	last := 0
	for _, l := range before.Embedded.Lines {
		last = max(last, l.Number)
	}
	for _, l := range after.Embedded.Lines {
		if l.Number > last && l.Adjustment {
			lines = append(lines, l)
		}
	}
	return lines
}

// Respond sends the receiver's answer to many lines as an OrderResponse and
// returns the lines that are still without an answer, with what was found in the
// document. The same answer again changes nothing, so trying again is safe.
func (c *Client) Respond(ctx context.Context, id order.ID, etag string,
	body []byte) (missing []int, findings []hal.Finding, err error) {
	a, err := c.call(ctx, request{method: http.MethodPost, path: "/v2/orders/" + string(id) + "/response",
		kind: "application/xml", body: body, match: etag})
	if err != nil {
		return nil, nil, err
	}
	var doc struct {
		Missing  []int         `json:"missing"`
		Findings []hal.Finding `json:"findings"`
	}
	if json.Unmarshal(a.body, &doc) != nil || doc.Missing == nil {
		return nil, nil, c.unreadable(a)
	}
	return doc.Missing, doc.Findings, nil
}
