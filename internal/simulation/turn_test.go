package simulation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// deepest is how many turns stand within each other at most.
const deepest = 2

// within lets others take some turns while one waits.
func (w *world) within() {
	if w.calm || w.depth >= deepest {
		return
	}
	w.depth++
	for range 1 + w.rng.IntN(4) {
		w.pass()
		w.turn()
	}
	w.depth--
}

// turn is one step of a client, a receiver, a job or the machine.
func (w *world) turn() {
	if w.plan.guessed && w.chance(10) {
		w.passwords()
		return
	}
	switch n := w.rng.IntN(100); {
	case n < 12:
		p := w.sender()
		w.submit(p, w.write(p))
	case n < 17:
		w.again()
	case n < 27:
		w.change()
	case n < 42:
		w.settle()
	case n < 52:
		w.poll(one(w, one(w, w.parties).pollers))
	case n < 58:
		w.readFeed(one(w, w.parties))
	case n < 66:
		w.claim()
	case n < 78:
		w.try()
	case n < 84:
		w.job()
	case n < 87:
		w.sulk()
	case n < 89:
		w.pause()
	case n < 93:
		w.credentials()
	case n < 98:
		w.step()
	default:
		w.power()
	}
}

func (w *world) sender() *party {
	p := one(w, w.parties)
	for !p.sends {
		p = one(w, w.parties)
	}
	return p
}

func (w *world) partyOf(id order.PartyID) *party {
	return w.parties[slices.IndexFunc(w.parties, func(p *party) bool { return p.id == id })]
}

// again repeats an order, acknowledged or not, or sends another under its number.
func (w *world) again() {
	if len(w.book.orders) == 0 {
		return
	}
	s := one(w, w.book.orders)
	p := w.partyOf(s.sender())
	if s.acked && w.chance(25) {
		w.contradict(p, s)
		return
	}
	w.submit(p, s)
}

// change has a sender or a receiver do something to an order.
func (w *world) change() {
	known := w.book.known()
	if len(known) == 0 {
		return
	}
	s := one(w, known)
	if w.chance(30) || s.seller == "" {
		w.takeBack(w.partyOf(s.sender()), s)
		return
	}
	if p := w.partyOf(s.seller); w.plan.retain > 0 && w.chance(50) {
		w.finish(p, s)
	} else {
		w.answer(p, s)
	}
}

// settle takes a step of processing: the order that came last, or the sweep.
func (w *world) settle() {
	m := w.machine()
	if w.plan.delay > 0 || w.chance(30) {
		m.do("sweep", false, func() error { return m.exchange.ProcessPending(w.ctx) })
		return
	}
	m.do("route the next", false, func() error {
		m.exchange.ProcessNext(w.ctx)
		return nil
	})
}

// claim leases deliveries that are due.
func (w *world) claim() {
	m, limit := w.machine(), 1+w.rng.IntN(8)
	var tasks []webhook.Task
	r := m.do(fmt.Sprintf("claim %d deliveries", limit), false, func() (err error) {
		tasks, err = m.dispatcher.Claim(w.ctx, limit)
		return err
	})
	if !r.died && r.ok() {
		m.tasks = append(m.tasks, tasks...)
		w.say("%s has %d", m.name, len(tasks))
	}
}

// try carries out one of the deliveries that a process has claimed.
func (w *world) try() {
	m := w.machine()
	if len(m.tasks) == 0 {
		w.claim()
		return
	}
	i := w.rng.IntN(len(m.tasks))
	t := m.tasks[i]
	m.tasks = slices.Delete(m.tasks, i, i+1)
	m.do("try to deliver to "+t.Endpoint.ID, false, func() error {
		m.dispatcher.Try(w.ctx, t)
		return nil
	})
}

