package boknett

import (
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

// defaultPage is the page of a reader that sends a cursor and no pagesize.
const defaultPage = 100

// listQuery is what a list request asks for.
type listQuery struct {
	party    order.PartyID
	mode     order.Mode
	since    time.Time // with the overlap taken off
	fromDate string    // as it was written
	next     string    // the cursor as it was written, or empty
	after    int64     // what it says
	epoch    string    // the epoch of after
	size     int       // 0 asks for the whole list
	below    string    // path below the collection: empty, or messagePath
}

// readQuery reads the parameters of a list in any letter case. An empty one
// counts as absent: clients send them all the same. usual is the mode of a
// request that says none, or "" where it has to.
func (f *front) readQuery(r *http.Request, party order.PartyID, usual order.Mode) (q listQuery, err error) {
	p, err := parameters(r.URL.RawQuery)
	if err != nil {
		return q, err
	}
	q.party = party
	if q.mode, err = f.readMode(p, party, usual); err != nil {
		return q, err
	}
	if q.size, err = parsePageSize(p["pagesize"]); err != nil {
		return q, err
	}
	if q.next = p["next"]; q.next != "" {
		at, err := f.seal.parseCursor(party, q.mode, q.next)
		q.after, q.epoch = at.change, at.epoch
		return q, err
	}
	if q.fromDate, err = eitherDate(p["fromdate"], p["updateddate"]); err != nil || q.fromDate == "" {
		return q, err
	}
	from, err := parseFromDate(q.fromDate, f.zone)
	q.since = f.shown(from.Add(-f.overlap))
	return q, err
}

// parameters gives the query by lower-case names. The same value twice is
// taken once; two values would leave one unheard.
func parameters(raw string) (map[string]string, error) {
	p := map[string]string{}
	for pair := range strings.SplitSeq(raw, "&") {
		name, text, _ := strings.Cut(pair, "=")
		name, text = strings.ToLower(decodePart(name)), strings.TrimSpace(decodePart(text))
		if text == "" {
			continue
		}
		if first, ok := p[name]; ok && first != text {
			return nil, order.Errorf(order.Malformed, "parameter-repeated", "The parameter %s stands twice, as %q and as %q.", order.Cut(name), order.Cut(first), order.Cut(text)).
				WithHint("Send each parameter once.").
				WithField(order.Field{Parameter: name, Value: text})
		}
		p[name] = text
	}
	return p, nil
}

// readMode reads mode. Where it may be left out, it is then the mode that the
// cursor was given for, or the usual one.
func (f *front) readMode(p map[string]string, party order.PartyID, usual order.Mode) (order.Mode, error) {
	if p["mode"] != "" || usual == "" {
		return parseMode(p["mode"])
	}
	for _, mode := range []order.Mode{order.SentToMe, order.SentByMe} {
		if _, err := f.seal.parseCursor(party, mode, p["next"]); err == nil {
			return mode, nil
		}
	}
	return usual, nil
}

func parseMode(written string) (order.Mode, error) {
	if written == "" {
		return "", order.Errorf(order.Malformed, "mode-missing", "The list needs mode to know which orders to show.").
			WithHint("Add mode=SENT_TO_ME for orders that you receive, mode=SENT_BY_ME for orders that you sent, or mode=ALL.").
			WithField(order.Field{Parameter: "mode"})
	}
	mode := order.Mode(strings.ToUpper(written))
	if !mode.Valid() {
		return "", order.Errorf(order.Malformed, "mode-invalid", "mode must be SENT_TO_ME, SENT_BY_ME or ALL, got %q.", order.Cut(written)).
			WithHint("Use SENT_TO_ME for orders that you receive, SENT_BY_ME for orders that you sent.").
			WithField(order.Field{Parameter: "mode", Value: written})
	}
	return mode, nil
}

// parsePageSize reads pagesize, 0 when it is absent. More than the greatest
// page is lowered: the client sees from the Link header that there is more.
func parsePageSize(written string) (int, error) {
	if written == "" {
		return 0, nil
	}
	size, err := strconv.Atoi(written)
	if err != nil && isDigits(written) {
		size, err = math.MaxInt, nil
	}
	if err != nil || size < 1 || !isDigits(written) {
		return 0, order.Errorf(order.Malformed, "pagesize-invalid", "pagesize must be a whole number from 1 to %d, got %q.", order.MaxPage, order.Cut(written)).
			WithHint("Leave pagesize out, or send for example pagesize=%d.", defaultPage).
			WithField(order.Field{Parameter: "pagesize", Value: written})
	}
	return min(size, order.MaxPage), nil
}

// eitherDate takes fromDate under its present and its first name.
func eitherDate(fromDate, updatedDate string) (string, error) {
	switch {
	case fromDate == "":
		return updatedDate, nil
	case updatedDate != "" && updatedDate != fromDate:
		return "", order.Errorf(order.Malformed, "fromdate-twice", "fromDate is %s and updatedDate, its old name, is %s.", order.Cut(fromDate), order.Cut(updatedDate)).
			WithHint("Send fromDate alone.").
			WithField(order.Field{Parameter: "updatedDate", Value: updatedDate})
	}
	return fromDate, nil
}

func errNoFromDate(now time.Time) error {
	return order.Errorf(order.Malformed, "fromdate-missing", "The list needs fromDate, or next with the cursor of the last answer.").
		WithHint("Add for example fromDate=%s.", now.Format("20060102")+"000000").
		WithField(order.Field{Parameter: "fromDate"})
}

// address writes the query of this page as a link has it; with a cursor it is
// the query of the page behind.
func (q listQuery) address(cursor string) string {
	s := "?mode=" + string(q.mode)
	switch {
	case cursor != "":
		s += "&next=" + url.QueryEscape(cursor)
	case q.fromDate != "":
		s += "&fromDate=" + q.fromDate
	}
	if q.size != 0 {
		s += "&pagesize=" + strconv.Itoa(q.size)
	}
	return s
}

// purpose names everything that the bytes of this list depend on, beside the
// orders themselves; the head number with its epoch stands for those.
func (q listQuery) purpose(surface string, head int64) string {
	return fmt.Sprintf("list %s %s %s %d %d %d %s %d", q.party, q.mode, surface, q.since.Unix(), q.after, q.size, q.epoch, head)
}
