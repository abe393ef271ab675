package simulation

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// machine is a process of the product. All are on one computer, and have one clock.
type machine struct {
	w      *world
	name   string
	faults *faults
	struck int

	db         *store.DB // nil while it is down
	exchange   *order.Exchange
	dispatcher *webhook.Dispatcher
	webhooks   *webhook.Service
	logins     *auth.Service
	tasks      []webhook.Task // claimed and not yet tried
	complaints []string       // errors in the log since the last look

	looked  time.Duration // when it last looked at the clock
	life    int           // counts its starts
	begun   time.Duration // of the last one
	trusted bool          // something was rightly removed by the clock since then, and since it jumped
}

func (w *world) newMachine(name string) *machine {
	m := &machine{w: w, name: name}
	m.start()
	return m
}

// now is what the clock shows. It goes on a little with every look.
func (m *machine) now() time.Time {
	m.w.passed += time.Microsecond
	return m.w.now().Add(m.w.ahead)
}

// start begins the process anew, over what was committed.
func (m *machine) start() {
	w := m.w
	m.faults = &faults{}
	db, err := store.Open(w.ctx, w.dir, store.Options{Now: m.now, Steady: func() time.Duration { return w.passed },
		Log: slog.New(m), Replica: m.name,
		Connect: connectThrough(m.faults)})
	if err != nil {
		w.breach("%s does not start: %v", m.name, err)
	}
	m.db, m.tasks, m.begun = db, nil, w.passed
	m.life++
	m.trusted = false
	m.dispatcher = webhook.NewDispatcher(webhook.Config{Store: db, Formats: w.formats(m), Now: m.now, Log: slog.New(m),
		Jitter: func() float64 { return w.rng.Float64()*2 - 1 }})
	m.exchange = order.NewExchange(db, db, order.Config{Now: m.now, Delay: w.plan.delay, Workers: 1, Log: slog.New(m)})
	m.webhooks = webhook.NewService(webhook.ServiceConfig{Store: db, Formats: w.formats(m), Now: m.now})
	m.logins = auth.New(db, "sim", m.now)
	if len(w.machines) < 2 {
		// As a start does that holds the folder.
		if err := db.FreeDeliveries(w.ctx); err != nil {
			w.breach("%s does not free the deliveries of the process before it: %v", m.name, err)
		}
	}
	w.say("%s starts, its clock shows %s", m.name, m.now().Format(time.DateTime))
	m.sign()
	m.look()
}

// lookEvery is how long it takes at most until one of the jobs is looked at that
// remove things for their age.
const lookEvery = 5 * time.Minute

// look attends to one of them, as a process does when it has started and from then
// on.
func (m *machine) look() {
	m.mayBelieve()
	for ok := false; !ok; {
		ok = m.do("look at the clock", false, func() error {
			_, err := m.db.RunIfDue(m.w.ctx, m.endedLogins())
			return err
		}).ok()
	}
	m.looked = m.w.passed
}

// lookAtClock takes note of a step, as a process does every second until it has
// stored it.
func (m *machine) lookAtClock() {
	for ok := false; !ok; {
		ok = m.do("look at the clock", false, func() error { return m.db.LookAtClock(m.w.ctx) }).ok()
	}
}

// sign is one of the heartbeats of a process that serves, every few seconds.
func (m *machine) sign() {
	set := m.faults.suspend() // of the operation within whose turn this is
	defer m.faults.resume(set)
	if err := m.db.KeepRunning(m.w.ctx); err != nil {
		m.w.breach("%s has no heartbeat: %v", m.name, err)
	}
}

// stop ends the process as a signal does.
func (m *machine) stop() {
	if err := m.db.Close(); err != nil {
		m.w.breach("%s does not close its store: %v", m.name, err)
	}
	m.db = nil
	m.w.say("%s stops", m.name)
}

// crash ends it as a kill does: what it had in memory is gone, and what it had not
// committed.
func (m *machine) crash() {
	m.faults.die()
	m.db.Close() // the connections end; nothing that they would still do arrives
	m.db = nil
	m.w.say("%s is dead", m.name)
}

// close ends what is left at the end of a run.
func (m *machine) close() {
	if m.db != nil {
		m.crash()
	}
}

// restart is a start after a stop or a kill.
func (m *machine) restart() {
	if m.w.chance(50) {
		m.crash()
	} else {
		m.stop()
	}
	if m.w.chance(30) && m.w.plan.clock >= laxClock {
		m.w.step()
	}
	m.w.pass()
	m.start()
}

// believed is how far a clock may be wrong, and how far it may step, before what
// removes things for their age must ask; and how long it must have run after that.
// They are the promise, and stand in package store as believedJump and others.
const (
	believedStep = time.Hour
	believedGap  = 72 * time.Hour
	believedWait = 24 * time.Hour
)

