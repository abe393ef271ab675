package simulation

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/bookgate/bookgate/order"
)

// begin is when every run begins.
var begin = time.Date(2026, time.March, 2, 8, 0, 0, 0, time.UTC)

// world is one run: everything that is not the product, and the processes of the
// product in it.
type world struct {
	rng    *rand.Rand
	plan   plan
	ctx    context.Context
	dir    string
	passed time.Duration // since begin, as a clock shows that is always right
	ahead  time.Duration // of the clock that the processes have
	jumped time.Duration // when that last stepped by more than is believed
	unseen time.Duration // when it last stepped and no process ran; 0 for never
	depth  int           // turns within turns
	calm   bool          // nothing goes wrong any more
	sick   bool          // the last look at a token failed
	broken *breach       // the first, also where the product took its panic
	trace  bytes.Buffer

	machines  []*machine
	book      *ledger
	parties   []*party
	receivers map[string]*receiver // by the id of their endpoint
	tokens    []*token
	steps     int

	believed time.Time // the newest time by which something was rightly removed
	retired  time.Time // what was last changed before it may have been taken out of storage
}

// plan is what a seed chooses for the whole of its run.
type plan struct {
	steps    int
	machines int
	clock    clockKind
	faults   int           // of a hundred operations that something goes wrong with
	pause    time.Duration // between turns: the time scale
	delay    time.Duration // order.Config.Delay
	resume   bool          // at the end receivers say that they are back, and need not be found so
	rightEnd bool          // at the end the clocks are set right
	guessed  bool          // passwords are shown and guessed at
	retain   time.Duration // how long finished orders are stored; 0 is no limit
}

// clockKind is how wrong clocks can be.
type clockKind int

// The kinds of clock.
const (
	rightClock  clockKind = iota
	uneasyClock           // steps of up to two seconds either way
	laxClock              // steps of up to an hour
	wildClock             // steps of up to three years
)

var clockNames = map[clockKind]string{rightClock: "right", uneasyClock: "uneasy", laxClock: "lax", wildClock: "wild"}

// newPlan makes the choices of a seed.
func newPlan(rng *rand.Rand) plan {
	p := plan{steps: 30 + rng.IntN(80), machines: 1, resume: rng.IntN(2) == 0, rightEnd: rng.IntN(2) == 0}
	p.clock = []clockKind{rightClock, rightClock, uneasyClock, uneasyClock, laxClock, wildClock}[rng.IntN(6)]
	p.faults = []int{0, 5, 15, 30}[rng.IntN(4)]
	p.pause = []time.Duration{200 * time.Millisecond, 5 * time.Second, 5 * time.Minute, 3 * time.Hour}[rng.IntN(4)]
	if rng.IntN(4) == 0 {
		p.machines = 2
	}
	if p.guessed = rng.IntN(guessersPart) == 0; p.guessed {
		p.pause = 200 * time.Millisecond // or what was guessed is forgiven soon
	}
	if rng.IntN(8) == 0 {
		p.delay = 10 * time.Second
	}
	if p.pause > time.Minute && rng.IntN(2) == 0 {
		p.retain = time.Duration(2+rng.IntN(6)) * 24 * time.Hour
	}
	return p
}

// breach is a promise that was broken; it ends the run.
type breach struct{ what string }

func (w *world) breach(format string, args ...any) {
	b := breach{fmt.Sprintf(format, args...)}
	w.say("BROKEN: %s", b.what)
	if w.broken == nil {
		w.broken = &b
	}
	panic(b)
}

// say adds a line to the trace. Names in it are those of the simulation: the ids
// that the product makes differ from run to run.
func (w *world) say(format string, args ...any) {
	fmt.Fprintf(&w.trace, "%4d %-16s %*s", w.steps, w.passed, 2*w.depth, "")
	fmt.Fprintf(&w.trace, format+"\n", args...)
}

// now is the right time.
func (w *world) now() time.Time { return begin.Add(w.passed) }

// outcome is what became of a run.
type outcome struct {
	fault   string // the promise that was broken, or ""
	trace   string
	steps   int
	virtual time.Duration
	orders  int
	struck  int
}

// simulate runs one seed in a folder of its own below dir.
func simulate(ctx context.Context, dir string, seed uint64) (out outcome, err error) {
	rng := rand.New(rand.NewPCG(seed, 0x626f6f6b))
	w := &world{rng: rng, plan: newPlan(rng), ctx: ctx, dir: filepath.Join(dir, fmt.Sprint(seed)),
		receivers: map[string]*receiver{}}
	w.book = newLedger(w)
	defer os.RemoveAll(w.dir)
	if err := copyTemplate(w.dir); err != nil {
		return out, err
	}
	defer func() {
		for _, m := range w.machines {
			m.close()
		}
		out.trace, out.steps, out.virtual, out.orders = w.trace.String(), w.steps, w.passed, len(w.book.orders)
		for _, m := range w.machines {
			out.struck += m.struck
		}
		if p := recover(); p != nil {
			if w.broken == nil {
				out.fault = fmt.Sprintf("panic: %v\n%s", p, debug.Stack())
				return
			}
			out.fault = w.broken.what
		}
	}()
	w.run()
	return out, nil
}

// run is the whole life of a world.
func (w *world) run() {
	w.say("clock %s, %d machines, faults %d %%, a turn each %s, delay %s, orders stored %s", clockNames[w.plan.clock],
		w.plan.machines,
		w.plan.faults, w.plan.pause, w.plan.delay, w.plan.retain)
	w.populate()
	for i := range w.plan.machines {
		w.machines = append(w.machines, w.newMachine(fmt.Sprintf("m%d", i+1)))
	}
	for w.steps = 0; w.steps < w.plan.steps; w.steps++ {
		w.pass()
		w.turn()
	}
	w.settleDown()
	w.checkAll()
}

// pass lets time go by, mostly some, sometimes much more.
func (w *world) pass() {
	by := time.Duration(w.rng.Int64N(int64(w.plan.pause)))
	if w.rng.IntN(20) == 0 {
		by *= 20
	}
	w.passed += by + time.Millisecond
	for _, m := range w.machines {
		if m.db != nil {
			m.sign()
		}
		if !w.calm && m.db != nil && w.passed-m.looked >= lookEvery {
			m.look()
		}
	}
}

// one chooses by chance.
func one[T any](w *world, of []T) T { return of[w.rng.IntN(len(of))] }

// chance is true in so many of a hundred cases.
func (w *world) chance(percent int) bool { return w.rng.IntN(100) < percent }

// machine chooses a process that runs, or starts one.
func (w *world) machine() *machine {
	m := one(w, w.machines)
	if m.db == nil {
		m.start()
	}
	return m
}

// actor is a party as it acts.
func actor(p order.PartyID) order.Actor { return order.Actor{Party: p, Name: "sim", Via: "token"} }
