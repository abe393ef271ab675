package hal

import (
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/bookgate/bookgate/order"
)

// FeedPath is where the feed is, on every surface.
const FeedPath = "/v2/feed"

// Feed is a page of the changes that a party could see, oldest first. A reader
// that has every number up to Head has everything.
type Feed struct {
	Links        FeedLinks `json:"_links"`
	Head         int64     `json:"head"`
	Acknowledged int64     `json:"acknowledged"`
	Epoch        string    `json:"epoch"` // that the numbers are of; a store restored from a backup begins a new one
	Changes      []Change  `json:"changes"`
}

// FeedLinks are the links of a page. Next goes on behind it, also when there is
// nothing more now.
type FeedLinks struct {
	Self Link `json:"self"`
	Next Link `json:"next"`
	Ack  Link `json:"ack"`
}

// Change is one change. Of an order that the party sees no longer there is
// nothing but number, kind and time.
type Change struct {
	Number      int64           `json:"number"`
	Kind        order.EventKind `json:"kind"`
	Time        Time            `json:"time"`
	Side        string          `json:"side,omitempty"` // sender, receiver or both
	OrderID     order.ID        `json:"orderId,omitempty"`
	OrderNumber string          `json:"orderNumber,omitempty"`
	Line        int             `json:"line,omitempty"`
	From        string          `json:"from,omitempty"`
	To          string          `json:"to,omitempty"`
	Links       ChangeLinks     `json:"_links,omitzero"`
}

// ChangeLinks are the links of a change.
type ChangeLinks struct {
	Order Link `json:"order,omitzero"`
}

// Acknowledged tells how far a party has acknowledged its feed.
type Acknowledged struct {
	Links        AcknowledgedLinks `json:"_links"`
	Head         int64             `json:"head"`
	Acknowledged int64             `json:"acknowledged"`
	Epoch        string            `json:"epoch"`
}

// AcknowledgedLinks are the links of an acknowledgement; Feed goes on behind
// it.
type AcknowledgedLinks struct {
	Feed Link `json:"feed"`
}

// AppendFeed appends a page of a feed. self and next are the query strings,
// with their question mark, of this page and of the one behind it, epoch the
// epoch of the numbers.
func AppendFeed(dst []byte, page *order.FeedPage, epoch, self, next string, s Surface) []byte {
	feed := s.Base + FeedPath
	dst = appendLink(append(dst, `{"_links":{`...), "self", feed+self)
	dst = appendLink(append(dst, ','), "next", feed+next)
	dst = appendLink(append(dst, ','), "ack", feed+"/ack")
	dst = append(appendHeads(append(dst, `},`...), page.Head, page.Acknowledged), ',')
	dst = append(appendMember(dst, "epoch", epoch), `,"changes":[`...)
	for i := range page.Changes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendChange(dst, &page.Changes[i], s)
	}
	return append(dst, `]}`...)
}

// AppendAcknowledged appends the answer to an acknowledgement; epoch is that of
// the numbers.
func AppendAcknowledged(dst []byte, head, acknowledged int64, epoch string, s Surface) []byte {
	behind := FeedPath + "?after=" + strconv.FormatInt(acknowledged, 10) + "&epoch=" + url.QueryEscape(epoch)
	dst = appendLink(append(dst, `{"_links":{`...), "feed", s.Base+behind)
	dst = append(appendHeads(append(dst, `},`...), head, acknowledged), ',')
	return append(appendMember(dst, "epoch", epoch), '}')
}

func appendLink(dst []byte, rel, href string) []byte {
	dst = append(append(append(dst, '"'), rel...), `":{`...)
	return append(appendMember(dst, "href", href), '}')
}

func appendHeads(dst []byte, head, acknowledged int64) []byte {
	dst = strconv.AppendInt(append(dst, `"head":`...), head, 10)
	return strconv.AppendInt(append(dst, `,"acknowledged":`...), acknowledged, 10)
}

func appendChange(dst []byte, c *order.Change, s Surface) []byte {
	dst = strconv.AppendInt(append(dst, `{"number":`...), c.Number, 10)
	doc := object{dst: dst, begun: true}
	doc.text("kind", string(c.Kind))
	doc.text("time", c.At.UTC().Format(timeLayout))
	if c.Order == "" {
		return doc.close()
	}
	doc.text("side", sideWord(c.Side))
	doc.text("orderId", string(c.Order))
	doc.text("orderNumber", c.OrderNumber)
	if c.Line > 0 {
		doc.name("line")
		doc.dst = strconv.AppendInt(doc.dst, int64(c.Line), 10)
	}
	doc.text("from", StatusWord(c.From))
	doc.text("to", StatusWord(c.To))
	doc.name("_links")
	doc.dst = append(appendLink(append(doc.dst, '{'), "order", s.Order(c.Order)), '}')
	return doc.close()
}

// sideWord tells where the party stood in the order.
func sideWord(side order.Side) string {
	switch side {
	case order.Sending:
		return "sender"
	case order.Receives:
		return "receiver"
	case order.Sending | order.Receives:
		return "both"
	}
	return ""
}

// ParseFeed reads what AppendFeed wrote.
func ParseFeed(body []byte) (feed Feed, err error) {
	err = json.Unmarshal(body, &feed)
	return feed, err
}

// ParseAcknowledged reads what AppendAcknowledged wrote.
func ParseAcknowledged(body []byte) (a Acknowledged, err error) {
	err = json.Unmarshal(body, &a)
	return a, err
}
