package order

import (
	"crypto/sha256"
	"time"
)

// Order is a purchase order on its way from a sender to a receiver. The
// sender is the party whose credential brought it in, Buyer the party it buys
// for (itself, or one it may act for), Seller the party that delivers.
type Order struct {
	ID       ID
	Revision int64  // raised by one with every change
	Source   string // the dialect that it came by, and whether for trial; see SourceOf
	Sender   PartyID
	Buyer    PartyID
	Seller   PartyID // empty until routed
	Subject  string  // what its dialect groups the sender's orders by, such as a customer; "" for none
	Number   string  // the sender's own number, unique for sender and source
	Status   Status
	Reason   *Reason // why it is FAILED; nil otherwise
	Routing  string  // why it went to Seller, in words
	Created  time.Time
	Updated  time.Time
	Erased   time.Time // when its personal data were last taken out; zero if never
	Retired  time.Time // when it was taken out of keeping, all but what names it; zero if kept
	Held     bool      // waits for a decision in its dialect, and is not routed
	Facts    Facts     // what its dialect keeps of it beside the model

	Header  Header
	Lines   []Line
	Summary Summary
	Kept    []Kept

	// Findings are where the document departs from its form, and what was made of
	// it. They are for who sent it: Exchange gives them to nobody else.
	Findings []Finding
}

// Reason tells the sender why an order failed and what to do.
type Reason struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`
}

// Document is the message that an order came in, byte for byte.
type Document struct {
	MediaType string
	Body      []byte
	SHA256    [sha256.Size]byte
}

// NewDocument wraps body and takes its digest.
func NewDocument(mediaType string, body []byte) Document {
	return Document{MediaType: mediaType, Body: body, SHA256: sha256.Sum256(body)}
}

// Line gives the line with the given number, or nil.
func (o *Order) Line(number int) *Line {
	for i := range o.Lines {
		if o.Lines[i].Number == number {
			return &o.Lines[i]
		}
	}
	return nil
}

// IsTest reports whether the order is a trial that never reaches a receiver.
func (o *Order) IsTest() bool { return o.Header.Purpose == Test }

// SellerName is the receiver as a view shows it: the party, or as long as none
// is found the number that the document gives.
func (o *Order) SellerName() string {
	if o.Seller != "" {
		return string(o.Seller)
	}
	if o.Header.Seller != nil {
		return o.Header.Seller.ID.Value
	}
	return ""
}

// deriveStatus gives the order's status from its lines: the least advanced
// among the original ones. Rejected lines count only when all are rejected,
// for they wait for nobody; adjustments never count.
func (o *Order) deriveStatus() Status {
	least := Rejected
	found := false
	for i := range o.Lines {
		l := &o.Lines[i]
		if l.Adjustment {
			continue
		}
		if !l.Status.Routed() {
			return l.Status
		}
		if l.Status != Rejected && (!found || progress[l.Status] < progress[least]) {
			least, found = l.Status, true
		}
	}
	return least
}
