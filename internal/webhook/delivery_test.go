package webhook

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// TestTheNextTry is the table of what follows a try at noon.
func TestTheNextTry(t *testing.T) {
	hours := func(n int) time.Duration { return time.Duration(n) * time.Hour }
	busy := func(d time.Duration) Result { return Result{Status: 429, RetryAfter: d} }
	fails := Result{Status: 500}
	for _, c := range []struct {
		name     string
		attempts int // before
		failures int // before, of the endpoint
		result   Result
		jitter   float64
		due      time.Duration // of the delivery; 0: it is over
		rest     time.Duration // of the endpoint
		state    DeliveryState
	}{
		{"first", 0, 0, fails, 0, 5 * time.Second, 0, Pending},
		{"second", 1, 1, fails, 0, time.Minute, 0, Pending},
		{"tenth", 9, 0, fails, 0, hours(24), 0, Pending},
		{"last", 10, 0, fails, 0, 0, 0, Failed},
		{"early", 5, 0, fails, -1, hours(6) * 4 / 5, 0, Pending},
		{"late", 5, 0, fails, 1, hours(6) * 6 / 5, 0, Pending},
		{"no answer", 0, 0, Result{Err: http.ErrSchemeMismatch}, 0, 5 * time.Second, 0, Pending},
		{"redirected", 0, 0, Result{Status: 307}, 0, 5 * time.Second, 0, Pending},
		{"fourth failure of the endpoint", 0, 3, fails, 0, 5 * time.Second, 0, Pending},
		{"fifth failure of the endpoint", 0, 4, fails, 0, 5 * time.Second, 5 * time.Second, Pending},
		{"seventh", 0, 6, fails, 0, 5 * time.Second, 20 * time.Second, Pending},
		{"twentieth", 0, 19, fails, 0, 5 * time.Second, 5 * time.Minute, Pending},
		{"millionth", 0, 1_000_000, fails, 1, 6 * time.Second, 6 * time.Minute, Pending},
		{"asks for more time", 0, 0, busy(2 * time.Minute), 1, 2 * time.Minute, 2 * time.Minute, Pending},
		{"asks for a day", 0, 19, busy(longestWait), 1, hours(24), hours(24), Pending},
		{"asks for less time", 3, 0, busy(time.Second), 0, 30 * time.Minute, time.Second, Pending},
		{"asks for time too late", 10, 0, busy(time.Hour), 0, 0, 0, Failed},
		{"trying again cannot help", 0, 0, Result{Status: 500, Final: true}, 0, 0, 0, Failed},
	} {
		e, d := Endpoint{State: Active, Failures: c.failures, Since: noon().Add(-time.Hour)}, Delivery{State: Pending, Attempts: c.attempts}
		a := applyResult(&e, &d, Format{}, c.result, noon(), c.jitter)
		due, rest := time.Duration(0), time.Duration(0)
		if !d.Due.IsZero() {
			due = d.Due.Sub(noon())
		}
		if !e.Due.IsZero() {
			rest = e.Due.Sub(noon())
		}
		if d.State != c.state || due != c.due || rest != c.rest || d.Attempts != c.attempts+1 || e.Failures != c.failures+1 {
			t.Errorf("%s: %s, due in %s, rest %s, %d attempts, %d failures; want %s, %s, %s", c.name, d.State, due, rest, d.Attempts, e.Failures, c.state, c.due, c.rest)
		}
		if a.Error == "" || !a.At.Equal(noon()) || d.Finished.IsZero() != (d.State == Pending) || e.State != Active {
			t.Errorf("%s: attempt %+v, endpoint %s", c.name, a, e.State)
		}
	}
}

func TestWhatIsTakenEndsAllFailures(t *testing.T) {
	for status, taken := range map[int]bool{200: true, 202: true, 204: true, 299: true, 101: false, 300: false, 304: false, 404: false, 500: false} {
		e := Endpoint{State: Failing, Reason: "x", Failures: 9, Since: noon().Add(-time.Hour), Due: noon().Add(time.Hour)}
		d := Delivery{State: Pending, Attempts: 30}
		a := applyResult(&e, &d, Format{}, Result{Status: status}, noon(), 0)
		healed := d.State == Delivered && e.State == Active && e.Reason == "" && e.Failures == 0 && e.Since.IsZero() && e.Due.IsZero() && e.Success.Equal(noon()) && a.Error == ""
		if healed != taken {
			t.Errorf("%d: %+v, %+v", status, d, e)
		}
	}
	own := Format{Accepted: func(status int) bool { return status == 418 }}
	e, d := Endpoint{State: Active}, Delivery{State: Pending}
	if applyResult(&e, &d, own, Result{Status: 200}, noon(), 0); d.State != Pending {
		t.Error("a format that takes 418 alone took 200")
	}
	if applyResult(&e, &d, own, Result{Status: 418}, noon(), 0); d.State != Delivered {
		t.Error("a format that takes 418 did not")
	}
	d = Delivery{State: Pending}
	if applyResult(&e, &d, Format{}, Result{Status: 200, Err: http.ErrBodyNotAllowed}, noon(), 0); e.Failures != 1 || d.State != Pending {
		t.Error("an answer that does not count was counted")
	}
}

