package sqldb

import (
	"testing"
	"time"
)

func TestCommitsAreSortedByTime(t *testing.T) {
	var meter Meter
	for _, took := range []time.Duration{0, time.Millisecond, time.Millisecond + 1, 10 * time.Second, time.Minute} {
		meter.committed(took)
	}
	m := meter.Traffic()
	if m.Within[time.Millisecond] != 2 || m.Within[2500*time.Microsecond] != 3 || m.Within[10*time.Second] != 4 ||
		m.Commits != 5 {
		t.Errorf("got %+v", m)
	}
}
