package boknett

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// list answers GET /orders. With next or pagesize it returns one page; without
// them everything, as old clients expect.
func (f *surface) list(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	q, err := f.readQuery(r, by.Party, "")
	if err != nil {
		return err
	}
	if q.next == "" && q.fromDate == "" {
		return errNoFromDate(f.now().In(f.zone))
	}
	if q.next != "" && q.size == 0 {
		q.size = defaultPage
	}
	head, err := f.head(r.Context(), &q)
	if err != nil || f.listNotModified(w, r, q, head) {
		return err
	}
	if q.size == 0 {
		return f.listAll(w, r, q, head)
	}
	p, err := f.page(r.Context(), q, head)
	if err != nil || f.describe(w, r, q, head, p) {
		return err
	}
	body := f.appendItems([]byte{'['}, p.Items, true)
	send(w, hal.MediaType, append(body, ']'))
	return nil
}

// listClean answers GET /v2/orders: always one page, from the beginning when
// neither a cursor nor fromDate is given, and of ALL when no mode is: a client
// of HAL follows a templated link without values first, and a template cannot
// say that one is required.
func (f *surface) listClean(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	q, err := f.readQuery(r, by.Party, order.All)
	if err != nil {
		return err
	}
	if q.size == 0 {
		q.size = defaultPage
	}
	head, err := f.head(r.Context(), &q)
	if err != nil || f.listNotModified(w, r, q, head) {
		return err
	}
	p, err := f.page(r.Context(), q, head)
	if err != nil || f.describe(w, r, q, head, p) {
		return err
	}
	return sendJSON(w, hal.NewList(p.Items, f.listAddress(q, p), f.Surface))
}

func (f *surface) listAddress(q listQuery, p order.Page) hal.ListAddress {
	at := hal.ListAddress{Self: q.address(q.next), First: q.address(""),
		Cursor: f.signer.cursor(q.party, q.mode, position{p.Next, q.epoch})}
	if p.More {
		at.Next = q.address(at.Cursor)
	}
	return at
}

// head reads the party's newest change number, the one read that an idle poll
// costs. A cursor beyond it was given by a store that lost what came after, and
// not by way of a restore: going on with it would pass over the changes in
// between.
func (f *surface) head(ctx context.Context, q *listQuery) (int64, error) {
	head, err := f.exchange.Head(ctx, q.party)
	if err != nil {
		return 0, err
	}
	if err := f.resume(ctx, q); err != nil {
		return 0, err
	}
	if q.after > head {
		return 0, errCursor(q.next,
			fmt.Sprintf("The cursor stands at change %d of party %s, and the newest is %d.", q.after, q.party, head))
	}
	return head, nil
}

// resume makes the place of a cursor that was given before the store was
// restored from a backup one in the epoch that it is in now.
func (f *surface) resume(ctx context.Context, q *listQuery) error {
	epoch, err := f.exchange.Epoch(ctx)
	if err != nil {
		return err
	}
	if q.next != "" && q.epoch != epoch {
		q.after, err = f.exchange.Resume(ctx, q.party, q.epoch, q.after)
	}
	q.epoch = epoch
	return err
}

// page reads one page. An empty one behind a cursor keeps that cursor; an
// empty one from a date goes on at the head that was read before it.
func (f *surface) page(ctx context.Context, q listQuery, head int64) (order.Page, error) {
	p, err := f.exchange.List(ctx,
		order.Query{Party: q.party, Mode: q.mode, After: q.after, Since: q.since, Limit: q.size})
	if err == nil && len(p.Items) == 0 {
		p.Next = q.after
		if q.next == "" && !q.since.IsZero() {
			p.Next = head
		}
	}
	return p, err
}

// describe sets the headers of a list, and answers 304 when the client has it.
func (f *surface) describe(w http.ResponseWriter, r *http.Request, q listQuery, head int64, p order.Page) bool {
	kind := signedEnd
	if p.More {
		kind = signedPartial
	}
	opaque := f.signer.sign(kind, position{change: p.Next}, q.purpose(f.Orders+q.below, head))
	f.listHeaders(w.Header(), q, p.Next, p.More, opaque)
	return notModified(w, r, opaque)
}

func (f *surface) listHeaders(h http.Header, q listQuery, next int64, more bool, opaque string) {
	cursor := f.signer.cursor(q.party, q.mode, position{next, q.epoch})
	private(h)
	h.Set("ETag", `"`+opaque+`"`)
	h.Set("Next", cursor)
	if more {
		h.Set("Link", "<"+f.Collection()+q.below+q.address(cursor)+`>; rel="next"`)
	}
}

