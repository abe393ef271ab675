package order

import (
	"context"
	"strings"
)

// FindQuery asks for orders that a party sent by one dialect.
type FindQuery struct {
	Sender      PartyID
	Source      string
	CustomerRef string // "" is any
	Number      string // "" is any

	// Text, when not empty, is looked for in the number, the titles of the lines
	// and the names of the ship-to party, without regard to letter case,
	// among the newest MaxFound orders that the rest of the query returns.
	Text string

	Offset, Limit int // a Limit of 0 returns the count alone; at most MaxPage come
	Oldest        bool
}

// MaxFound bounds the orders that are searched for a text: some years of one
// customer, a fraction of a second, and a few megabytes at once.
const MaxFound = 5_000

// Mentions reports whether the text that q looks for is in an order.
func (q FindQuery) Mentions(number string, header *Header, titles []string) bool {
	text := strings.ToLower(q.Text)
	in := func(s string) bool { return strings.Contains(strings.ToLower(s), text) }
	if in(number) {
		return true
	}
	for _, title := range titles {
		if in(title) {
			return true
		}
	}
	if header.ShipTo == nil {
		return false
	}
	for _, name := range header.ShipTo.Names {
		if in(name) {
			return true
		}
	}
	return false
}

// Find returns the orders that q asks for, and how many there are beyond its
// page.
func (x *Exchange) Find(ctx context.Context, q FindQuery) (orders []Order, count int64, err error) {
	return x.store.Find(ctx, q)
}
