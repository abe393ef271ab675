package simulation

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var (
	seed  = flag.Uint64("seed", 1, "the run that TestReplay shows")
	first = flag.Uint64("first", 1, "the first seed of TestSimulation")
	seeds = flag.Int("seeds", quickSeeds, "how many runs TestSimulation makes at most")
	limit = flag.Duration("limit", quickLimit, "how long TestSimulation goes on at most")
)

const (
	quickSeeds = 60
	quickLimit = 3 * time.Second
)

// folder is one in memory that is removed when the test ends.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(memory(), "bookgate-simulation-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// TestReplay shows one run.
func TestReplay(t *testing.T) {
	out, err := simulate(t.Context(), folder(t), *seed)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("seed %d: %d turns, %s, %d orders, %d faults\n%s", *seed, out.steps, out.virtual, out.orders, out.struck,
		out.trace)
	if out.fault != "" {
		t.Errorf("seed %d: %s", *seed, out.fault)
	}
}

// TestSameSeedSameRun compares what two runs of a seed did.
func TestSameSeedSameRun(t *testing.T) {
	dir := folder(t)
	for seed := range uint64(6) {
		first, err := simulate(t.Context(), dir, seed)
		if err != nil {
			t.Fatal(err)
		}
		second, err := simulate(t.Context(), dir, seed)
		if err != nil {
			t.Fatal(err)
		}
		if first.trace != second.trace {
			t.Errorf("seed %d is not the same twice:\n%s\n%s", seed, first.trace, second.trace)
		}
	}
}

// TestSimulation makes runs as long as it may.
func TestSimulation(t *testing.T) {
	total := simulateMany(t, *seeds, *limit)
	t.Log(total)
}

// total are the figures of many runs.
type total struct {
	runs, steps, orders, struck, broken atomic.Int64
	virtual                             atomic.Int64
	took, cpu                           time.Duration
}

// perMinute is how many seeds two processors simulate in a minute that do nothing
// else: the machine may be busy, so the time of the processors counts.
func (s *total) perMinute() float64 { return 2 * float64(s.runs.Load()) / s.cpu.Minutes() }

// String says what the runs were worth.
func (s *total) String() string {
	runs := s.runs.Load()
	return fmt.Sprintf("%d seeds in %.0f s (%.0f a minute on two processors), %d turns, %d orders, %d faults struck, "+
		"%.0f simulated days for each minute of a processor; %d broke a promise "+
		"(zero is worth: less than %.2g of all seeds do, at 95 %%)",
		runs, s.took.Seconds(), s.perMinute(), s.steps.Load(), s.orders.Load(), s.struck.Load(),
		time.Duration(s.virtual.Load()).Hours()/24/s.cpu.Minutes(), s.broken.Load(), 3/float64(max(runs, 1)))
}

// mostBroken is how many broken seeds are shown before a test ends.
const mostBroken = 3

// simulateMany runs seeds side by side, as many as there are or as the time allows.
func simulateMany(t *testing.T, many int, limit time.Duration) *total {
	t.Helper()
	dir, s, start, used := folder(t), &total{}, time.Now(), processorTime()
	var next atomic.Int64
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for n := next.Add(1); n <= int64(many) && time.Since(start) < limit &&
				s.broken.Load() < mostBroken; n = next.Add(1) {
				seed := *first + uint64(n) - 1
				out, err := simulate(t.Context(), dir, seed)
				if err != nil {
					t.Error(err)
					return
				}
				s.add(out)
				if out.fault != "" {
					s.broken.Add(1)
					t.Errorf("seed %d: %s\nThe run: go test ./internal/simulation -run Replay -seed %d -v", seed, out.fault, seed)
				}
			}
		})
	}
	all.Wait()
	s.took, s.cpu = time.Since(start), processorTime()-used
	return s
}

func (s *total) add(out outcome) {
	s.runs.Add(1)
	s.steps.Add(int64(out.steps))
	s.orders.Add(int64(out.orders))
	s.struck.Add(int64(out.struck))
	s.virtual.Add(int64(out.virtual))
}

// processorTime is how long this process has worked, on all processors.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
