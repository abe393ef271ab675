package simulation

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// mood is how a receiver of webhooks answers.
type mood int

// The moods.
const (
	accepts mood = iota
	refuses      // with 500
	drops        // no answer comes, and the message did not either
	loses        // the message came, and the answer is lost
	hangs        // others take turns until the answer comes, if it does
	waits        // with 429 and a request for more time
)

var moodNames = map[mood]string{accepts: "accepts", refuses: "refuses", drops: "drops", loses: "loses", hangs: "hangs",
	waits: "waits"}

// String names the mood in a trace.
func (m mood) String() string { return moodNames[m] }

// receiver is what stands behind an endpoint.
type receiver struct {
	w        *world
	endpoint webhook.Endpoint
	mood     mood
	got      map[string]*message
	orders   map[order.ID][]*message // in the order of their first arrival
}

// message is a delivery as the network and its receiver see it.
type message struct {
	body     string
	change   int64
	event    int
	tries    int
	taken    int // how often the receiver has it
	accepted int // and how often it could say so
}

func newReceiver(w *world, e webhook.Endpoint) *receiver {
	return &receiver{w: w, endpoint: e, mood: one(w, []mood{accepts, accepts, refuses, loses, waits}),
		got: map[string]*message{}, orders: map[order.ID][]*message{}}
}

// formats are those that the simulation plays the receivers of.
func (w *world) formats(m *machine) []webhook.Format {
	send := func(_ context.Context, t webhook.Task) webhook.Result {
		return w.receivers[t.Endpoint.ID].receive(m, t)
	}
	return []webhook.Format{{Name: pushFormat, Send: send}, {Name: mailFormat, Send: send}}
}

// errNoAnswer is what a sender sees of an answer that does not come.
const errNoAnswer = webhook.PublicError("no answer came")

// giveUpAfter is how many tries of one delivery fail before it is given up.
var giveUpAfter = len(webhook.DefaultSchedule()) + 1

// receive takes a message, or not.
func (r *receiver) receive(m *machine, t webhook.Task) webhook.Result {
	w := r.w
	now := r.mood
	if w.calm {
		now = accepts
	}
	if now == hangs {
		w.within()
		now = one(w, []mood{accepts, drops, loses})
	}
	msg := r.tried(t)
	w.say("%s: %s, change %d, event %d of %s, try %d: %s", m.name, r.endpoint.ID, msg.change, msg.event,
		w.book.nameOf(t.Delivery.Event.Order), msg.tries, now)
	switch now {
	case accepts:
		msg.taken++
		msg.accepted++
		return webhook.Result{Status: http.StatusNoContent}
	case loses:
		msg.taken++
	case refuses:
		return webhook.Result{Status: http.StatusInternalServerError}
	case waits:
		return webhook.Result{Status: http.StatusTooManyRequests, RetryAfter: 40 * time.Second}
	}
	return webhook.Result{Err: errNoAnswer}
}

// tried notes a message: it is the same each time, and comes after those of its
// order that happened before it.
func (r *receiver) tried(t webhook.Task) *message {
	w, d := r.w, t.Delivery
	body, err := webhook.StandardBody("https://sim", d)
	if err != nil {
		w.breach("delivery: %v", err)
	}
	msg := r.got[d.ID]
	if msg == nil {
		msg = &message{body: string(body), change: d.Event.Change, event: d.Event.Event}
		r.got[d.ID] = msg
		if d.Type != webhook.OrderReminder {
			r.inOrder(d.Event.Order, msg)
		}
	}
	if msg.tries++; msg.body != string(body) {
		w.breach("a delivery to %s was first\n%s\nand is now\n%s", r.endpoint.ID, msg.body, body)
	}
	return msg
}

// inOrder wants the messages of an order in the order of their events, each after
// the one before it was taken or given up.
func (r *receiver) inOrder(id order.ID, msg *message) {
	for _, before := range r.orders[id] {
		switch {
		case before.change > msg.change:
			r.w.breach("%s is notified of change %d of order %s after change %d", r.endpoint.ID, msg.change,
				r.w.book.nameOf(id), before.change)
		case before.change == msg.change:
			r.w.breach("%s is notified of change %d of order %s under two ids", r.endpoint.ID, msg.change, r.w.book.nameOf(id))
		case before.accepted == 0 && before.tries < giveUpAfter:
			r.w.breach("%s is notified of change %d of order %s before it has taken change %d", r.endpoint.ID, msg.change,
				r.w.book.nameOf(id), before.change)
		}
	}
	r.orders[id] = append(r.orders[id], msg)
}

// sulk changes how a receiver answers.
func (w *world) sulk() {
	r := w.receivers[one(w, endpointIDs())]
	r.mood = one(w, []mood{accepts, accepts, accepts, refuses, drops, loses, hangs, waits})
	w.say("%s answers otherwise: %s", r.endpoint.ID, r.mood)
}

// endpointIDs are their names, in one order.
func endpointIDs() (ids []string) {
	for _, e := range endpoints() {
		ids = append(ids, e.ID)
	}
	return ids
}

// pause has the owner of an endpoint hold its events back, or not any more.
func (w *world) pause() { w.setPaused(w.receivers[one(w, endpointIDs())], w.chance(30)) }

func (w *world) setPaused(r *receiver, paused bool) result {
	m := w.machine()
	was := w.paused(m, r)
	res := m.do(fmt.Sprintf("%s is %s", r.endpoint.ID, map[bool]string{true: "paused", false: "resumed"}[paused]), true,
		func() (err error) {
			if paused {
				_, err = m.webhooks.Pause(w.ctx, r.endpoint.Party, r.endpoint.ID)
			} else {
				_, err = m.webhooks.Resume(w.ctx, r.endpoint.Party, r.endpoint.ID)
			}
			return err
		})
	if !res.failed && res.err != nil {
		w.breach("endpoint %s: %v", r.endpoint.ID, res.err)
	}
	if was && !paused && res.ok() {
		w.awake(m, r)
	}
	return res
}

// soon is how long work may rest after a clock was set.
const soon = 3 * time.Second

// awake wants all that waits for an endpoint that is back to be due.
func (w *world) awake(m *machine, r *receiver) {
	left, err := m.db.Deliveries(w.ctx, webhook.DeliveryQuery{Party: r.endpoint.Party, Endpoint: r.endpoint.ID,
		State: webhook.Pending, Limit: 200})
	if err != nil {
		w.breach("the deliveries to %s: %v", r.endpoint.ID, err)
	}
	for _, d := range left {
		if d.Due.After(m.now().Add(soon)) {
			w.breach("%s is back, and the delivery of change %d waits until %s; the clock shows %s", r.endpoint.ID,
				d.Event.Change, d.Due, m.now())
		}
	}
}
