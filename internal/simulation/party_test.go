package simulation

import (
	"fmt"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// party is a firm with its systems.
type party struct {
	id      order.PartyID
	sends   bool
	takes   bool
	numbers int // orders written so far

	client  auth.Client
	secret  string
	token   *token
	user    *user
	fetched int

	pollers []*poller
	read    int64 // how far it has read its feed
	acked   int64 // and acknowledged that
}

// populate puts the parties into the world.
func (w *world) populate() {
	t, err := template()
	if err != nil {
		panic(err) // it was made before
	}
	for _, p := range []*party{
		{id: shop, sends: true}, {id: school, sends: true}, {id: agent, sends: true}, {id: publisher, sends: true,
			takes: true}, {id: wholesale, takes: true},
	} {
		p.user = newUser(p)
		p.client, p.secret = t.clients[p.id], t.secrets[p.id]
		modes := []order.Mode{order.SentByMe}
		if p.takes {
			modes = []order.Mode{order.SentToMe, order.All}
		}
		for _, mode := range modes {
			p.pollers = append(p.pollers, w.pollersOf(p, mode)...)
		}
		w.parties = append(w.parties, p)
	}
	for _, e := range endpoints() {
		w.receivers[e.ID] = newReceiver(w, e)
	}
}

// poller is a client that asks for what is new, in one of the ways in which clients
// do, and remembers the newest change of each order that it was shown.
type poller struct {
	name  string
	party *party
	mode  order.Mode
	from  func(*poller) time.Time // where the next poll begins; nil follows the cursor
	exact bool                    // it goes by a clock, so it is right as long as clocks are

	asked  time.Time // its own clock, which is right, at the last request
	dated  time.Time // the clock of the process that answered
	newest time.Time // the newest time of a change that it was shown
	cursor int64
	shown  map[order.ID]int64
	polls  int
}

// pollersOf are the four ways.
func (w *world) pollersOf(p *party, mode order.Mode) (all []*poller) {
	for _, k := range []poller{
		{name: "cursor"},
		{name: "newest time shown", from: func(p *poller) time.Time { return p.newest }},
		{name: "Date of the answer", from: func(p *poller) time.Time { return p.dated }},
		{name: "own clock", from: func(p *poller) time.Time { return p.asked }, exact: true},
	} {
		k.name, k.party, k.mode, k.shown = fmt.Sprintf("%s %s by %s", p.id, mode, k.name), p, mode, map[order.ID]int64{}
		all = append(all, &k)
	}
	return all
}

// trusted reports whether the poller must be shown everything: one that goes by a
// clock need not where clocks jump by more than the overlap.
func (p *poller) trusted(w *world) bool { return !p.exact || w.plan.clock <= uneasyClock }

// poll reads everything that one question returns, page by page; between two pages
// others take turns. When it came to its end, it has been shown every order's
// newest change that was there when it began.
func (w *world) poll(p *poller) {
	m := w.machine()
	if !w.login(m, p.party) {
		return
	}
	m = w.machine()
	var due map[order.ID]int64
	watched := w.chance(25)
	if watched {
		due = w.listed(m, p.party.id, p.mode)
	}
	q := order.Query{Party: p.party.id, Mode: p.mode, After: p.cursor, Limit: 1 + w.rng.IntN(6)}
	if p.from != nil {
		if q.After = 0; p.polls > 0 && !p.from(p).IsZero() {
			q.Since = m.db.Shown(p.from(p).Truncate(time.Second)).Add(-m.db.Overlap()) // as fromDate is written and read
		}
	}
	asked := w.now()
	for page, more := 0, true; more; page++ {
		var got order.Page
		m = w.machine()
		if r := m.do(fmt.Sprintf("poll %s, page %d", p.name, page+1), false, func() (err error) {
			got, err = m.exchange.List(w.ctx, q)
			return err
		}); !r.ok() {
			return // and begins again another time, where it began now
		}
		p.take(w, m, got)
		if q.After, more = got.Next, got.More; more && w.chance(20) {
			w.within()
		}
		if page > 1000 {
			w.breach("poll %s does not come to an end", p.name)
		}
	}
	p.polls++
	p.asked, p.cursor = asked, q.After
	if watched && p.trusted(w) {
		p.wantShown(w, due)
	}
}

// take remembers what a page shows.
func (p *poller) take(w *world, m *machine, page order.Page) {
	p.dated = m.now()
	last := int64(0)
	for _, item := range page.Items {
		if item.Change <= last {
			w.breach("poll %s shows change %d behind %d", p.name, item.Change, last)
		}
		last = item.Change
		p.shown[item.ID] = max(p.shown[item.ID], item.Change)
		if item.Updated.After(p.newest) {
			p.newest = item.Updated
		}
	}
}

func (p *poller) wantShown(w *world, due map[order.ID]int64) {
	for id, change := range due {
		if p.shown[id] < change {
			w.breach("poll %s has not shown change %d of order %s, only %d", p.name, change, w.book.nameOf(id), p.shown[id])
		}
	}
}

// listed is what a party is shown now: orders and the changes that placed them.
func (w *world) listed(m *machine, p order.PartyID, mode order.Mode) map[order.ID]int64 {
	all := map[order.ID]int64{}
	page, err := m.exchange.List(w.ctx, order.Query{Party: p, Mode: mode, Limit: order.MaxPage})
	if err != nil || page.More {
		w.breach("the list of %s: %v", p, err)
	}
	for _, item := range page.Items {
		all[item.ID] = item.Change
	}
	return all
}

// readFeed reads a page of a party's feed, and mostly acknowledges it.
func (w *world) readFeed(p *party) {
	m := w.machine()
	var page order.FeedPage
	r := m.do(fmt.Sprintf("%s reads its feed behind %d", p.id, p.read), false, func() (err error) {
		page, err = m.exchange.Feed(w.ctx, order.FeedQuery{Party: p.id, After: p.read, Limit: 1 + w.rng.IntN(20)}, 0)
		return err
	})
	if r.failed {
		return
	}
	if r.err != nil {
		w.breach("the feed of %s behind %d: %v", p.id, p.read, r.err)
	}
	if page.Acknowledged < p.acked {
		w.breach("%s acknowledged its feed up to %d, and it is at %d", p.id, p.acked, page.Acknowledged)
	}
	w.book.read(p.id, page.Changes)
	if n := len(page.Changes); n > 0 {
		p.read = page.Changes[n-1].Number
	}
	if p.read > p.acked && w.chance(70) {
		w.acknowledge(p)
	}
	if w.chance(5) {
		p.read = 0 // a reader that lost its place reads all again
	}
}

func (w *world) acknowledge(p *party) {
	m := w.machine()
	var got int64
	r := m.do(fmt.Sprintf("%s acknowledges its feed up to %d", p.id, p.read), true, func() (err error) {
		_, got, err = m.exchange.Acknowledge(w.ctx, actor(p.id), p.read)
		return err
	})
	switch {
	case r.failed:
		return
	case r.err != nil || got < p.read:
		w.breach("%s acknowledges %d, and that is answered with %d, %v", p.id, p.read, got, r.err)
	}
	p.acked = got
}
