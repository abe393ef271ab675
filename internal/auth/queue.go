package auth

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/bookgate/bookgate/internal/plant"
	"github.com/bookgate/bookgate/order"
)

// The limits of logins that wait until their password is checked.
const (
	// hashSlots is how many passwords are checked at once in quiet times, and
	// busySlots while other requests are at work: a check takes 25 ms of one
	// processor, and clients that have a ticket already must not wait for those who
	// guess at one.
	hashSlots = 2
	busySlots = 1

	// mostInside is how many logins are looked at, wait or are checked together,
	// which is less than a third of the requests that a server works on at once.
	// One address has at most half of it.
	mostInside = 160

	// mostWaiting is how many logins wait in one lane: at 40 checks a second
	// the last one waits less than two seconds, and all who start at the same
	// moment in a chain of shops come in. Another does better to wait itself.
	mostWaiting = 64

	// queueTime bounds the waiting on a machine that is slower than that.
	queueTime = 10 * time.Second

	// queueRetry is what a login that may not wait is asked to stay away.
	queueRetry = time.Second
)

// queue lets a bounded number of logins check a password at once. The others wait
// in two lanes, that of users who have logged in from their address before and
// that of all others, which take turns. Within a lane the addresses take turns, and
// when it is full, the newest of the address that has most waiting is dropped for
// one that has fewer: however many come from one address, they wait for each other.
type queue struct {
	busy func() bool // whether other requests are at work; asked while mu is held

	mu      sync.Mutex
	inside  map[string]int // logins by their address
	total   int            // of them all
	running int
	lanes   [2]lane
	turn    int // the lane that is asked first
}

// The lanes.
const (
	strangers = iota
	known
)

// lane is the logins that wait in one lane, by their addresses in the order of
// their turns.
type lane struct {
	sites   []*waiting
	waiting int
}

// waiting is the logins that wait from one address, the oldest first.
type waiting struct {
	site   string
	logins []chan error
}

func newQueue() *queue {
	return &queue{busy: func() bool { return false }, inside: map[string]int{}}
}

// admit lets a login in that the store is then asked about, or says login-busy. An
// address may have as many inside as there are places left, so that there are
// places left for others whatever it does.
func (q *queue) admit(site string) (depart func(), err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.inside[site] >= mostInside-q.total {
		return nil, errLoginBusy()
	}
	q.inside[site]++
	q.total++
	return func() { q.depart(site) }, nil
}

func (q *queue) depart(site string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.total--
	if q.inside[site]--; q.inside[site] == 0 {
		delete(q.inside, site)
	}
}

// enter waits for a slot as long as ctx lasts; leave frees the slot. A login
// that may not wait gets login-busy (Unavailable) at once.
func (q *queue) enter(ctx context.Context, site string, in int) (leave func(), err error) {
	login := q.join(site, in)
	timeout := time.NewTimer(queueTime)
	defer timeout.Stop()
	select {
	case err = <-login:
	case <-ctx.Done():
		err = q.abandon(site, in, login, ctx.Err())
	case <-timeout.C:
		err = q.abandon(site, in, login, errLoginBusy())
	}
	if err != nil {
		return nil, err
	}
	return q.leave, nil
}

func errLoginBusy() error {
	e := order.Errorf(order.Unavailable, "login-busy", "As many logins wait to be checked as may. "+
		"Nothing is wrong with this one, and it does not count as a wrong password.").
		WithHint("Send the login again after the time in Retry-After. " +
			"A ticket is good for two hours: log in once, not for every request.")
	e.RetryAfter = queueRetry
	return e
}

// join puts a login in a lane. What it returns says nil when the login has a
// slot, or why it gets none.
func (q *queue) join(site string, in int) chan error {
	login := make(chan error, 1)
	q.mu.Lock()
	defer q.mu.Unlock()
	l := &q.lanes[in]
	if l.waiting >= mostWaiting && !l.dropLongest(site) {
		login <- errLoginBusy()
		return login
	}
	l.add(site, login)
	q.next()
	return login
}

// next hands free slots to those whose turn it is.
func (q *queue) next() {
	slots := hashSlots
	if q.busy() {
		slots = busySlots
	}
	if plant.Enabled && plant.On(plant.NoHashLimit) {
		slots = mostInside
	}
	for q.running < slots && q.lanes[strangers].waiting+q.lanes[known].waiting > 0 {
		if q.lanes[q.turn].waiting > 0 {
			q.lanes[q.turn].take() <- nil
			q.running++
		}
		q.turn = 1 - q.turn
	}
}

func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running--
	q.next()
}

// abandon takes a login out that waits no longer, because of cause. One that has
// been given a slot at that moment has it.
func (q *queue) abandon(site string, in int, login chan error, cause error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.lanes[in].remove(site, login) {
		return cause
	}
	return <-login
}

func (l *lane) add(site string, login chan error) {
	l.waiting++
	for _, w := range l.sites {
		if w.site == site {
			w.logins = append(w.logins, login)
			return
		}
	}
	l.sites = append(l.sites, &waiting{site, []chan error{login}})
}

// take takes the oldest login of the address whose turn it is.
func (l *lane) take() chan error {
	w := l.sites[0]
	login := w.logins[0]
	l.waiting--
	l.sites, w.logins = l.sites[1:], w.logins[1:]
	if len(w.logins) > 0 {
		l.sites = append(l.sites, w)
	}
	return login
}

// dropLongest turns away the newest login of the address that has most, if that is
// more than site would have.
func (l *lane) dropLongest(site string) bool {
	most, own := l.sites[0], 0
	for _, w := range l.sites {
		if len(w.logins) > len(most.logins) {
			most = w
		}
		if w.site == site {
			own = len(w.logins)
		}
	}
	last := len(most.logins) - 1
	if last <= own {
		return false
	}
	most.logins[last] <- errLoginBusy()
	most.logins = most.logins[:last]
	l.waiting--
	return true
}

func (l *lane) remove(site string, login chan error) bool {
	for i, w := range l.sites {
		if j := slices.Index(w.logins, login); w.site == site && j >= 0 {
			w.logins = slices.Delete(w.logins, j, j+1)
			l.waiting--
			if len(w.logins) == 0 {
				l.sites = slices.Delete(l.sites, i, i+1)
			}
			return true
		}
	}
	return false
}
