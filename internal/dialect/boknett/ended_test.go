package boknett

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/hal"
)

// TestTicketEndsWhatItBegan: a logout ends the stream, the waiting poll and the long
// list that were begun with the ticket, at once.
func TestTicketEndsWhatItBegan(t *testing.T) {
	w := newWorld(t)
	w.sent("ended", 1)
	head, err := w.exchange.Head(t.Context(), seller)
	check(t, err)
	logout := func() {
		for _, credential := range []string{tokenOf(seller), ticketOf(seller)} { // of the stream, and of the poll
			w.do(call{method: "DELETE", path: "/v1/tickets/" + credential}).want(t, http.StatusOK)
		}
	}
	begun := time.Now()
	l := w.listen(seller, "")
	polled := make(chan answer, 1)
	go func() {
		polled <- w.do(call{method: "GET", path: fmt.Sprintf("%s?wait=40&after=%d", hal.FeedPath, head), as: seller})
	}()
	eventually(t, "two who wait", func() bool { return w.exchange.Waiters() == 2 })
	w.ticket(stranger) // of others nothing ends
	logout()
	last := block{}
	for b, ok := l.next(); ok; b, ok = l.next() {
		last = b
	}
	if !strings.Contains(last.comment, "ticket has ended") || !l.cut {
		t.Errorf("the stream ended with %+v, cut off: %t", last, l.cut)
	}
	(<-polled).want(t, http.StatusUnauthorized)
	if took := time.Since(begun); took > 14*time.Second {
		t.Errorf("they ended after %s, as late as the stream's next sign of life", took)
	}
	w.do(call{method: "GET", path: hal.FeedPath, as: seller}).want(t, http.StatusUnauthorized)
}

// TestTicketEndsALongList: what is not sent yet is not sent any more.
func TestTicketEndsALongList(t *testing.T) {
	w := newWorld(t)
	for i := range 12 {
		w.sent(fmt.Sprintf("list-%d", i), 1)
	}
	w.api.rows = 1
	req, err := http.NewRequest(http.MethodGet, "/orders?mode=SENT_TO_ME&fromDate=20260101000000", nil)
	check(t, err)
	req.Header.Set("Authorization", "Bearer "+tokenOf(seller))
	pages := 0
	out := &pagesWriter{header: http.Header{}, page: func() {
		if pages++; pages == 3 {
			w.do(call{method: "DELETE", path: "/v1/tickets/" + tokenOf(seller)}).want(t, http.StatusOK)
		}
	}}
	func() {
		defer func() {
			if recover() != http.ErrAbortHandler {
				t.Error("the list came to a regular end")
			}
		}()
		w.server.Config.Handler.ServeHTTP(out, req)
	}()
	if pages != 3 {
		t.Errorf("%d pages were sent, want 3", pages)
	}
}

// pagesWriter calls page after each write.
type pagesWriter struct {
	header http.Header
	page   func()
}

func (p *pagesWriter) Header() http.Header { return p.header }
func (p *pagesWriter) WriteHeader(int)     {}
func (p *pagesWriter) Write(b []byte) (int, error) {
	p.page()
	return len(b), nil
}
