//go:build all

package chaos

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

const (
	pollPage  = 500                    // orders in a page, few enough that a poll takes several
	pollPause = 200 * time.Millisecond // between two polls, at most
)

// poller asks for what is new, again and again, in one of the ways in which
// clients do, and keeps the newest change of each order that it was shown.
type poller struct {
	name    string
	from    func(*poller) time.Time // where the next poll begins; nil follows the cursor
	faulty  bool                    // planted: must be caught missing something
	clients []*harness.Client       // one for each replica, asked in turn
	begin   time.Time               // of the run
	asked   time.Time               // our clock at the previous request
	date    time.Time               // Date of the previous response
	newest  time.Time               // the newest updatedAt seen
	cursor  string
	changes map[string]int64 // order to the newest change seen
	polls   int
	pages   int
}

// pollers are the four kinds, and three that do it wrong. One asks from the very
// moment of its last poll, as if the gateway made nothing good for its clients,
// and so misses what was stamped before that moment and became visible after
// it; two ask from a moment that lies one second behind what is made good.
func pollers(clients []*harness.Client) []*poller {
	const late = pollOverlap + time.Second
	all := []*poller{
		{name: "by the Date of the last response", from: func(p *poller) time.Time { return p.date }},
		{name: "by the own clock at the last request", from: func(p *poller) time.Time { return p.asked }},
		{name: "by the newest updatedAt", from: func(p *poller) time.Time { return p.newest }},
		{name: "by the cursor"},
		{name: "by the Date, with no overlap", from: func(p *poller) time.Time { return p.date.Add(pollOverlap) }, faulty: true},
		{name: "by the Date, one second late", from: func(p *poller) time.Time { return p.date.Add(late) }, faulty: true},
		{name: "behind the newest second seen", from: func(p *poller) time.Time { return p.newest.Add(late) }, faulty: true},
	}
	begin := time.Now().Add(-time.Minute)
	for _, p := range all {
		p.clients, p.begin, p.changes = clients, begin, map[string]int64{}
	}
	return all
}

// run polls until done is closed and then once more.
func (p *poller) run(t *testing.T, done <-chan struct{}) {
	for over := false; !over; {
		select {
		case <-done:
			over = true
		case <-time.After(time.Duration(rand.Int64N(int64(pollPause)))):
		}
		if err := p.poll(); err != nil {
			t.Errorf("poller %s: %v", p.name, err)
			return
		}
	}
}

// poll reads everything that one question returns, page by page.
func (p *poller) poll() error {
	p.polls++
	query := "/v2/orders?mode=SENT_TO_ME"
	switch {
	case p.from != nil:
		query += "&fromDate=" + p.since().UTC().Format("20060102150405")
	case p.cursor != "":
		query += "&next=" + url.QueryEscape(p.cursor)
	}
	asked := time.Now()
	if err := p.read("SENT_TO_ME", query); err != nil {
		return err
	}
	p.asked = asked
	return nil
}

// read reads a list from query to its end, page by page.
func (p *poller) read(mode, query string) (err error) {
	for more := true; more; {
		if p.cursor, err = p.page(query, &more); err != nil {
			return err
		}
		query = "/v2/orders?mode=" + mode + "&next=" + url.QueryEscape(p.cursor)
	}
	return nil
}

// since is where the poll begins; the first begins before the run.
func (p *poller) since() time.Time {
	if p.polls == 1 || p.from(p).Before(p.begin) {
		return p.begin
	}
	return p.from(p)
}

// page reads one page and returns the cursor behind it.
func (p *poller) page(query string, more *bool) (next string, err error) {
	p.pages++
	res, body, err := p.clients[p.pages%len(p.clients)].Do(http.MethodGet, fmt.Sprintf("%s&pagesize=%d", query, pollPage), nil, "")
	if err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("GET %s: %s %s", query, res.Status, body)
	}
	if p.date, err = http.ParseTime(res.Header.Get("Date")); err != nil {
		return "", err
	}
	*more = res.Header.Get("Link") != ""
	return res.Header.Get("Next"), p.note(body)
}

// note keeps what a page shows.
func (p *poller) note(page []byte) error {
	var list struct {
		Embedded struct {
			Orders []struct {
				ID      string    `json:"id"`
				Updated time.Time `json:"updatedAt"`
				Change  int64     `json:"change"`
			} `json:"bk:order"`
		} `json:"_embedded"`
	}
	if err := json.Unmarshal(page, &list); err != nil {
		return err
	}
	for _, o := range list.Embedded.Orders {
		p.changes[o.ID] = max(p.changes[o.ID], o.Change)
		if o.Updated.After(p.newest) {
			p.newest = o.Updated
		}
	}
	return nil
}

// missed counts the orders whose last change the poller was not shown, given
// the last change of each.
func (p *poller) missed(truth map[string]int64) (n int) {
	for id, change := range truth {
		if p.changes[id] < change {
			n++
		}
	}
	return n
}
