package boknett

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/body"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// line answers GET /orders/{id}/lines/{line}: a line as its order embeds it.
func (f *front) line(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	o, err := f.find(r, by)
	if err != nil {
		return err
	}
	number, err := lineNumber(pathValue(r, "line"))
	if err != nil {
		return err
	}
	l, err := o.FindLine(number)
	if err != nil {
		return err
	}
	if done, err := f.known(w, r, &o, asLine); done || err != nil {
		return err
	}
	if f.clean() {
		return sendJSON(w, hal.NewLine(o.ID, l, f.exchange.Actions(by.Party, &o), f.Surface))
	}
	send(w, hal.MediaType, hal.AppendLine(nil, o.ID, l, f.Surface))
	return nil
}

// mark answers POST /orders/{id}/lines/{line}: the receiver's word on a line.
func (f *front) mark(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	id, err := orderID(r, by)
	if err != nil {
		return err
	}
	line, err := lineNumber(pathValue(r, "line"))
	if err != nil {
		return err
	}
	body, err := readObject(w, r, "status", "comment", "valid_from", "valid_to", "price", "code", "expected_date", "quantities", "substitute", "facts")
	if err != nil {
		return err
	}
	m, err := toMark(line, body)
	if err != nil {
		return err
	}
	revision, err := f.ifMatch(r, by, id)
	if err != nil {
		return err
	}
	o, err := f.exchange.Mark(r.Context(), by, id, revision, m)
	return f.changed(w, r, by, &o, err)
}

// reduce answers POST /orders/{id}/update and its older form with a line: the
// sender takes copies back.
func (f *front) reduce(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	id, err := orderID(r, by)
	if err != nil {
		return err
	}
	line := 0
	if written := pathValue(r, "line"); written != "" {
		if line, err = lineNumber(written); err != nil {
			return err
		}
	}
	body, err := readObject(w, r, "ean", "isbn", "number")
	if err != nil {
		return err
	}
	reduction, err := toReduction(line, body)
	if err != nil {
		return err
	}
	revision, err := f.ifMatch(r, by, id)
	if err != nil {
		return err
	}
	o, err := f.exchange.Reduce(r.Context(), by, id, revision, reduction)
	return f.changed(w, r, by, &o, err)
}

// changed answers a change: an empty body and the order's new ETag.
func (f *front) changed(w http.ResponseWriter, r *http.Request, by order.Actor, o *order.Order, err error) error {
	if err != nil {
		return err
	}
	f.setTag(w, r, by, o)
	w.Header().Set("Cache-Control", "no-store")
	sendNothing(w, http.StatusOK)
	return nil
}

// readObject reads a small JSON body. Members that are not among the known
// ones are left out, and noted.
func readObject(w http.ResponseWriter, r *http.Request, known ...string) (value, error) {
	return readMembers(w, r, parseObject, known)
}

func readMembers(w http.ResponseWriter, r *http.Request, parse func([]byte) (value, error), known []string) (value, error) {
	sent, err := body.Read(w, r, maxJSON)
	if err != nil {
		return value{}, err
	}
	v, err := parse(sent)
	noteOthers(r, v, known...)
	return v, err
}

// noteOthers notes the members that are not among the known ones. A name that
// could be more than a typing error, such as a secret in the wrong place, is not
// repeated.
func noteOthers(r *http.Request, v value, known ...string) {
	for _, name := range v.others(known...) {
		if len(name) > maxMember || strings.Trim(name, memberLetters) != "" {
			reqlog.From(r.Context()).Note("a member is not known")
			continue
		}
		reqlog.From(r.Context()).Note("member " + name + " is not known")
	}
}

// What the names of members are made of, here and elsewhere.
const (
	maxMember     = 32
	memberLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"
)

// lineNumber reads a line's number from the path. Nine digits are more than
// any order has lines.
func lineNumber(written string) (int, error) {
	n, err := strconv.Atoi(written)
	if err != nil || n < 1 || len(written) > 9 || !isDigits(written) {
		return 0, errNoLine(written)
	}
	return n, nil
}