// credentials are shown, ended and replaced.
func (w *world) credentials() {
	switch n := w.rng.IntN(11); {
	case n >= 10 && w.plan.guessed:
		w.disable(one(w, w.parties).user)
	case n < 6:
		w.probe()
	case n < 8:
		w.logout(one(w, w.parties))
	default:
		w.replace(one(w, w.parties))
	}
}

// power ends a process, and starts it now or later.
func (w *world) power() {
	m := w.machine()
	if w.depth == 0 && w.plan.machines > 1 && w.chance(30) {
		m.crash() // and is started with the next turn of its own
		return
	}
	m.restart()
}

// Of how long finished things are stored, and how long a receiver is left in peace.
const (
	deliveriesRetained = 30 * 24 * time.Hour
	remindAfter        = 24 * time.Hour
)

// job does one of the jobs, if it is due.
func (w *world) job() {
	m := w.machine()
	j := one(w, m.jobs())
	m.mayBelieve()
	m.do("job "+j.Name, false, func() error {
		_, err := m.db.RunIfDue(w.ctx, j)
		return err
	})
}

// jobs are those of a process that serves.
func (m *machine) jobs() []store.Job {
	db, w := m.db, m.w
	const lease, often = 2 * time.Minute, 5 * time.Minute
	all := append(db.Jobs(),
		m.endedLogins(),
		store.Job{Name: "old-deliveries", Final: true, Every: often, Lease: lease, Do: m.final(func(ctx context.Context,
			_ int64) (int64, error) {
			_, err := db.PurgeFinished(ctx, m.now().Add(-deliveriesRetained), 500)
			return 0, err
		})},
		store.Job{Name: "reminders", Every: often, Lease: lease, Do: func(ctx context.Context, _ int64) (int64, error) {
			_, err := db.Remind(ctx, mailFormat, m.now().Add(-remindAfter), 500)
			return 0, err
		}})
	if w.plan.retain == 0 {
		return all
	}
	retire := db.Retiring(w.plan.retain)
	return append(all,
		store.Job{Name: store.DropJob, Final: true, Every: time.Hour, Lease: lease,
			Do: m.final(db.Dropping(w.plan.retain))},
		store.Job{Name: store.RetireJob, Final: true, Every: time.Hour, Lease: lease,
			Do: m.final(func(ctx context.Context, place int64) (int64, error) {
				if before := m.now().Add(-w.plan.retain).Add(time.Second); before.After(w.retired) {
					w.retired = before
				}
				return retire(ctx, place)
			})})
}

func (m *machine) endedLogins() store.Job {
	return store.Job{Name: "ended-logins", Final: true, Every: 5 * time.Minute, Lease: 2 * time.Minute,
		Do: m.final(func(ctx context.Context, _ int64) (int64, error) {
			return 0, m.logins.Sweep(ctx)
		})}
}

// final wants a clock that may be believed behind what removes things for their
// age.
func (m *machine) final(do func(context.Context, int64) (int64, error)) func(context.Context, int64) (int64, error) {
	return func(ctx context.Context, place int64) (int64, error) {
		if !m.mayBelieve() {
			m.w.breach("%s removes things by a clock that is %s ahead", m.name, m.w.ahead)
		}
		return do(ctx, place)
	}
}

// mayBelieve reports whether a process may believe its clock now. It may have stored
// that, also where it dies before it removes anything.
func (m *machine) mayBelieve() bool {
	if m.trusted = m.trusted || m.believable(); m.trusted && m.now().After(m.w.believed) {
		m.w.believed = m.now()
	}
	return m.trusted
}

// believable reports whether the clock of a process is about right, or has run for a
// day since it jumped or the process began, or is about what was believed when the
// process began.
func (m *machine) believable() bool {
	if m.w.ahead <= believedGap+believedStep || m.w.passed-max(m.begun, m.w.jumped) >= believedWait {
		return true
	}
	return m.w.jumped <= m.begun && !m.w.believed.IsZero() && m.now().Before(m.w.believed.Add(believedGap+believedStep))
}