// listNotModified answers 304 without reading the list: the ETag of a list
// carries the number that its Next header had, under a seal that holds only as
// long as the head stands where it stood.
func (f *surface) listNotModified(w http.ResponseWriter, r *http.Request, q listQuery, head int64) bool {
	tags, _, _ := parseTags(r.Header.Values("If-None-Match"))
	for _, t := range tags {
		if len(t) < signedTagSize || !isCoding(t[signedTagSize:]) {
			continue
		}
		kind, at, ok := f.signer.verify(t[:signedTagSize], q.purpose(f.Orders+q.below, head))
		if ok && kind != signedCursor {
			f.listHeaders(w.Header(), q, at.change, kind == signedPartial, t[:signedTagSize])
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}

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
func (f *surface) readQuery(r *http.Request, party order.PartyID, usual order.Mode) (q listQuery, err error) {
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
		at, err := f.signer.parseCursor(party, q.mode, q.next)
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

// readMode reads mode. Where it may be left out, it is then the mode that the
// cursor was given for, or the usual one.
func (f *surface) readMode(p map[string]string, party order.PartyID, usual order.Mode) (order.Mode, error) {
	if p["mode"] != "" || usual == "" {
		return parseMode(p["mode"])
	}
	for _, mode := range []order.Mode{order.SentToMe, order.SentByMe} {
		if _, err := f.signer.parseCursor(party, mode, p["next"]); err == nil {
			return mode, nil
		}
	}
	return usual, nil
}

func parseMode(written string) (order.Mode, error) {
	if written == "" {
		return "", order.Errorf(order.Malformed, "mode-missing", "The list needs mode to know which orders to show.").
			WithHint(
				"Add mode=SENT_TO_ME for orders that you receive, mode=SENT_BY_ME for orders that you sent, " +
					"or mode=ALL.").
			WithField(order.Field{Parameter: "mode"})
	}
	mode := order.Mode(strings.ToUpper(written))
	if !mode.Valid() {
		return "", order.Errorf(order.Malformed, "mode-invalid", "mode must be SENT_TO_ME, SENT_BY_ME or ALL, got %q.",
			order.Truncate(written)).
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
		return 0, order.Errorf(order.Malformed, "pagesize-invalid",
			"pagesize must be a whole number from 1 to %d, got %q.", order.MaxPage, order.Truncate(written)).
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
		return "", order.Errorf(order.Malformed, "fromdate-twice",
			"fromDate is %s and updatedDate, its old name, is %s.", order.Truncate(fromDate), order.Truncate(updatedDate)).
			WithHint("Send fromDate alone.").
			WithField(order.Field{Parameter: "updatedDate", Value: updatedDate})
	}
	return fromDate, nil
}

func errNoFromDate(now time.Time) error {
	return order.Errorf(order.Malformed, "fromdate-missing",
		"The list needs fromDate, or next with the cursor of the last answer.").
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
	return fmt.Sprintf("list %s %s %s %d %d %d %s %d", q.party, q.mode, surface, q.since.Unix(), q.after, q.size,
		q.epoch, head)
}

// fromDateLayout is YYYYMMDDHHMMSS, in the zone of the exchange.
const fromDateLayout = "20060102150405"

// parseFromDate reads a lower bound. It takes the earliest instant that the
// wall time can mean, so that no reading skips an order: in autumn the first
// of two, and for a time that the spring change leaves out the first instant
// behind the gap.
func parseFromDate(s string, zone *time.Location) (time.Time, error) {
	if len(s) != len(fromDateLayout) || !isDigits(s) {
		return time.Time{}, errFromDate(s, "fromDate must be 14 digits, YYYYMMDDHHMMSS%s", suggestion(s))
	}
	if wrong := notOnCalendar(s); wrong != "" {
		return time.Time{}, errFromDate(s, "%s", wrong)
	}
	year, month, day := number(s[:4]), number(s[4:6]), number(s[6:8])
	t := time.Date(year, time.Month(month), day, number(s[8:10]), number(s[10:12]), number(s[12:]), 0, zone)
	return earliest(t, t.Format(fromDateLayout) == s, t.Format(fromDateLayout) > s), nil
}

// earliest moves t, which time.Date chose for a wall time, to the earliest
// reading. exact is false when no instant has that wall time, and then later
// says on which side of the gap t lies.
func earliest(t time.Time, exact, later bool) time.Time {
	begin, end := t.ZoneBounds()
	switch {
	case !exact && later:
		return begin
	case !exact:
		return end
	case begin.IsZero():
		return t
	}
	_, offset := t.Zone()
	_, before := begin.Add(-time.Nanosecond).Zone()
	if first := t.Add(time.Duration(offset-before) * time.Second); first.Before(begin) {
		return first
	}
	return t
}

// notOnCalendar returns what of 14 digits is not a calendar time, "" when all is.
func notOnCalendar(s string) string {
	year, month, day := number(s[:4]), number(s[4:6]), number(s[6:8])
	hour, minute, second := number(s[8:10]), number(s[10:12]), number(s[12:])
	switch {
	case month < 1 || month > 12:
		return fmt.Sprintf("There is no month %s; months are 01 to 12.", s[4:6])
	case day < 1:
		return "There is no day 00; days begin with 01."
	case day > daysIn(year, month):
		return fmt.Sprintf("%s %d has %d days.", time.Month(month), year, daysIn(year, month))
	case hour > 23:
		return fmt.Sprintf("There is no hour %s; hours are 00 to 23.", s[8:10])
	case minute > 59:
		return fmt.Sprintf("There is no minute %s; minutes are 00 to 59.", s[10:12])
	case second > 59:
		return fmt.Sprintf("There is no second %s; seconds are 00 to 59.", s[12:])
	}
	return ""
}

// suggestion guesses what was meant by a date that is not 14 digits: its own
// digits, filled up with zeros.
func suggestion(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, order.Truncate(s))
	if len(digits) >= 8 && len(digits)%2 == 0 || len(digits) > len(fromDateLayout) {
		digits = (digits + "000000")[:len(fromDateLayout)]
		if notOnCalendar(digits) == "" {
			return "; did you mean " + digits + "?"
		}
	}
	return fmt.Sprintf("; got %q.", order.Truncate(s))
}

func errFromDate(value, format string, args ...any) error {
	return order.Errorf(order.Malformed, "fromdate-invalid", format, args...).
		WithHint("Write fromDate=YYYYMMDDHHMMSS, for example fromDate=20150101000000.").
		WithField(order.Field{Parameter: "fromDate", Value: value})
}

// itemBytes is what an order takes in a list, rounded up: memory reserved at once
// saves copying a page eight times while it grows.
const itemBytes = 384

// appendItems appends orders and the commas between them.
func (f *surface) appendItems(dst []byte, items []order.Item, first bool) []byte {
	dst = slices.Grow(dst, len(items)*itemBytes)
	for i := range items {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = hal.AppendItem(dst, &items[i], f.Surface)
	}
	return dst
}

// listAll writes the list as it stands at head. One page leaves in one Write;
// more leave page by page, with the rows of each read and closed before.
func (f *surface) listAll(w http.ResponseWriter, r *http.Request, q listQuery, head int64) error {
	end := order.Page{Next: head}
	if r.Method == http.MethodHead {
		f.describe(w, r, q, head, end)
		w.Header().Set("Content-Type", hal.MediaType)
		return nil
	}
	ask := order.Query{Party: q.party, Mode: q.mode, Since: q.since, Through: head, Limit: f.rows}
	p, err := f.exchange.List(r.Context(), ask)
	if err != nil || f.describe(w, r, q, head, end) {
		return err
	}
	body := f.appendItems([]byte{'['}, p.Items, true)
	if !p.More {
		send(w, hal.MediaType, append(body, ']'))
		return nil
	}
	w.Header().Set("Content-Type", hal.MediaType)
	f.streamList(w, r, ask, p, body)
	return nil
}

// streamList writes the rest of a list whose first page stands in body. Once
// something is written a failure can only be reported by breaking the connection:
// an end that looks right would lose orders. The server allows each chunk its
// own time, so a slow reader is not cut off.
//
// The list ends like that too when its ticket does.
func (f *surface) streamList(w http.ResponseWriter, r *http.Request, ask order.Query, p order.Page, body []byte) {
	held, release, err := f.hold(w, r)
	if err != nil {
		panic(http.ErrAbortHandler) // the request was let in by it
	}
	defer release()
	cut := func(why string) {
		if auth.Ended(held) != nil {
			why = "the ticket has ended in the middle of a list"
		}
		reqlog.From(r.Context()).Note(why)
		panic(http.ErrAbortHandler)
	}
	for ; ; body = f.appendItems(body[:0], p.Items, false) {
		if !p.More {
			body = append(body, ']')
		}
		if _, err = w.Write(body); err != nil {
			cut("client left in the middle of a list: " + strings.ToValidUTF8(err.Error(), "?"))
		}
		if !p.More {
			return
		}
		ask.After = p.Next
		if p, err = f.exchange.List(held, ask); err != nil {
			if auth.Ended(held) == nil {
				note(reqlog.From(r.Context()), err, problem.CodeInternal)
			}
			cut("list cut off")
		}
	}
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
