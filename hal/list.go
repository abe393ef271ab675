package hal

import (
	"encoding/json"

	"github.com/bookgate/bookgate/order"
)

// ListLinks are the links of a page of the list under /v2. Next is set only
// while more is ready.
type ListLinks struct {
	Self   Link   `json:"self"`
	First  Link   `json:"first"`
	Next   *Link  `json:"next,omitempty"`
	Find   Link   `json:"find"`
	Query  Link   `json:"bk:find"` // the same under our own name
	Lookup Link   `json:"bk:lookup"`
	Curies Curies `json:"curies,omitempty"`
}

// List is a page of the list under /v2. Cursor is the value of the Next header:
// where the next poll continues, also when there is nothing more yet.
type List struct {
	Links    ListLinks    `json:"_links"`
	Cursor   string       `json:"cursor"`
	Embedded ListEmbedded `json:"_embedded"`
}

// ListEmbedded holds the orders of a page.
type ListEmbedded struct {
	Orders []Entry `json:"bk:order"`
}

// Entry is an order in the list under /v2.
type Entry struct {
	Links   EntryLinks    `json:"_links"`
	ID      order.ID      `json:"id"`
	Number  string        `json:"number"`
	Buyer   order.PartyID `json:"buyer"`
	Seller  string        `json:"seller"`
	Status  string        `json:"status"`
	Created Time          `json:"createdAt"`
	Updated Time          `json:"updatedAt"`
	Change  int64         `json:"change"` // number of the order's last change for this party
}

// EntryLinks are the links of an entry, for a reader that uses the entry as the
// order.
type EntryLinks struct {
	Self    Link `json:"self"`
	EDItX   Link `json:"bk:editx"`
	History Link `json:"bk:history"`
}

// ListAddress has the queries of a page of the list; Next is "" when nothing
// more is ready.
type ListAddress struct {
	Self, First, Next string // query strings with their question mark
	Cursor            string
}

// NewList returns the document of one page.
func NewList(items []order.Item, at ListAddress, s Surface) List {
	query := Link{Href: s.Collection() + "{?mode,fromDate,next,pagesize}", Templated: true}
	list := List{
		Links: ListLinks{
			Self:   Link{Href: s.Collection() + at.Self},
			First:  Link{Href: s.Collection() + at.First},
			Find:   query,
			Query:  query,
			Lookup: Link{Href: s.Collection() + "/{id}", Templated: true},
			Curies: curies(s),
		},
		Cursor:   at.Cursor,
		Embedded: ListEmbedded{Orders: make([]Entry, len(items))},
	}
	if at.Next != "" {
		list.Links.Next = &Link{Href: s.Collection() + at.Next}
	}
	for i := range items {
		list.Embedded.Orders[i] = newEntry(&items[i], s)
	}
	return list
}

func newEntry(it *order.Item, s Surface) Entry {
	self := s.Order(it.ID)
	links := EntryLinks{Self: Link{Href: self}, EDItX: Link{Href: self + "/editx", Type: xmlType},
		History: Link{Href: self + "/history"}}
	return Entry{
		Links: links, ID: it.ID, Number: it.Number, Buyer: it.Buyer, Seller: it.Seller, Status: StatusWord(it.Status),
		Created: NewTime(it.Created), Updated: NewTime(it.Updated), Change: it.Change,
	}
}

// ParseList reads a page of the list.
func ParseList(body []byte) (list List, err error) {
	err = json.Unmarshal(body, &list)
	return list, err
}
