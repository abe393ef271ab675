package order

import (
	"context"
	"time"
)

// Store keeps orders, their documents and their history. Every sentence here
// is a case in order/storetest.
//
// A store may take old finished orders out of keeping. What is left of one is
// its names, parties, status and times: its number stays taken, it is in no
// list, and for those who could see it, it is Gone.
//
// Change numbers: whatever a party may see happens under that party's next
// change number. The numbers of a party start at 1, have no holes, and become
// visible in their order. An order's place in a party's lists is the number of
// its last change.
type Store interface {
	// Add keeps a new order with its document and its first event, all or
	// nothing, and returns the order as stored: Created and Updated are set
	// by the store so that no party's times ever run backwards. When the
	// sender has used the number before in the same source, nothing is written
	// and Add returns the first order, with added false.
	Add(ctx context.Context, o Order, doc Document, ev Event) (stored Order, added bool, err error)

	// Order returns the order with this id if viewer may see it (Order.Role),
	// else an [Error] of kind NotFound.
	Order(ctx context.Context, viewer PartyID, id ID) (Order, error)

	// Sent returns the order with this id if sender sent it in the source, else an
	// [Error] of kind NotFound. Like all methods that are asked for one order of a
	// party, it does not tell what is not there from what is not the party's by time.
	Sent(ctx context.Context, sender PartyID, source string, id ID) (Order, error)

	// Document returns the message that a visible order came in, digest checked.
	// An order that came without one is NotFound. When the bytes are stored no
	// longer it is Gone, and beside the error come media type and digest.
	Document(ctx context.Context, viewer PartyID, id ID) (Document, error)

	// HasDocument reports whether Document has bytes to return for a visible
	// order, without reading them.
	HasDocument(ctx context.Context, viewer PartyID, id ID) (bool, error)

	// History returns the events of a visible order, oldest first. To the
	// sending side it shows when the receiver acknowledged each that it
	// could see (Event.Fetched): the time of the first acknowledgement that
	// reaches it.
	History(ctx context.Context, viewer PartyID, id ID) ([]Event, error)

	// Update loads the order, lets change alter it, and keeps the order and
	// the events that change returns in one transaction. The store raises the
	// revision, sets Updated, the events' times, numbers and revision, and
	// assigns every party in the order's audience its next change number. When
	// change returns no event, nothing is written. When it returns an error,
	// nothing is written and Update returns that error. change may run more
	// than once, so it must touch nothing but the order.
	//
	// An event of kind EventErased makes the store drop the bytes of the
	// order's document, and empty the texts of all earlier events but those of
	// this kind and the names of the users in them, in the same transaction. It
	// sets Erased to the time of the change.
	Update(ctx context.Context, id ID, change func(*Order) ([]Event, error)) (Order, error)

	// Change is Update for a party: an order that viewer may not see (Order.Role)
	// is NotFound, and time does not tell it from one that is not there.
	Change(ctx context.Context, viewer PartyID, id ID, change func(*Order) ([]Event, error)) (Order, error)

	// Waiting stops to limit orders that are UNPROCESSED, not Held, and were last
	// touched before the given instant, oldest first, and leases them to the
	// caller until lease, so that two replicas do not take the same.
	//
	// A stamp, or a lease, that lies further ahead than an honest clock could
	// have set it counts as past: a clock that was ahead and was set right must
	// not make an order wait until it has caught up.
	Waiting(ctx context.Context, before, lease time.Time, limit int) ([]Order, error)

	// List returns one page of what a party sees.
	List(ctx context.Context, q Query) (Page, error)

	// Find returns a page of the orders that a party sent by one dialect and that
	// are stored, newest first or oldest first, and the count of all that match.
	Find(ctx context.Context, q FindQuery) (orders []Order, count int64, err error)

	// Head returns the party's newest change number, 0 before the first.
	Head(ctx context.Context, party PartyID) (int64, error)

	// Epoch names the life that the store is in. A store that is restored from
	// a backup begins a new one: from there on it hands out change numbers
	// again that it had handed out after the backup was taken.
	Epoch(ctx context.Context) (string, error)

	// Since returns the last change number of an epoch that this store has with
	// the change that bore it then: the party's head in the epoch that it is
	// in, its head at the end of one before. An epoch that the store has not
	// been through is not known. The empty name stands for its first.
	Since(ctx context.Context, party PartyID, epoch string) (through int64, known bool, err error)

	// Heads returns the newest change numbers of many parties with one question.
	// A party that has seen no change is left out.
	Heads(ctx context.Context, parties []PartyID) (map[PartyID]int64, error)

	// Feed returns a page of the changes that a party could see, oldest first,
	// each number once and none left out. A change of an order that the party
	// sees no longer has its number, the kind EventHidden and its time alone.
	Feed(ctx context.Context, q FeedQuery) (FeedPage, error)

	// Acknowledge keeps that a party has read its feed up to a number. A number
	// that is not greater than the last changes nothing; one beyond the party's
	// newest is Invalid. An acknowledgement is stored with a time that is not
	// before the changes it reaches.
	Acknowledge(ctx context.Context, a Acknowledgement) error

	// Forget looks at up to limit of the orders that an erased party has seen,
	// from change number after on. It empties the texts of the events by the
	// party and the names of its users in them, and returns the ids of those
	// orders that the party sent or that were sent in its name. next is the
	// after of the following call, 0 at the end.
	Forget(ctx context.Context, party PartyID, after int64, limit int) (sent []ID, next int64, err error)

	// Interchange records that a message came in and returns how it stands to the
	// sender's earlier ones of its type. A repeated one is not stored again.
	Interchange(ctx context.Context, i Interchange) (Sequence, error)
}

