//go:build all

package chaos

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// patient is a gateway whose disk can be made to fail.
type patient struct {
	t       *testing.T
	scene   harness.Scene
	disk    *control
	gateway *harness.Gateway
	client  *harness.Client
	book    *ledger
	missing map[string]bool // refused and not sent again: must not be there
	known   string          // an order to read
	refused int
	reads   int
	failed  int64 // calls that the shim let fail
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	dir, disk := t.TempDir(), newControl(t)
	p := &patient{t: t, disk: disk, book: newLedger(), missing: map[string]bool{}}
	p.scene = newSceneAt(t, dir, disk.env(t, dir, nil)...)
	p.gateway = start(t, p.scene, "--log-level", "error")
	p.client = login(t, p.gateway, p.scene.Sender)
	number := orderNumber("known", 0, 2)
	id, err := p.client.Submit(bodyOf(number))
	if err != nil {
		t.Fatal(err)
	}
	p.known = id
	p.book.write(number, id, nil)
	return p
}

// cycle lets the disk fail for a while and demands what was promised.
func (p *patient) cycle(a ailment, n int) {
	p.t.Helper()
	prefix := fmt.Sprintf("cycle%d", n)
	if a.once {
		p.disk.set(p.t, a.errno, int64(n), 1)
	} else {
		p.disk.set(p.t, a.errno, 0, always)
	}
	var refused []string
	for i := range submitsEach {
		number := orderNumber(prefix, i, 1+i)
		if !p.submit(number) {
			refused = append(refused, number)
		}
		p.read()
	}
	if !a.once {
		p.wantReady(http.StatusServiceUnavailable)
		if len(refused) != submitsEach {
			p.t.Errorf("disk %s: only %d of %d orders were refused", a.name, len(refused), submitsEach)
		}
	}
	p.failed += p.disk.failures(p.t)
	p.disk.clear(p.t)
	p.wantReady(http.StatusOK)
	p.after(prefix, refused)
}

// after sends half of what was refused again, and something new.
func (p *patient) after(prefix string, refused []string) {
	p.t.Helper()
	for i, number := range append(refused, orderNumber(prefix+"new", 0, 2)) {
		if i%2 == 1 && i < len(refused) {
			p.missing[number] = true
			continue
		}
		if !p.submit(number) {
			p.t.Errorf("order %s is refused by a sound disk", number)
		}
	}
}

// submit sends an order and reports whether it was acknowledged. A refusal
// must say when to come again.
func (p *patient) submit(number string) bool {
	p.t.Helper()
	res, body, err := p.client.Do(http.MethodPost, "/orders", bodyOf(number), "application/xml")
	if err != nil {
		p.t.Fatalf("submit %s: %v", number, err)
	}
	switch res.StatusCode {
	case http.StatusAccepted:
		p.book.write(number, idIn(res), nil)
		return true
	case http.StatusServiceUnavailable, http.StatusInsufficientStorage:
		p.refused++
		if fault := comeAgain(res); fault != "" {
			p.t.Errorf("the refusal of %s is %s", number, fault)
		}
		return false
	}
	p.t.Errorf("submit %s: %s %s", number, res.Status, body)
	return false
}

// read asks for what must be there whatever the disk does.
func (p *patient) read() {
	p.t.Helper()
	for _, path := range []string{
		"/orders?mode=ALL&fromDate=20000101000000", "/v2/orders?mode=SENT_BY_ME",
		"/orders/" + p.known, "/orders/" + p.known + "/editx/original", "/v2/orders/" + p.known + "/history",
	} {
		p.reads++
		if res, body, err := p.client.Do(http.MethodGet, path, nil, ""); err != nil || res.StatusCode != http.StatusOK {
			p.t.Errorf("GET %s while the disk fails: %v %s", path, err, body)
		}
	}
}

func (p *patient) wantReady(status int) {
	p.t.Helper()
	end := time.Now().Add(readyLimit)
	for {
		res, body, err := p.client.Do(http.MethodGet, "/readyz", nil, "")
		if err == nil && res.StatusCode == status {
			return
		}
		if time.Now().After(end) {
			p.t.Errorf("/readyz does not say %d within %s: %v %s", status, readyLimit, err, body)
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// verdict stops the gateway and examines what it leaves behind.
func (p *patient) verdict() finding {
	p.t.Helper()
	p.gateway.Stop()
	f := examine(p.t.Context(), p.scene.Dir, p.book.entries())
	for _, number := range stored(p.t, p.scene.Dir, p.missing) {
		f.lost = append(f.lost, "order "+number+" was refused and is there all the same")
	}
	return f
}
