package installer

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

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

// readFilter reads the query of a list. Parameters that are not known are left
// alone.
func readFilter(values url.Values) (filter, error) {
	q := &query{Values: values}
	page := q.number("page", 0, maxPages, 0)
	f := filter{limit: q.number("pageSize", 1, maxPageSize, defaultPageSize), oldest: q.oldest(), key: q.Get("idempotencyKey"), status: q.status()}
	f.offset = page * f.limit
	f.text, f.name = q.text()
	q.single("page", "pageSize", "direction", "idempotencyKey", "status", "q", "phrase")
	if len(q.bad) == 0 {
		return f, nil
	}
	e := order.Errorf(order.Invalid, codeQuery, "The list cannot be made because of %d of its parameters.", len(q.bad)).WithHint("Correct what is listed under details.")
	e.Fields = q.bad
	return f, e
}

func (q *query) refuse(name, format string, args ...any) {
	q.bad = append(q.bad, order.Field{Parameter: name, Code: codeQuery, Message: fmt.Sprintf(format, args...)})
}

// single refuses a parameter with several values, of which all but the first
// would go unheard.
func (q *query) single(names ...string) {
	for _, name := range names {
		for _, other := range q.Values[name] {
			if first := q.Get(name); other != first {
				q.refuse(name, "It is there as %q and as %q; wanted is one.", order.Cut(first), order.Cut(other))
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
		q.refuse(name, "It is %q; wanted is a whole number from %d to %d.", order.Cut(text), least, most)
	}
	return n
}

func (q *query) oldest() bool {
	direction := cmp.Or(q.Get("direction"), newestFirst)
	if direction != newestFirst && direction != oldestFirst {
		q.refuse("direction", "It is %q; wanted is %s or %s.", order.Cut(direction), oldestFirst, newestFirst)
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
		q.refuse("status", "It is %q; wanted is a number from 0 to %d, or %s.", order.Cut(word), len(statusWords())-1, strings.Join(statusWords(), ", "))
	}
	return &s
}

// text gives what is looked for, which the original calls q or phrase: a text,
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
