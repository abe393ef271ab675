package installer

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/order"
)

const (
	// maxList is the greatest list: 500 orders of some kilobytes. Pages of large
	// ones must be smaller.
	maxList = 16 << 20

	// scanned is how many orders are read at once when the store cannot tell
	// which are wanted.
	scanned = 500
)

// scan looks through the orders for those that the store cannot tell.
func (a *API) scan(ctx context.Context, q order.FindQuery, f filter) (found []order.Order, count int64, err error) {
	for q.Offset, q.Limit = 0, scanned; q.Offset < order.MaxFound; q.Offset += scanned {
		orders, _, err := a.exchange.Find(ctx, q)
		if err != nil {
			return nil, 0, err
		}
		for i := range orders {
			if !f.shows(&orders[i]) {
				continue
			}
			if count >= int64(f.offset) && len(found) < f.limit {
				found = append(found, orders[i])
			}
			count++
		}
		if len(orders) < scanned {
			break
		}
	}
	return found, count, nil
}

// shows reports whether an order is one that was asked for by what the store
// does not know of it.
func (f filter) shows(o *order.Order) bool {
	return (f.name == "" || displayID(o.ID) == f.name) && (f.key == "" || keyOf(o) == f.key) &&
		(f.status == nil || statusOf(o) == *f.status)
}

// values writes the orders of a page.
func (a *API) values(ctx context.Context, by caller, orders []order.Order) ([]json.RawMessage, error) {
	all, size := []json.RawMessage{}, 0
	for i := range orders {
		shown, err := a.shown(ctx, by, &orders[i])
		if err != nil {
			return nil, err
		}
		value, err := jsontext.Marshal(shown)
		if err != nil {
			return nil, fmt.Errorf("write order %s: %w", orders[i].ID, err)
		}
		if size += len(value); size > maxList {
			return nil, errPageTooLarge(i)
		}
		all = append(all, value)
	}
	return all, nil
}

func errPageTooLarge(fit int) error {
	return order.Errorf(order.Invalid, codeQuery, "The page has more than %d MiB.",
		maxList>>20).WithHint("Ask for smaller pages.").
		WithField(order.Field{Parameter: "pageSize",
			Message: fmt.Sprintf("The first %d orders of this page are as much as one answer can hold.", fit)})
}

// The bounds of a list; the first three are the original's.
const (
	defaultPageSize = 25
	maxPageSize     = 500
	newestFirst     = "desc"
	oldestFirst     = "asc"

	// maxPages ends where no list does, so that a page is a place that can be
	// counted.
	maxPages = 10_000_000
)

// filter says which orders a list shows, and which page of them.
type filter struct {
	offset, limit int
	oldest        bool
	text          string // stands somewhere in the order
	name          string // is the displayId
	key           string // is the idempotencyKey
	status        *status
}

// query reads the parameters of a list, and notes all that is wrong with them.
type query struct {
	url.Values
	bad []order.Field
}

// codeQuery is the code of a list with parameters that cannot be taken.
const codeQuery = "installation-query"

func (q *query) refuse(name, format string, args ...any) {
	q.bad = append(q.bad, order.Field{Parameter: name, Code: codeQuery, Message: fmt.Sprintf(format, args...)})
}

// single refuses a parameter with several values, of which all but the first
// would go unheard.
func (q *query) single(names ...string) {
	for _, name := range names {
		for _, other := range q.Values[name] {
			if first := q.Get(name); other != first {
				q.refuse(name, "It is there as %q and as %q; wanted is one.", order.Truncate(first), order.Truncate(other))
				break
			}
		}
	}
}

func (q *query) number(name string, least, most, otherwise int) int {
	text := q.Get(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		q.refuse(name, "It is %q; wanted is a whole number from %d to %d.", order.Truncate(text), least, most)
	}
	return n
}

func (q *query) oldest() bool {
	direction := cmp.Or(q.Get("direction"), newestFirst)
	if direction != newestFirst && direction != oldestFirst {
		q.refuse("direction", "It is %q; wanted is %s or %s.", order.Truncate(direction), oldestFirst, newestFirst)
	}
	return direction == oldestFirst
}

func (q *query) status() *status {
	word := q.Get("status")
	if word == "" {
		return nil
	}
	s, ok := parseStatus(word)
	if !ok {
		q.refuse("status", "It is %q; wanted is a number from 0 to %d, or %s.", order.Truncate(word), len(statusWords())-1,
			strings.Join(statusWords(), ", "))
	}
	return &s
}

// text returns what is looked for, which the original calls q or phrase: a text,
// or the displayId of an order, in any letter case.
func (q *query) text() (text, name string) {
	text = cmp.Or(q.Get("q"), q.Get("phrase"))
	if n := utf8.RuneCountInString(text); n > maxLine {
		q.refuse("q", "It has %d characters; at most %d are taken.", n, maxLine)
	}
	if name = strings.ToUpper(strings.TrimSpace(text)); isDisplayID(name) {
		return "", name
	}
	return text, ""
}
