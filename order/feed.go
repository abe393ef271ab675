package order

import (
	"context"
	"errors"
	"time"
)

// EventHidden is the kind that a feed shows for a change of an order that the
// party can see no longer. The change keeps its number, so that the numbers
// have no holes, and holds nothing but its time.
const EventHidden EventKind = "hidden"

// Change is one change that a party could see, under the party's own number.
type Change struct {
	Number      int64
	Order       ID
	OrderNumber string
	Event       int // of the order's history
	Kind        EventKind
	At          time.Time
	Line        int
	From, To    Status
	Side        Role // where the party stood then
	Retired     bool // the order was taken out of storage since, and answers Gone
}

// FeedQuery asks for the changes of a party behind a number, oldest first.
type FeedQuery struct {
	Party PartyID
	After int64
	Limit int // the greatest number of changes, from 1 to MaxPage
}

// FeedPage is a part of a party's feed. A reader that has every number up to
// Head has everything.
type FeedPage struct {
	Changes      []Change
	Head         int64 // the party's newest change number
	Acknowledged int64 // the greatest number that the party has acknowledged
	More         bool  // whether there is something behind this page now
}

// Acknowledgement says that a party has read its feed up to a number.
type Acknowledgement struct {
	Party   PartyID
	Through int64
	At      time.Time
	Actor   string
	Via     string
}

// Feed returns the changes behind q.After. When there are none it waits until
// there are, for at most as long as wait; then, and when the server is being
// stopped, the page is empty.
func (x *Exchange) Feed(ctx context.Context, q FeedQuery, wait time.Duration) (FeedPage, error) {
	page, err := x.feed(ctx, q)
	if err != nil || len(page.Changes) > 0 || wait <= 0 {
		return page, err
	}
	waiting, stop := context.WithTimeout(ctx, wait)
	defer stop()
	_, err = x.Await(waiting, q.Party, q.After)
	switch ended := waiting.Err() != nil || errors.Is(err, ErrShutdown); {
	case ctx.Err() != nil:
		return FeedPage{}, ctx.Err()
	case err != nil && ended:
		return page, nil
	case err != nil:
		return FeedPage{}, err
	}
	return x.feed(ctx, q)
}

func (x *Exchange) feed(ctx context.Context, q FeedQuery) (FeedPage, error) {
	page, err := x.store.Feed(ctx, q)
	if err != nil {
		return FeedPage{}, err
	}
	if q.After > page.Head {
		return FeedPage{}, feedAhead(q, page.Head)
	}
	return page, nil
}

// feedAhead refuses a reader that knows of changes that the store does not
// have. Silence would be worse: the reader would miss all that is new until
// the numbers have caught up.
func feedAhead(q FeedQuery, head int64) error {
	return Errorf(Invalid, "feed-ahead", "Changes behind number %d were asked for, and the newest change of party %s has number %d.", q.After, q.Party, head).
		WithHint("The store may have been restored from a backup. Go on with after=%d, or read everything again with after=0.", head).
		WithField(Field{Parameter: "after"})
}

// Acknowledge keeps that by's party has read its feed up to a number. It returns
// the party's newest number, and the greatest that is acknowledged now.
func (x *Exchange) Acknowledge(ctx context.Context, by Actor, through int64) (head, acknowledged int64, err error) {
	a := Acknowledgement{Party: by.Party, Through: through, At: x.config.Now(), Actor: by.Name, Via: by.Via}
	if err := x.store.Acknowledge(ctx, a); err != nil {
		return 0, 0, err
	}
	page, err := x.store.Feed(ctx, FeedQuery{Party: by.Party, After: through, Limit: 1})
	return page.Head, page.Acknowledged, err
}

// Resume returns the change number behind which a reader goes on that has read
// through after in some epoch of a store. through and known are what
// Store.Since says of that epoch.
//
// What the reader saw beyond through was lost when the store was restored, and
// those numbers were given out again, so it goes on at through. The numbers of
// an epoch that the store does not know mean nothing here, so the reader begins
// anew. It may see changes again; it misses none.
func Resume(after, through int64, known bool) int64 {
	if !known {
		return 0
	}
	return min(after, through)
}
