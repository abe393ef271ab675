package hal

import (
	"encoding/json"
	"net/url"
	"strconv"

	"github.com/bookgate/bookgate/order"
)

// FeedPath is the path of the feed, on every surface.
const FeedPath = "/v2/feed"

// Feed is a page of the changes that a party could see, oldest first. A reader
// that has every number up to Head has all of them.
type Feed struct {
	Links        FeedLinks `json:"_links"`
	Head         int64     `json:"head"`
	Acknowledged int64     `json:"acknowledged"`
	Epoch        string    `json:"epoch"` // of the numbers; a restore from a backup begins a new one
	Changes      []Change  `json:"changes"`
}

// FeedLinks are the links of a page. Next continues after it, also when there
// are no further changes yet. Ack is there under its first name and under one
// that has a page.
type FeedLinks struct {
	Self        Link   `json:"self"`
	Next        Link   `json:"next"`
	Ack         Link   `json:"ack"`
	Acknowledge Link   `json:"bk:ack"`
	Curies      Curies `json:"curies,omitempty"`
}

// Change is one change. Of an order that the party cannot see any more it has
// only number, kind, time and self link.
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
	Links       ChangeLinks     `json:"_links"`
}

// ChangeLinks are the links of a change. Self is the page of this change alone.
type ChangeLinks struct {
	Self  Link `json:"self"`
	Order Link `json:"order,omitzero"`
}

// Acknowledged is how far a party has acknowledged its feed.
type Acknowledged struct {
	Links        AcknowledgedLinks `json:"_links"`
	Head         int64             `json:"head"`
	Acknowledged int64             `json:"acknowledged"`
	Epoch        string            `json:"epoch"`
}

// AcknowledgedLinks are the links of an acknowledgement; Feed continues after
// it.
type AcknowledgedLinks struct {
	Feed   Link   `json:"feed"`
	Behind Link   `json:"bk:feed"` // the same under a name that has a page
	Curies Curies `json:"curies,omitempty"`
}

// AppendFeed appends a page of a feed. self and next are the query strings,
// with their question mark, of this page and of the next one, epoch the epoch
// of the numbers.
func AppendFeed(dst []byte, page *order.FeedPage, epoch, self, next string, s Surface) []byte {
	feed := s.Base + FeedPath
	dst = appendLink(append(dst, `{"_links":{`...), "self", feed+self)
	dst = appendLink(append(dst, ','), "next", feed+next)
	ack := feed + "/ack" + epochQuery("?", epoch)
	dst = appendLink(append(dst, ','), "ack", ack)
	dst = appendLink(append(dst, ','), "bk:ack", ack)
	dst = appendCuries(append(dst, ','), s)
	dst = append(appendHeads(append(dst, `},`...), page.Head, page.Acknowledged), ',')
	dst = append(appendMember(dst, "epoch", epoch), `,"changes":[`...)
	for i := range page.Changes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendChange(dst, &page.Changes[i], epoch, s)
	}
	return append(dst, `]}`...)
}

// AppendAcknowledged appends the response to an acknowledgement; epoch is that
// of the numbers.
func AppendAcknowledged(dst []byte, head, acknowledged int64, epoch string, s Surface) []byte {
	after := s.feedAfter(acknowledged, epoch)
	dst = appendLink(append(dst, `{"_links":{`...), "feed", after)
	dst = appendLink(append(dst, ','), "bk:feed", after)
	dst = appendCuries(append(dst, ','), s)
	dst = append(appendHeads(append(dst, `},`...), head, acknowledged), ',')
	return append(appendMember(dst, "epoch", epoch), '}')
}

// feedAfter returns the URL of the changes after a number.
func (s Surface) feedAfter(number int64, epoch string) string {
	return s.Base + FeedPath + "?after=" + strconv.FormatInt(number, 10) + epochQuery("&", epoch)
}

func epochQuery(joint, epoch string) string { return joint + "epoch=" + url.QueryEscape(epoch) }

func appendCuries(dst []byte, s Surface) []byte {
	dst = append(dst, `"curies":[{"name":"bk",`...)
	return append(appendMember(dst, "href", curies(s)[0].Href), `,"templated":true}]`...)
}

func appendLink(dst []byte, rel, href string) []byte {
	dst = append(append(append(dst, '"'), rel...), `":{`...)
	return append(appendMember(dst, "href", href), '}')
}

func appendHeads(dst []byte, head, acknowledged int64) []byte {
	dst = strconv.AppendInt(append(dst, `"head":`...), head, 10)
	return strconv.AppendInt(append(dst, `,"acknowledged":`...), acknowledged, 10)
}

func appendChange(dst []byte, c *order.Change, epoch string, s Surface) []byte {
	dst = strconv.AppendInt(append(dst, `{"number":`...), c.Number, 10)
	doc := object{dst: dst, begun: true}
	doc.text("kind", string(c.Kind))
	doc.text("time", c.At.UTC().Format(timeLayout))
	self := s.feedAfter(c.Number-1, epoch) + "&limit=1"
	if c.Order == "" {
		doc.name("_links")
		doc.dst = append(appendLink(append(doc.dst, '{'), "self", self), '}')
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
	doc.dst = appendLink(append(doc.dst, '{'), "self", self)
	if !c.Retired { // its URL answers 410
		doc.dst = appendLink(append(doc.dst, ','), "order", s.Order(c.Order))
	}
	doc.dst = append(doc.dst, '}')
	return doc.close()
}

// sideWord returns the role of the party in the order.
func sideWord(side order.Role) string {
	switch side {
	case order.RoleSender:
		return "sender"
	case order.RoleReceiver:
		return "receiver"
	case order.RoleSender | order.RoleReceiver:
		return "both"
	}
	return ""
}

// ParseFeed reads a page of a feed.
func ParseFeed(body []byte) (feed Feed, err error) {
	err = json.Unmarshal(body, &feed)
	return feed, err
}

// ParseAcknowledged reads the response to an acknowledgement.
func ParseAcknowledged(body []byte) (a Acknowledged, err error) {
	err = json.Unmarshal(body, &a)
	return a, err
}
