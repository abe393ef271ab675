//go:build all

package chaos

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// ledger is stored outside the gateway: what was acknowledged, and what was sent
// without hearing back.
type ledger struct {
	mu      sync.Mutex
	acked   map[string]string // number to id, "" where the acknowledgement named none
	unheard []string
}

func newLedger() *ledger { return &ledger{acked: map[string]string{}} }

func (l *ledger) write(number, id string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.unheard = append(l.unheard, number)
		return
	}
	l.acked[number] = id
}

// takeUnheard returns what got no answer and forgets it.
func (l *ledger) takeUnheard() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	numbers := l.unheard
	l.unheard = nil
	return numbers
}

// entries returns what was acknowledged.
func (l *ledger) entries() (all []acked) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for number, id := range l.acked {
		all = append(all, acked{number, id})
	}
	return all
}

// settled waits until both parties see every acknowledged order, once, SENT,
// and reports what is still wrong when the time is over.
func settled(t *testing.T, g *harness.Gateway, s harness.Scene, book *ledger, limit time.Duration) (fault string) {
	t.Helper()
	sender, receiver := login(t, g, s.Sender), login(t, g, s.Receiver)
	deadline := time.Now().Add(limit)
	for {
		fault = compare(t, sender, "SENT_BY_ME", book)
		if fault == "" {
			fault = compare(t, receiver, "SENT_TO_ME", book)
		}
		if fault == "" || strings.Contains(fault, "doubled") || time.Now().After(deadline) {
			return fault
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// list returns the orders of a party. Requests of a front that went away may still
// fill the party's places: then it asks again, as the 503 says.
func list(t *testing.T, c *harness.Client, mode string) []harness.Item {
	t.Helper()
	for end := time.Now().Add(settleLimit); ; time.Sleep(time.Second) {
		items, err := c.List(mode)
		if err == nil {
			return items
		}
		if !strings.Contains(err.Error(), "503") || time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// compare reports the first difference between a party's list and the ledger.
func compare(t *testing.T, c *harness.Client, mode string, book *ledger) string {
	t.Helper()
	items := list(t, c, mode)
	seen, wanted := map[string]string{}, book.entries()
	for _, it := range items {
		if _, twice := seen[it.Number]; twice {
			return fmt.Sprintf("%s: order %s is doubled", mode, it.Number)
		}
		seen[it.Number] = it.ID
		if it.Status != "SENT" {
			return fmt.Sprintf("%s: order %s is %s", mode, it.Number, it.Status)
		}
	}
	for _, a := range wanted {
		if got, there := seen[a.number]; !there || a.id != "" && got != a.id {
			return fmt.Sprintf("%s: order %s was acknowledged as %q and is listed as %q", mode, a.number, a.id, got)
		}
	}
	if len(seen) != len(wanted) {
		return fmt.Sprintf("%s: %d orders are listed, %d were acknowledged", mode, len(seen), len(wanted))
	}
	return ""
}

// countLost counts what was acknowledged and is not in the sender's list.
func countLost(t *testing.T, sender *harness.Client, book *ledger) (lost int) {
	t.Helper()
	there := map[string]bool{}
	for _, it := range list(t, sender, "SENT_BY_ME") {
		there[it.Number] = true
	}
	for _, a := range book.entries() {
		if !there[a.number] {
			lost++
		}
	}
	return lost
}

// historyReaders ask at once, for there are thousands of histories to read.
const historyReaders = 8

// checkHistories demands that order and event are one fact: each order was
// received once and processed once.
func checkHistories(t *testing.T, g *harness.Gateway, s harness.Scene, book *ledger) {
	t.Helper()
	eachHistory(t, func() *harness.Client { return login(t, g, s.Sender) }, book, func(a acked, history string) {
		if received, processed := count(history, "received"), count(history, "processed"); received != 1 || processed != 1 {
			t.Errorf("order %s was received %d times and processed %d times:\n%s", a.number, received, processed, history)
		}
	})
}

// count reports how many events of a kind stand in a history.
func count(history, kind string) int { return strings.Count(history, `"kind":"`+kind+`"`) }

// perToken is how many histories are read with one token: it lives for an hour,
// and the long forms read for longer.
const perToken = 10_000

// eachHistory reads the history of each acknowledged order.
func eachHistory(t *testing.T, login func() *harness.Client, book *ledger, check func(a acked, history string)) {
	t.Helper()
	for part := range slices.Chunk(book.entries(), perToken) {
		client, orders := login(), make(chan acked)
		var wg sync.WaitGroup
		for range historyReaders {
			wg.Go(func() {
				for a := range orders {
					res, body, err := client.Do(http.MethodGet, "/v2/orders/"+a.id+"/history", nil, "")
					if err != nil || res.StatusCode != http.StatusOK {
						t.Errorf("history of %s: %v %s", a.number, err, body)
						continue
					}
					check(a, string(body))
				}
			})
		}
		for _, a := range part {
			orders <- a
		}
		close(orders)
		wg.Wait()
	}
}
