package order

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Exchange is the service of the order exchange: everything a party can do. It is
// safe for use by many goroutines.
type Exchange struct {
	store     Store
	directory Directory
	config    Config
	queue     chan submitted // not yet settled
	notifier  *notifier      // who waits for changes
}

// Config is what an Exchange needs beside its store. Now, Changed, Observe and
// Log may be left out.
type Config struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	// Delay holds an order UNPROCESSED for this long before it is routed; 0
	// routes at once.
	Delay time.Duration

	// Workers is how many orders are routed at once; 0 means 64. With 1 they are
	// routed one after the other, in their order.
	Workers int

	// Changed is called after every change that was stored through this
	// exchange; it must not wait. Optional.
	Changed func()

	// Observe is called with every order that was stored through this exchange, and
	// the events of the change; it must not wait, and change nothing. Optional.
	Observe func(o *Order, events []Event)

	// Rules are what dialects have to say about changes of their orders, by
	// Order.Dialect. A dialect without an entry has nothing to say.
	Rules map[string]Rules

	// Fits refuses an order that has grown beyond what a document can hold. nil
	// means that there is no such bound.
	Fits func(*Order) error

	// Log takes what goes wrong in the background.
	Log *slog.Logger
}

// submitted is an order that was submitted here, and when, by a clock that is
// never set.
type submitted struct {
	Order
	at time.Time
}

// queueSize is how many submitted orders may wait in memory for their
// routing. An order that finds no space loses nothing: the sweep finds it.
const queueSize = 1024

