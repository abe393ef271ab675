package webhook

import (
	"testing"
	"time"
)

// life is one endpoint with what waits for it, tried by the pure rules alone
// under a clock that jumps from try to try.
type life struct {
	endpoint Endpoint
	waiting  []*Delivery
	now      time.Time
	tries    int
	jitter   func() float64
}

// until tries what is due, the earliest first, until the clock stands at end.
// Each try gets what answer says.
func (l *life) until(end time.Time, answer func() Result) {
	for {
		next := l.next()
		if next == nil || l.dueOf(next).After(end) || l.endpoint.State == Disabled {
			l.now = end
			return
		}
		if due := l.dueOf(next); due.After(l.now) {
			l.now = due
		}
		was := l.endpoint.State
		applyResult(&l.endpoint, next, Format{}, answer(), l.now, l.jitter())
		if l.tries++; was != Active && l.endpoint.State == Active {
			l.wake()
		}
	}
}

// wake does what the store does for an endpoint that is active again.
func (l *life) wake() {
	for _, d := range l.waiting {
		if d.State == Pending && d.Due.After(l.now) {
			d.Due = l.now
		}
	}
}

func (l *life) next() (next *Delivery) {
	for _, d := range l.waiting {
		if d.State == Pending && (next == nil || d.Due.Before(next.Due)) {
			next = d
		}
	}
	return next
}

// dueOf is when a delivery can be tried: not before its endpoint may.
func (l *life) dueOf(d *Delivery) time.Time {
	if l.endpoint.Due.After(d.Due) {
		return l.endpoint.Due
	}
	return d.Due
}

func (l *life) add() *Delivery {
	d := &Delivery{State: Pending, Due: l.now, Created: l.now}
	l.waiting = append(l.waiting, d)
	return d
}

func (l *life) count(s DeliveryState) (n int) {
	for _, d := range l.waiting {
		if d.State == s {
			n++
		}
	}
	return n
}

func newLife(jitter float64) *life {
	return &life{endpoint: Endpoint{State: Active}, now: noon(), jitter: func() float64 { return jitter }}
}

func refuses() Result { return Result{Status: 500} }
func takes() Result   { return Result{Status: 204} }

// TestOneDeliveryIsTriedForDays follows a delivery that is never taken.
func TestOneDeliveryIsTriedForDays(t *testing.T) {
	var all time.Duration
	for _, d := range DefaultSchedule() {
		all += d
	}
	for _, jitter := range []float64{-1, 0, 1} {
		l := newLife(jitter)
		d := l.add()
		l.until(noon().Add(30*24*time.Hour), refuses)
		lasted, want := d.Finished.Sub(noon()), all+time.Duration(float64(all)*jitter/5)
		if d.State != Failed || l.tries != 11 || lasted < want || lasted > want+time.Hour {
			t.Errorf("jitter %v: %s after %d tries in %s, want 11 in %s", jitter, d.State, l.tries, lasted, want)
		}
		if lasted < 72*time.Hour {
			t.Errorf("jitter %v: given up after %s, three days are promised", jitter, lasted)
		}
	}
}

// TestImpatientReceiversGetTheirDaysToo is of one that always asks for another
// second: it must not use the tries up within seconds.
func TestImpatientReceiversGetTheirDaysToo(t *testing.T) {
	l := newLife(0)
	d := l.add()
	l.until(noon().Add(30*24*time.Hour), func() Result { return Result{Status: 429, RetryAfter: time.Second} })
	if lasted := d.Finished.Sub(noon()); lasted < 72*time.Hour {
		t.Errorf("given up after %s", lasted)
	}
}

// TestADeadEndpointIsRetainedAndHeals sends an endpoint an event an hour while it
// is down for eight days.
func TestADeadEndpointIsRetainedAndHeals(t *testing.T) {
	l := newLife(0)
	failing, downTries := time.Time{}, 0
	for hour := range 8 * 24 {
		l.add()
		before := l.tries
		l.until(noon().Add(time.Duration(hour+1)*time.Hour), refuses)
		if l.endpoint.State == Failing && failing.IsZero() {
			failing = l.now
		} else if !failing.IsZero() {
			downTries = max(downTries, l.tries-before)
		}
	}
	if after := failing.Sub(noon()); after < failingAfter || after > failingAfter+2*time.Hour || l.endpoint.Reason == "" {
		t.Fatalf("failing after %s: %q", after, l.endpoint.Reason)
	}
	if downTries != 1 {
		t.Errorf("a failing endpoint was tried %d times in an hour", downTries)
	}
	lost := l.count(Failed)
	if stored := l.count(Pending); lost == 0 || stored < 3*24 {
		t.Errorf("%d given up, %d stored", lost, stored)
	}
	back := l.now
	l.until(back.Add(2*time.Hour), takes)
	if l.endpoint.State != Active || l.count(Pending) != 0 || l.count(Failed) != lost {
		t.Errorf("%s, %d pending two hours after it was back", l.endpoint.State, l.count(Pending))
	}
	t.Logf("down for 8 days: failing after %s, %d given up before that, %d stored and delivered, %d tries", failing.Sub(noon()), lost, l.count(Delivered), l.tries)
}

// TestABacklogIsNotTriedPieceByPiece is of a thousand events at once before an
// endpoint that is down for an hour: it is asked now and then, not a thousand
// times.
func TestABacklogIsNotTriedPieceByPiece(t *testing.T) {
	l := newLife(0)
	for range 1000 {
		l.add()
	}
	l.until(noon().Add(time.Hour), refuses)
	if l.tries > 30 {
		t.Errorf("%d tries in an hour", l.tries)
	}
	l.until(l.now.Add(6*time.Hour), takes)
	if l.count(Delivered) != 1000 {
		t.Errorf("%d of 1000 delivered after it was back", l.count(Delivered))
	}
}

// TestAShortOutageCostsSeconds is of a restart that takes 20 seconds.
func TestAShortOutageCostsSeconds(t *testing.T) {
	l := newLife(0)
	for range 20 {
		l.add()
	}
	l.until(noon().Add(20*time.Second), refuses)
	l.until(noon().Add(5*time.Minute), takes)
	if n := l.count(Delivered); n != 20 {
		t.Errorf("%d of 20 delivered five minutes after a restart", n)
	}
}
