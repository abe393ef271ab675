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

// Status is the state of a line, and by [Order.deriveStatus] of an order. The
// values are the words of the Boknett order API, save that the one it spells
// with a double L is spelled right here.
type Status string

// The states of a line, from first to last.
const (
	Unprocessed       Status = "UNPROCESSED"        // received, not yet routed; the sender's side alone sees it
	Failed            Status = "FAILED"             // could not be routed; the sender's side alone sees it
	Sent              Status = "SENT"               // lies ready for the receiver
	Requested         Status = "REQUESTED"          // a reduction that the sender added and the receiver has not answered
	Received          Status = "RECEIVED"           // the receiver has taken the line
	Rejected          Status = "REJECTED"           // the receiver does not accept the line
	Fulfilled         Status = "FULFILLED"          // delivered to the end customer
	FulfilledAssigned Status = "FULFILLED_ASSIGNED" // delivered to every user of an organisation
	FulfilledBlocked  Status = "FULFILLED_BLOCKED"  // delivered, and closed to any further change
)

// progress ranks the states that a line of a routed order can have.
var progress = map[Status]int{
	Sent: 1, Requested: 1, Received: 2, Rejected: 3, Fulfilled: 4, FulfilledAssigned: 5, FulfilledBlocked: 6,
}

// Answers are the states that a receiver may give to a line, in the order in
// which messages name them.
func Answers() []Status {
	return []Status{Received, Fulfilled, FulfilledBlocked, FulfilledAssigned, Rejected}
}

// Valid reports whether s is one of the states above.
func (s Status) Valid() bool {
	_, routed := progress[s]
	return routed || s == Unprocessed || s == Failed
}

// Routed reports whether a line in this state has reached its receiver.
func (s Status) Routed() bool { return s != Unprocessed && s != Failed }

// Mode says which side of the exchange a list shows.
type Mode string

// The modes of a list, in the words of the Boknett order API.
const (
	SentToMe Mode = "SENT_TO_ME" // orders the party receives
	SentByMe Mode = "SENT_BY_ME" // orders the party sent, and those sent in its name
	All      Mode = "ALL"        // both
)

// Valid reports whether m is one of the three modes.
func (m Mode) Valid() bool { return m == SentToMe || m == SentByMe || m == All }

// MinRetention is how long an order and its document are stored at least: what
// was finished today may still be asked for by its receiver tomorrow.
const MinRetention = 24 * time.Hour

// final reports whether nothing is due any more on a line in this state.
func (s Status) final() bool {
	switch s {
	case Rejected, Fulfilled, FulfilledAssigned, FulfilledBlocked:
		return true
	}
	return false
}

// Finished reports whether nothing is due any more on this order: it failed, or it
// is a test order that never reaches a receiver, or every line of it is delivered,
// rejected or taken back. Only a finished order may be purged.
func (o *Order) Finished() bool {
	switch {
	case o.Status == Failed:
		return true
	case !o.Status.Routed():
		return false
	case o.IsTest():
		return true
	}
	for i := range o.Lines {
		if l := &o.Lines[i]; !l.Status.final() && !o.withdrawn(l) {
			return false
		}
	}
	return true
}

// withdrawn reports whether every open copy of the line's product has been
// taken back. Whether the receiver has agreed to that is seen on the lines
// that take them back: each of them must be final as well.
func (o *Order) withdrawn(l *Line) bool {
	if l.Adjustment {
		return false
	}
	_, open, taken := o.copies(Reduction{EAN: l.EAN()})
	return taken >= open
}

// EventKind names what happened to an order.
type EventKind string

// The kinds of event.
const (
	EventReceived     EventKind = "received"  // the order came in
	EventProcessed    EventKind = "processed" // it was routed, or failed
	EventMarked       EventKind = "marked"    // the receiver answered a line
	EventReduced      EventKind = "reduced"   // the sender asked to take copies back
	EventAnswered     EventKind = "answered"  // the last line without an answer got one
	EventErased       EventKind = "erased"    // the operator had the personal data taken out
	EventStateChanged EventKind = "moved"     // it went on in its own dialect; From and To are that dialect's words
)

// Event is one entry of an order's history: immutable, and written in the same
// transaction as the change it describes.
type Event struct {
	Number   int       `json:"number"` // from 1, dense within the order
	Kind     EventKind `json:"kind"`
	At       time.Time `json:"at"`
	Revision int64     `json:"revision"` // of the order after the change
	Line     int       `json:"line,omitempty"`
	From     Status    `json:"from,omitempty"`
	To       Status    `json:"to,omitempty"`
	Party    PartyID   `json:"party,omitempty"` // who acted; empty for the exchange itself
	Actor    string    `json:"actor"`           // user, client, or "bookgate"
	Via      string    `json:"via"`
	Text     string    `json:"text,omitempty"` // comment, reason or routing, for people

	// Fetched is when the receiver acknowledged that it has read this change;
	// zero as long as it has not, and for who does not send.
	Fetched time.Time `json:"fetched,omitzero"`

	// Findings are those of the document that the change came in, for who sent it.
	Findings []Finding `json:"findings,omitempty"`
}

// event begins an event of this order at its present revision.
func (o *Order) event(kind EventKind, by Actor, now time.Time) Event {
	return Event{Kind: kind, At: now, Party: by.Party, Actor: by.Name, Via: by.Via}
}

// Role is what a party is in an order.
type Role int

// The roles. A party that orders from itself has both.
const (
	RoleNone     Role = 0
	RoleSender   Role = 1 << 0 // the sender, or the buyer in whose name it was sent
	RoleReceiver Role = 1 << 1
)

// String names the role in documents: sender, receiver, both, or nothing.
func (s Role) String() string {
	switch s {
	case RoleSender:
		return "sender"
	case RoleReceiver:
		return "receiver"
	case RoleSender | RoleReceiver:
		return "both"
	}
	return ""
}

// Role returns the role of party in o. The receiver has none as long as the order
// has not been sent to it, and never in a test order.
func (o *Order) Role(party PartyID) Role {
	side := RoleNone
	if party == "" {
		return side
	}
	if party == o.Sender || party == o.Buyer {
		side |= RoleSender
	}
	if party == o.Seller && o.Status.Routed() && !o.IsTest() {
		side |= RoleReceiver
	}
	return side
}

// seenBy is o as a party may see it: what was odd about the sender's document is
// the sender's own.
func (o Order) seenBy(party PartyID) Order {
	if o.Role(party)&RoleSender == 0 {
		o.Findings = nil
	}
	return o
}

// Audience lists the parties that see o, each once, in a fixed order so that
// transactions that lock them never deadlock.
func (o *Order) Audience() []PartyID {
	var parties []PartyID
	for _, p := range []PartyID{o.Sender, o.Buyer, o.Seller} {
		if o.Role(p) != RoleNone {
			parties = insertParty(parties, p)
		}
	}
	return parties
}

func insertParty(parties []PartyID, p PartyID) []PartyID {
	at := 0
	for at < len(parties) && parties[at] < p {
		at++
	}
	if at < len(parties) && parties[at] == p {
		return parties
	}
	parties = append(parties, "")
	copy(parties[at+1:], parties[at:])
	parties[at] = p
	return parties
}

// errNotVisible is the one answer for an order that is not there and for one that
// is not this party's to see, so that ids cannot be probed.
func errNotVisible(party PartyID) *Error {
	return Errorf(NotFound, "order-not-found", "No order with this id is visible to party %s.", party).
		WithHint("Check the id and the login; the orders of a party are listed at /orders.")
}