// NewExchange returns an exchange over a store and a directory, usually the same
// value.
func NewExchange(s Store, d Directory, c Config) *Exchange {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Workers == 0 {
		c.Workers = workers
	}
	if c.Changed == nil {
		c.Changed = func() {}
	}
	if c.Fits == nil {
		c.Fits = func(*Order) error { return nil }
	}
	if c.Observe == nil {
		c.Observe = func(*Order, []Event) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Exchange{store: s, directory: d, config: c, queue: make(chan submitted, queueSize), notifier: newNotifier()}
}

func newNotifier() *notifier {
	return &notifier{topics: map[PartyID]*topic{}, stopped: make(chan struct{})}
}

// Receipt is the answer to a submitted order. Repeated is set when the order had
// come before and nothing was written.
type Receipt struct {
	ID       ID
	Repeated bool
}

// Submit accepts an order: who may send it is checked here, and on return it is
// stored durably. It is routed afterwards by [Exchange.Run]; one that is OnHold
// waits for [Exchange.ApplyAndRelease] before. A caller that needs the ID before the
// order is stored sets one of [NewID]; else Submit sets it. An order whose Buyer is
// its sender already is bought in the sender's own name, for a customer who need not
// be connected, whatever BuyerParty says.
func (x *Exchange) Submit(ctx context.Context, by Actor, o Order, doc Document) (Receipt, error) {
	buyer, err := x.buyer(ctx, by.Party, &o)
	if err != nil {
		return Receipt{}, err
	}
	now := x.config.Now()
	if o.Revision = 1; o.ID == "" {
		o.ID = NewID(now)
	}
	o.Sender, o.Buyer, o.Status = by.Party, buyer, Unprocessed
	for i := range o.Lines {
		o.Lines[i].Status, o.Lines[i].Changed = Unprocessed, now
	}
	ev := o.event(EventReceived, by, now)
	ev.To, ev.Text = Unprocessed, fmt.Sprintf("number %s, %d lines, sha256 %x", o.Number, len(o.Lines), doc.SHA256)
	stored, added, err := x.store.Add(ctx, o, doc, ev)
	if err != nil {
		return Receipt{}, fmt.Errorf("store order %s of %s: %w", Truncate(o.Number), by.Party, err)
	}
	if !added {
		return Receipt{ID: stored.ID, Repeated: true}, x.checkDuplicate(ctx, &o, &stored, doc)
	}
	x.publish(&stored, []Event{ev})
	if !stored.OnHold {
		x.enqueue(stored)
	}
	return Receipt{ID: stored.ID}, nil
}

// enqueue has an order routed at once if the queue has space; else the sweep finds it.
func (x *Exchange) enqueue(o Order) {
	select {
	case x.queue <- submitted{o, time.Now()}:
	default:
	}
}

// buyer finds the party that an order is for: the sender itself, by any of its
// numbers, or one that it may act for.
func (x *Exchange) buyer(ctx context.Context, sender PartyID, o *Order) (PartyID, error) {
	if o.Buyer == sender {
		return sender, nil
	}
	named := o.Header.Buyer
	refusal := func(detail string) error {
		return Errorf(Invalid, "buyer-not-sender", "%s", detail).
			WithHint("Put a number of party %s into BuyerParty, or ask the operator for: bookgate party allow %s --for BUYER.", sender, sender).
			WithField(Field{Path: "/Order/Header/BuyerParty/PartyID", Value: named.ID.String()})
	}
	p, err := x.directory.Resolve(ctx, named.ID)
	if KindOf(err) == NotFound {
		return "", refusal(fmt.Sprintf("BuyerParty %s is not connected here, and party %s sends this order.", Truncate(named.ID.String()), sender))
	}
	if err != nil {
		return "", fmt.Errorf("buyer %s: %w", Truncate(named.ID.String()), err)
	}
	if !p.Erased.IsZero() {
		return "", refusal(fmt.Sprintf("BuyerParty %s was taken out of this exchange at %s.", p.ID, p.Erased.UTC().Format(time.RFC3339)))
	}
	if p.ID == sender {
		return p.ID, nil
	}
	ok, err := x.directory.Allowed(ctx, sender, p.ID)
	if err != nil {
		return "", fmt.Errorf("may %s act for %s: %w", sender, p.ID, err)
	}
	if !ok {
		return "", refusal(fmt.Sprintf("BuyerParty is %s, and party %s may not send in its name.", p.ID, sender))
	}
	return p.ID, nil
}

// Order returns an order as party sees it.
func (x *Exchange) Order(ctx context.Context, party PartyID, id ID) (Order, error) {
	o, err := x.store.Order(ctx, party, id)
	return o.seenBy(party), err
}

// Sent returns an order that a party sent in a source, as it sees it.
func (x *Exchange) Sent(ctx context.Context, sender PartyID, source string, id ID) (Order, error) {
	return x.store.Sent(ctx, sender, source, id)
}

// Document returns the message that an order came in. The request of a dialect
// with rules of its own is for its sender alone: it may hold what is withheld from
// the receiver on purpose, such as what the sender earns.
func (x *Exchange) Document(ctx context.Context, party PartyID, id ID) (Document, error) {
	o, err := x.store.Order(ctx, party, id)
	if err != nil {
		return Document{}, err
	}
	if x.privateDocument(party, &o) {
		return Document{}, Errorf(Forbidden, "document-private", "Order %s did not come as a document of the trade, and what came is its sender's own.", id).
			WithHint("Read the order itself, or as EDItX.")
	}
	return x.store.Document(ctx, party, id)
}

// privateDocument reports whether what o came in is its sender's own and not
// for party to read.
func (x *Exchange) privateDocument(party PartyID, o *Order) bool {
	_, own := x.config.Rules[o.Dialect()]
	return own && o.Role(party)&RoleSender == 0
}

// History returns all that happened to an order, oldest first. Its sender reads
// there what was found in the document that it came in.
func (x *Exchange) History(ctx context.Context, party PartyID, id ID) ([]Event, error) {
	events, err := x.store.History(ctx, party, id)
	if err != nil {
		return nil, err
	}
	o, err := x.Order(ctx, party, id)
	if err != nil || len(o.Findings) == 0 {
		return events, err
	}
	for i := range events {
		if events[i].Kind == EventReceived {
			events[i].Findings = o.Findings
			break
		}
	}
	return events, nil
}

// List returns one page of a party's orders.
func (x *Exchange) List(ctx context.Context, q Query) (Page, error) {
	return x.store.List(ctx, q)
}

// Head returns a party's newest change number.
func (x *Exchange) Head(ctx context.Context, party PartyID) (int64, error) {
	return x.store.Head(ctx, party)
}

// Epoch names the life that the store is in.
func (x *Exchange) Epoch(ctx context.Context) (string, error) {
	return x.store.Epoch(ctx)
}

// Resume returns the change number behind which a reader goes on here that has
// read through after in an epoch; see [Resume].
func (x *Exchange) Resume(ctx context.Context, party PartyID, epoch string, after int64) (int64, error) {
	through, known, err := x.store.Since(ctx, party, epoch)
	if err != nil {
		return 0, err
	}
	return Resume(after, through, known), nil
}

// AnyRevision as the revision of a change means: whatever it is now.
const AnyRevision int64 = 0

// Mark sets the receiver's answer to a line. revision is the one that the
// caller last saw, or AnyRevision.
func (x *Exchange) Mark(ctx context.Context, by Actor, id ID, revision int64, m LineUpdate) (Order, error) {
	return x.change(ctx, by, id, revision, func(o *Order) ([]Event, error) {
		return o.mark(by, m, x.rules(o), x.config.Now())
	})
}

// Reduce takes copies back on behalf of the sender. Each reduction is a line
// more, and any number of them may come, so the order must have space for it.
func (x *Exchange) Reduce(ctx context.Context, by Actor, id ID, revision int64, r Reduction) (Order, error) {
	return x.change(ctx, by, id, revision, func(o *Order) ([]Event, error) {
		events, err := o.reduce(by, r, x.rules(o), x.config.Now())
		if err != nil {
			return nil, err
		}
		if err := x.config.Fits(o); err != nil {
			return nil, orderFull(o, err)
		}
		return events, nil
	})
}

func orderFull(o *Order, why error) error {
	e := Errorf(Forbidden, "order-full",
		"Order %s has no space for another line: as a document it would be larger than what can be read.", o.ID).
		WithHint("Take more copies back at once, or cancel the order and send what remains as a new one.")
	e.Err = why
	return e
}

// Respond takes a receiver's answer to many lines at once: all of it or
// nothing.
func (x *Exchange) Respond(ctx context.Context, by Actor, id ID, revision int64, r Response) (Outcome, error) {
	o, err := x.change(ctx, by, id, revision, func(o *Order) ([]Event, error) {
		return o.respond(by, r, x.rules(o), x.config.Now())
	})
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Order: o, Missing: o.unansweredLines()}, nil
}