// Directory keeps the parties and the rules of routing.
type Directory interface {
	// AddParty keeps a new party. A number or alias that another party bears
	// is a Conflict that names that party; the same party again, with other
	// name or aliases, is changed.
	AddParty(ctx context.Context, p Party) error

	// Party returns a party by its id, else NotFound.
	Party(ctx context.Context, id PartyID) (Party, error)

	// EraseParty takes a party out of the exchange permanently: it stays as
	// Party.Erase leaves it. Its logins are ended, its routes are gone, and no
	// party may act for it nor it for others. Neither it
	// nor anything for it can be added again: that is a Conflict. The same party
	// again is not changed.
	EraseParty(ctx context.Context, id PartyID) (Party, error)

	// Parties lists all parties by id.
	Parties(ctx context.Context) ([]Party, error)

	// Resolve returns the party that bears an identifier. A type is compared
	// without regard to case; an identifier without type is looked for under
	// every scheme and must be unambiguous. Unknown is NotFound.
	Resolve(ctx context.Context, id Identifier) (Party, error)

	// Allow lets sender send in the name of buyer; both must be parties.
	Allow(ctx context.Context, sender, buyer PartyID) error

	// Allowed reports whether sender may send in the name of buyer.
	Allowed(ctx context.Context, sender, buyer PartyID) (bool, error)

	// AddRoute keeps a route; the same prefix again changes its seller. The
	// seller must be a party.
	AddRoute(ctx context.Context, r Route) error

	// Routes lists the routes by prefix.
	Routes(ctx context.Context) ([]Route, error)

	// RouteFor returns the route with the longest prefix of ean; ok is false
	// when there is none.
	RouteFor(ctx context.Context, ean string) (r Route, ok bool, err error)

	// SetDefaultSeller names the receiver of a sender's orders that no other
	// rule routes.
	SetDefaultSeller(ctx context.Context, sender, seller PartyID) error

	// DefaultSeller returns that receiver, or "".
	DefaultSeller(ctx context.Context, sender PartyID) (PartyID, error)

	// DefaultSellers returns all of them, by sender.
	DefaultSellers(ctx context.Context) (map[PartyID]PartyID, error)
}

// Query asks for one page of a party's list, oldest change first.
type Query struct {
	Party PartyID
	Mode  Mode

	// After is the change number behind which the page begins.
	After int64

	// Since leaves out what was last changed before it; the zero time leaves
	// out nothing.
	Since time.Time

	// Through, when not 0, asks for the list as it stood at that change
	// number: whatever was listed then comes exactly once, in its old place,
	// even when it has been changed since (it is shown as it is now). It lets
	// a long answer be read page by page while others write.
	Through int64

	// Limit is the greatest number of items, from 1 to MaxPage.
	Limit int
}

// MaxPage is the greatest page: a thousand rows are some 250 kB of JSON, the
// most that is worth holding for one client at once.
const MaxPage = 1000

// Item is an order as a list shows it.
type Item struct {
	Change  int64 // the change number that placed it here
	ID      ID
	Number  string
	Buyer   PartyID
	Seller  string // Order.SellerName
	Status  Status
	Created time.Time
	Updated time.Time
}

// Page is a part of a list.
type Page struct {
	Items []Item
	Next  int64 // the After of the page behind this one
	More  bool  // whether that page has anything now
}
