//go:build all

package chaos

import (
	"syscall"
	"testing"
	"time"
)

const (
	quickCycles = 2               // of each kind
	submitsEach = 6               // in each cycle while the disk fails
	readyLimit  = 5 * time.Second // for /readyz to turn, either way
)

// ailment is a way in which a disk fails.
type ailment struct {
	name  string
	errno syscall.Errno
	once  bool // one call only, a different one in each cycle
}

func ailments() []ailment {
	return []ailment{
		{name: "full", errno: syscall.ENOSPC},
		{name: "read-only", errno: syscall.EROFS},
		{name: "failing", errno: syscall.EIO},
		{name: "failing once", errno: syscall.EIO, once: true},
	}
}

// TestDiskFull lets the disk fail under a running gateway. It must refuse with
// a time to come back, store nothing of what it refused, go on reading, say
// that it is not ready, and recover by itself: at the end every order that it
// acknowledged has reached its receiver.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	diskFull(t, quickCycles)
}

func diskFull(t *testing.T, cycles int) {
	for _, a := range ailments() {
		p := newPatient(t)
		for n := range cycles {
			p.cycle(a, n)
		}
		if fault := settled(t, p.gateway, p.scene, p.book, settleLimit); fault != "" {
			t.Errorf("disk %s: %s", a.name, fault)
		}
		f := p.verdict()
		figures(t, "disk %s: %d cycles, %d calls failed, %d orders acknowledged, %d refused, %d reads meanwhile all good, %d lost (%s)",
			a.name, cycles, p.failed, len(p.book.acked), p.refused, p.reads, len(f.lost), bound(len(p.book.acked)+p.refused))
		if f.bad() {
			t.Errorf("disk %s: %+v", a.name, f)
		}
	}
	diskFullControl(t)
}

// diskFullControl runs a cycle behind a front that takes refusals for success.
func diskFullControl(t *testing.T) {
	p := newPatient(t)
	p.client = p.client.Via(lyingFront(t, p.gateway))
	p.disk.set(t, syscall.ENOSPC, 0, always)
	for n := range submitsEach {
		p.submit(orderNumber("lie", n, 1))
	}
	p.disk.clear(t)
	f := p.verdict()
	figures(t, "control, refusals taken for success: %d orders acknowledged, %d missed", len(p.book.acked), len(f.lost))
	if len(f.lost) != submitsEach {
		t.Errorf("control: %d of %d false acknowledgements were caught", len(f.lost), submitsEach)
	}
}