// Cancel withdraws an order or lines of it on behalf of the sender.
func (x *Exchange) Cancel(ctx context.Context, by Actor, id ID, revision int64, c Cancellation) (Order, error) {
	return x.change(ctx, by, id, revision, func(o *Order) ([]Event, error) {
		return o.cancel(by, c, x.rules(o), x.config.Now())
	})
}

// change runs a rule on an order, if party sees it and it still has the
// revision that the caller saw.
func (x *Exchange) change(ctx context.Context, by Actor, id ID, revision int64, rule changeFunc) (Order, error) {
	var events []Event
	o, err := x.store.Change(ctx, by.Party, id, func(o *Order) (_ []Event, err error) {
		if revision != AnyRevision && revision != o.Revision {
			return nil, Errorf(Stale, "stale", "Order %s changed at %s and has revision %d; the request was made for revision %d.",
				o.ID, o.Updated.UTC().Format(time.RFC3339), o.Revision, revision).WithHint("Read the order again and repeat the request with its new ETag.")
		}
		events, err = x.rules(o).withStateEvent(o, by, x.config.Now(), rule) // the last time that this runs counts
		return events, err
	})
	if err == nil {
		x.publish(&o, events)
	}
	return o.seenBy(by.Party), err
}

// Interchange is a message envelope as its sender numbered it. Reference and
// Number together name it among the sender's messages of one type.
type Interchange struct {
	Sender    PartyID
	Type      string // of the documents inside
	Reference string
	Number    int64
	SHA256    [sha256.Size]byte // of the message
}

// Sequence is how a message stands to those that came before it.
type Sequence struct {
	Repeated bool  // one of the same name came before
	Differs  bool  // and it had other content
	Last     int64 // the greatest number before it when it first came, 0 before the first
}

// InOrder reports whether the message with this number followed the last one,
// or was the first. A repeated message is judged as when it first came, so
// that its answer is the same.
func (s Sequence) InOrder(number int64) bool { return s.Last == 0 || number == s.Last+1 }

// Interchange records that a message came in, once its documents are stored, and
// returns how it stands to the earlier ones.
func (x *Exchange) Interchange(ctx context.Context, i Interchange) (Sequence, error) {
	return x.store.Interchange(ctx, i)
}

// Party returns a party of the exchange.
func (x *Exchange) Party(ctx context.Context, id PartyID) (Party, error) {
	return x.directory.Party(ctx, id)
}

// Resolve returns the party that bears an identifier; see [Directory].
func (x *Exchange) Resolve(ctx context.Context, id Identifier) (Party, error) {
	return x.directory.Resolve(ctx, id)
}

// DefaultSeller returns the receiver of a sender's orders that no other rule
// routes, or "".
func (x *Exchange) DefaultSeller(ctx context.Context, sender PartyID) (PartyID, error) {
	return x.directory.DefaultSeller(ctx, sender)
}

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
