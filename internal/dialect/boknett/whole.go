package boknett

import (
	"net/http"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// itemBytes is what an order takes in a list, rounded up: room made at once
// saves copying a page eight times while it grows.
const itemBytes = 384

// appendItems appends orders and the commas between them.
func (f *front) appendItems(dst []byte, items []order.Item, first bool) []byte {
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

// whole writes the list as it stands at head. One page leaves in one Write;
// more leave page by page, with the rows of each read and closed before.
func (f *front) whole(w http.ResponseWriter, r *http.Request, q listQuery, head int64) error {
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
	f.stream(w, r, ask, p, body)
	return nil
}

// stream writes the rest of a list whose first page stands in body. Once
// something is written a failure can only be told by breaking the connection:
// an end that looks right would lose orders. The server gives every chunk its
// own time, so a slow reader is not cut off.
//
// The list ends like that too when its ticket does.
func (f *front) stream(w http.ResponseWriter, r *http.Request, ask order.Query, p order.Page, body []byte) {
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