// step sets the clock of all processes.
func (w *world) step() {
	before := w.ahead
	switch w.plan.clock {
	case uneasyClock:
		w.ahead = time.Duration(w.rng.Int64N(int64(4*time.Second))) - 2*time.Second
	case laxClock:
		w.ahead += time.Duration(w.rng.Int64N(int64(2*time.Hour))) - time.Hour
	case wildClock:
		w.ahead = one(w, []time.Duration{0, 0, -3 * time.Hour, 50 * time.Hour, -400 * 24 * time.Hour, 600 * 24 * time.Hour,
			3 * 365 * 24 * time.Hour})
	}
	if w.ahead == before {
		return
	}
	if (w.ahead - before).Abs() > believedStep {
		w.jumped = w.passed
		for _, m := range w.machines {
			m.trusted = false
		}
	}
	w.say("the clock steps by %s and is %s ahead", w.ahead-before, w.ahead)
	seen := w.unseen
	w.unseen = w.passed
	for _, m := range w.machines {
		if m.db != nil {
			w.unseen = seen
			m.lookAtClock()
		}
	}
}

// Enabled, Handle, WithAttrs and WithGroup make the machine take its own log, of
// which errors count.
func (m *machine) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }

// Handle takes an entry.
func (m *machine) Handle(_ context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "the clock is not believed") {
		return nil
	}
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.Key + "=" + a.Value.String()
		return true
	})
	m.complaints = append(m.complaints, text)
	return nil
}

// WithAttrs is part of slog.Handler.
func (m *machine) WithAttrs([]slog.Attr) slog.Handler { return m }

// WithGroup is part of slog.Handler.
func (m *machine) WithGroup(string) slog.Handler { return m }

// result is how an operation went.
type result struct {
	err    error
	failed bool // the store could not: it may do later
	maybe  bool // and it may have done it
	died   bool
}

// ok reports that the operation was done.
func (r result) ok() bool { return r.err == nil && !r.failed }

// do runs one operation of the product, with what the seed lets go wrong in it. An
// error that nothing explains breaks a promise, and so does a failed operation of
// one transaction that left something behind.
func (m *machine) do(what string, whole bool, op func() error) (r result) {
	w := m.w
	around, life := m.faults, m.life
	set, complaints := around.suspend(), m.complaints // of the operation within whose turn this one is
	m.complaints = nil
	defer func() {
		around.resume(set)
		m.complaints = complaints
	}()
	sick := healthy
	if !w.calm && w.chance(w.plan.faults) {
		sick = one(w, []ailment{locked, lockedLong, commitFails, commitFails, answerLost, answerLost, diskFull, unwritable,
			unreadable, unreadable, dies, dies, diesCommitted})
		if sick == lockedLong && !w.chance(20) {
			sick = locked // the writer waits in earnest between its tries
		}
	}
	var before map[order.PartyID]int64
	if sick != healthy {
		before = w.heads(m)
		m.faults.arm(sick, m.passing(sick))
	}
	if r.err = op(); w.broken != nil {
		panic(*w.broken)
	}
	struck := around.disarm()
	note := ""
	if struck {
		m.struck++
		note = ", " + sick.String()
		r.maybe = sick == answerLost || sick == diesCommitted
		r.died = sick == dies || sick == diesCommitted
	}
	ended := m.life != life // in a turn within this one
	r.maybe = r.maybe || ended
	kind := order.KindOf(r.err)
	r.failed = r.err != nil && (kind == order.Internal || kind == order.Unavailable) || len(m.complaints) > 0
	w.say("%s: %s: %s%s", m.name, what, r.word(), note)
	if r.failed && !struck && !ended {
		w.breach("%s fails, and nothing is wrong: %v %s", what, r.err, m.complaints)
	}
	if r.died && !ended {
		m.crash()
		m.start()
	}
	if whole && r.failed && !r.maybe {
		if after := w.heads(m); !sameHeads(before, after) {
			w.breach("%s failed with %v, and left changes behind: the heads were %v and are %v", what, r.err, before, after)
		}
	}
	return r
}

// passing is how many statements pass before an ailment strikes. An order takes
// some fifty, a commit is one.
func (m *machine) passing(a ailment) int {
	switch a {
	case locked, lockedLong, commitFails, answerLost, diesCommitted:
		return m.w.rng.IntN(2) * m.w.rng.IntN(3)
	}
	return m.w.rng.IntN(40)
}

// word says in a trace how an operation went.
func (r result) word() string {
	var known *order.Error
	switch {
	case r.err == nil && r.failed:
		return "failed in part"
	case r.err == nil:
		return "done"
	case errors.As(r.err, &known):
		return known.Code
	}
	return "failed"
}

// heads are the newest change numbers of all parties.
func (w *world) heads(m *machine) map[order.PartyID]int64 {
	var ids []order.PartyID
	for _, p := range w.parties {
		ids = append(ids, p.id)
	}
	heads, err := m.db.Heads(w.ctx, ids)
	if err != nil {
		w.breach("the heads cannot be read: %v", err)
	}
	return heads
}

func sameHeads(a, b map[order.PartyID]int64) bool {
	for p, n := range b {
		if a[p] != n {
			return false
		}
	}
	return true
}
