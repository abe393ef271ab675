package order

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
)

// Order is a purchase order on its way from a sender to a receiver. The
// sender is the party whose credential brought it in, Buyer the party it buys
// for (itself, or one it may act for), Seller the party that delivers.
type Order struct {
	ID          ID
	Revision    int64  // raised by one with every change
	Source      string // the dialect that it came by, and whether as a test; see SourceOf
	Sender      PartyID
	Buyer       PartyID
	Seller      PartyID // empty until routed
	CustomerRef string  // what its dialect groups the sender's orders by, such as a customer; "" for none
	Number      string  // the sender's own number, unique for sender and source
	Status      Status
	Reason      *Reason // why it is FAILED; nil otherwise
	Routing     string  // why it went to Seller, in words
	Created     time.Time
	Updated     time.Time
	Erased      time.Time  // when its personal data were last taken out; zero if never
	Purged      time.Time  // when it was purged, all but what names it; zero if it was not
	OnHold      bool       // waits for a decision in its dialect, and is not routed
	Attributes  Attributes // what its dialect keeps of it beside the model

	Header     Header
	Lines      []Line
	Summary    Summary
	Extensions []Extension

	// Findings are where the document departs from its form, and what was made of
	// it. Exchange returns them to the sender alone.
	Findings []Finding
}

// Reason is for the sender: why an order failed and what to do.
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

// Line returns the line with the given number, or nil.
func (o *Order) Line(number int) *Line {
	for i := range o.Lines {
		if o.Lines[i].Number == number {
			return &o.Lines[i]
		}
	}
	return nil
}

// IsTest reports whether the order is a test order that never reaches a receiver.
func (o *Order) IsTest() bool { return o.Header.Purpose == Test }

// SellerName is the receiver as a view shows it: the party, or as long as none
// is found the number that stands in the document.
func (o *Order) SellerName() string {
	if o.Seller != "" {
		return string(o.Seller)
	}
	if o.Header.Seller != nil {
		return o.Header.Seller.ID.Value
	}
	return ""
}

// deriveStatus returns the order's status from its lines: the least advanced
// among the original ones. Rejected lines count only when all are rejected,
// for nothing is due on them; adjustments never count.
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

// Line is one product of an order: what was ordered, and what the receiver
// answered. A line that the sender added to take copies back has a negative
// quantity and Adjustment set.
type Line struct {
	Number     int          `json:"number"` // the line's name in every view, from 1
	Products   []Identifier `json:"products"`
	Quantity   int64        `json:"quantity"`
	Adjustment bool         `json:"adjustment,omitempty"`
	Adjusts    int          `json:"adjusts,omitempty"` // the line that an adjustment takes copies from; 0 is any of its product
	Status     Status       `json:"status"`
	Answer     Answer       `json:"answer,omitzero"`
	Changed    time.Time    `json:"changed"`
	Detail     LineDetail   `json:"detail,omitzero"`
}

// LineDetail is the rest of what the document says of a line.
type LineDetail struct {
	WrittenNumber string       `json:"writtenNumber,omitempty"` // LineNumber, when it could not serve as Number
	Title         string       `json:"title,omitempty"`
	Seller        *Identifier  `json:"seller,omitempty"`
	Parties       []TradeParty `json:"parties,omitempty"`
	Bonus         *Bonus       `json:"bonus,omitempty"`
	References    []Reference  `json:"references,omitempty"`
	Dates         []DateCoded  `json:"dates,omitempty"`
	FillTerms     string       `json:"fillTerms,omitempty"`
	Qualifiers    []Coded      `json:"qualifiers,omitempty"`
	Pricing       []Pricing    `json:"pricing,omitempty"`
	Returns       *Returns     `json:"returns,omitempty"`
	Services      []Service    `json:"services,omitempty"`
	Messages      []Message    `json:"messages,omitempty"`
}

// testSource marks the source of the orders that came by a test key.
const testSource = ".test"

// SourceOf names where the orders of a dialect come from. Test orders have a
// source of their own: their numbers are apart from those of real orders, and no
// list mixes them.
func SourceOf(dialect string, test bool) string {
	if test {
		return dialect + testSource
	}
	return dialect
}

// Dialect is the dialect that the order came by, as a test or not.
func (o *Order) Dialect() string { return strings.TrimSuffix(o.Source, testSource) }

// Finding is one place where the document of an order that was accepted departs
// from its form, and what was made of it. Its JSON form is the one in which it is
// stored.
type Finding struct {
	Code    string `json:"code"`             // stable, in lower case with dashes
	Path    string `json:"path,omitempty"`   // of the element
	Line    int    `json:"line,omitempty"`   // from 1, in the document as it was sent
	Column  int    `json:"column,omitempty"` // from 1
	Message string `json:"message"`          // what was seen, what was made of it, what is wanted
	Value   string `json:"value,omitempty"`  // what was seen, cut by [Cut]
}

// ID names an order in this exchange: a UUID in lower case. Those we make are
// version 7 (RFC 9562), so that they sort by age; nothing may rely on that,
// because orders taken over from elsewhere carry other versions.
type ID string

// NewID makes a version 7 UUID for the given instant.
func NewID(now time.Time) ID {
	var b [16]byte
	rand.Read(b[6:])
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(b[:6], ms[2:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return ID(formatUUID(b))
}

// ParseID reads a UUID of any version in any letter case. ok is false when s
// is not a UUID, and no order can have that name.
func ParseID(s string) (id ID, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return "", false
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.DecodeString(digits); err != nil {
		return "", false
	}
	return ID(strings.ToLower(s)), true
}

func formatUUID(b [16]byte) string {
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