func TestGoneEndsTheEndpoint(t *testing.T) {
	e, d := Endpoint{State: Active}, Delivery{State: Pending}
	a := applyResult(&e, &d, Format{}, Result{Status: 410}, noon(), 0)
	if e.State != Disabled || !strings.Contains(e.Reason, "410") || d.State != Failed || d.Finished.IsZero() || a.Error == "" {
		t.Errorf("%+v, %+v", e, d)
	}
}

// TestALateFailureTakesNothingBack is of a try that outlived its lease: another
// replica has delivered meanwhile.
func TestALateFailureTakesNothingBack(t *testing.T) {
	for _, status := range []int{500, 0} {
		e, d := Endpoint{State: Active}, Delivery{State: Delivered, Attempts: 40, Finished: noon()}
		if applyResult(&e, &d, Format{}, Result{Status: status}, noon().Add(time.Minute), 0); d.State != Delivered || !d.Finished.Equal(noon()) || e.Failures != 0 {
			t.Errorf("%d: %+v, %+v", status, d, e)
		}
	}
}

// TestAPausedEndpointStaysPaused is of a try at hand when its owner pauses.
func TestAPausedEndpointStaysPaused(t *testing.T) {
	e, d := Endpoint{State: Paused, Failures: 3, Since: noon().Add(-30 * 24 * time.Hour)}, Delivery{State: Pending}
	if applyResult(&e, &d, Format{}, Result{Status: 500}, noon(), 0); e.State != Paused || d.State != Pending {
		t.Errorf("%+v, %+v", e, d)
	}
	if applyResult(&e, &d, Format{}, Result{Status: 200}, noon(), 0); e.State != Paused || d.State != Delivered {
		t.Errorf("%+v, %+v", e, d)
	}
}

// TestAnOwnScheduleIsFollowed fails every try of a format that has a schedule of
// its own: none comes later than it says, and behind the last one the delivery
// is given up, though the endpoint has failed for longer than others may.
func TestAnOwnScheduleIsFollowed(t *testing.T) {
	f := Format{Schedule: []time.Duration{time.Hour, 10 * 24 * time.Hour}}
	for _, jitter := range []float64{-1, 0, 1} {
		e, d := Endpoint{State: Active}, Delivery{State: Pending}
		now := noon()
		for n, wait := range f.Schedule {
			applyResult(&e, &d, f, Result{Status: 500}, now, jitter)
			if late := d.Due.Sub(now); d.State != Pending || e.State != Active || late > wait || late < wait*4/5 {
				t.Errorf("after try %d at jitter %v: %s, %s, next in %s", n+1, jitter, d.State, e.State, late)
			}
			now = d.Due
		}
		if applyResult(&e, &d, f, Result{Status: 500}, now, jitter); d.State != Failed || e.State != Active {
			t.Errorf("after the last try: %s, %s", d.State, e.State)
		}
	}
}

// TestNothingToTellTeachesNothing is of an event that a format has no word for.
func TestNothingToTellTeachesNothing(t *testing.T) {
	e, d := Endpoint{State: Failing, Failures: 7, Since: noon()}, Delivery{State: Pending}
	f := Format{Accepted: func(int) bool { return false }}
	if a := applyResult(&e, &d, f, Result{Skip: true}, noon(), 0); d.State != Delivered || e.State != Failing || e.Failures != 7 || a.Error != "" {
		t.Errorf("%+v, %+v, %+v", d, e, a)
	}
}

// TestTurnThatDidNotCome costs a delivery nothing but the time.
func TestTurnThatDidNotCome(t *testing.T) {
	now := time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)
	e, d := Endpoint{State: Active}, Delivery{State: Pending, Attempts: 3}
	a := applyResult(&e, &d, Format{}, Result{Later: time.Second}, now, 0)
	if !a.At.IsZero() || d.Attempts != 3 || d.State != Pending || !d.Due.Equal(now.Add(time.Second)) || e.Failures != 0 {
		t.Errorf("%+v, %+v, %+v", a, d, e)
	}
}
