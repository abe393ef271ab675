package client

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// Query asks for one page of a list, oldest change first.
type Query struct {
	Mode     order.Mode
	Cursor   string    // where an earlier page ended
	Since    time.Time // leaves out what was last changed before it
	PageSize int       // 0 means pageSize
}

// pageSize is the page that is asked for by default: some
// 200 kB, one breath on a slow line.
const pageSize = 500

// zoneReach is added to the span that is asked for. The server reads fromDate
// as wall time in a zone that its clients do not know, and no zone lies
// further than this behind UTC; what is too early is left out here.
const zoneReach = 12 * time.Hour

// List returns one page. Its links have a next while more is ready, and its
// cursor says where to go on in any case.
func (c *Client) List(ctx context.Context, q Query) (hal.List, error) {
	values := url.Values{"mode": {string(q.Mode)}, "pagesize": {strconv.Itoa(pageSize)}}
	if q.PageSize > 0 {
		values.Set("pagesize", strconv.Itoa(q.PageSize))
	}
	if q.Cursor != "" {
		values.Set("next", q.Cursor)
	} else {
		values.Set("fromDate", fromDate(q.Since))
	}
	a, err := c.call(ctx, request{method: http.MethodGet, path: "/v2/orders?" + values.Encode(), accept: hal.MediaType})
	if err != nil {
		return hal.List{}, err
	}
	list, err := hal.ParseList(a.body)
	if err != nil || list.Cursor == "" {
		return hal.List{}, c.unreadable(a)
	}
	list.Embedded.Orders = slices.DeleteFunc(list.Embedded.Orders, func(e hal.Entry) bool { return e.Updated.Before(q.Since) })
	return list, nil
}

// fromDate writes an instant so that the server starts there or earlier.
func fromDate(since time.Time) string {
	const digits = "20060102150405"
	if since.IsZero() {
		return "19700101000000"
	}
	return since.Add(-zoneReach).UTC().Format(digits)
}

// Each calls do for every page from q on, until nothing more is ready or do
// returns an error.
func (c *Client) Each(ctx context.Context, q Query, do func(hal.List) error) error {
	for {
		list, err := c.List(ctx, q)
		if err != nil {
			return err
		}
		if err = do(list); err != nil || list.Links.Next == nil || list.Cursor == q.Cursor {
			return err
		}
		q.Cursor = list.Cursor
	}
}

// Find returns the one order whose id is name or begins with it.
func (c *Client) Find(ctx context.Context, name string) (order.ID, error) {
	if id, ok := order.ParseID(name); ok {
		return id, nil
	}
	prefix := strings.ToLower(strings.TrimRight(name, "….*"))
	if prefix == "" || strings.Trim(prefix, "0123456789abcdef-") != "" {
		return "", order.Errorf(order.Malformed, "id-invalid", "%q is not an order id or the beginning of one.", order.Truncate(name)).
			WithHint("Take it from: bookgate inbox --all, or bookgate outbox")
	}
	var found []hal.Entry
	err := c.Each(ctx, Query{Mode: order.All, PageSize: order.MaxPage}, func(l hal.List) error {
		for _, e := range l.Embedded.Orders {
			if strings.HasPrefix(string(e.ID), prefix) {
				found = append(found, e)
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return single(prefix, found)
}

// single returns the order that a prefix means, if it means one. An order that
// changed while the pages were read may stand in two of them.
func single(prefix string, found []hal.Entry) (order.ID, error) {
	slices.SortFunc(found, func(a, b hal.Entry) int { return strings.Compare(string(a.ID), string(b.ID)) })
	found = slices.CompactFunc(found, func(a, b hal.Entry) bool { return a.ID == b.ID })
	if len(found) == 1 {
		return found[0].ID, nil
	}
	if len(found) == 0 {
		return "", order.Errorf(order.NotFound, "order-not-found", "No order that you see has an id that begins with %s.", prefix).
			WithHint("Look in: bookgate inbox --all, or bookgate outbox")
	}
	e := order.Errorf(order.Malformed, "id-ambiguous", "%s begins the ids of %d orders.", prefix, len(found)).
		WithHint("Write more of the id.")
	for _, f := range found[:min(len(found), maxCandidates)] {
		e = e.WithField(order.Field{Message: string(f.ID) + "  number " + order.Truncate(f.Number) + ", " + f.Status})
	}
	return "", e
}

// maxCandidates is how many orders an ambiguous prefix is answered with: what
// fits a screen.
const maxCandidates = 10
