package boknett

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// The representations of an order, as ETags name them.
const (
	repHAL          = "hal"
	repV2           = "hal2"
	repV2Alone      = "hal2-alone" // without the link to the original, which can go before the order changes
	repLine         = "line"
	repEDItX        = "editx"
	repHistory      = "history"
	repResponse     = "response"
	repStatusReport = "status"
)

// cleanOrders is the collection of the surface with clean HAL.
const cleanOrders = "/v2/orders"

// clean reports whether this surface is the one with clean HAL.
func (f *surface) clean() bool { return f.Orders == cleanOrders }

// representation is the main representation of this surface, for a reader who can
// or cannot read the original.
func (f *surface) representation(original bool) string {
	switch {
	case !f.clean():
		return repHAL
	case original:
		return repV2
	}
	return repV2Alone
}

// orderID reads the id in the path and writes it into the record.
func orderID(r *http.Request, by order.Actor) (order.ID, error) {
	id, ok := order.ParseID(pathValue(r, "id"))
	if !ok {
		return "", errOrderNotFound(by.Party)
	}
	reqlog.From(r.Context()).Order = id
	return id, nil
}

// find returns the order that the path names, as the party sees it.
func (f *surface) find(r *http.Request, by order.Actor) (order.Order, error) {
	id, err := orderID(r, by)
	if err != nil {
		return order.Order{}, err
	}
	return f.exchange.Order(r.Context(), by.Party, id)
}

// writeValidators sets the headers of an answer that shows o, and answers 304 when
// the client has it already.
func (f *surface) writeValidators(
	w http.ResponseWriter, r *http.Request, o *order.Order, representation string,
) (bool, error) {
	tag, err := f.tagOf(r.Context(), o, representation)
	if err != nil {
		return false, err
	}
	w.Header().Set("Last-Modified", o.Updated.UTC().Format(http.TimeFormat))
	return tagged(w, r, tag.String()), nil
}

// tagged sets the headers of one party's answer with a tag, and answers 304
// when the client has it already.
func tagged(w http.ResponseWriter, r *http.Request, opaque string) bool {
	private(w.Header())
	w.Header().Set("ETag", `"`+opaque+`"`)
	return notModified(w, r, opaque)
}

// order answers GET /orders/{id} in the legacy form.
func (f *surface) order(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	o, err := f.find(r, by)
	if err != nil {
		return err
	}
	if done, err := f.writeValidators(w, r, &o, repHAL); done || err != nil {
		return err
	}
	send(w, hal.MediaType, hal.AppendOrder(nil, &o, f.Surface))
	return nil
}

// orderClean answers GET /v2/orders/{id}.
func (f *surface) orderClean(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	o, err := f.find(r, by)
	if err != nil {
		return err
	}
	original, err := f.exchange.HasDocument(r.Context(), by.Party, &o)
	if err != nil {
		return err
	}
	if done, err := f.writeValidators(w, r, &o, f.representation(original)); done || err != nil {
		return err
	}
	return sendJSON(w, f.orderDocument(&o, by, original))
}

func (f *surface) orderDocument(o *order.Order, by order.Actor, original bool) hal.Order {
	return hal.NewOrder(o, f.exchange.Actions(by.Party, o), original, f.Surface)
}

// editx answers GET /orders/{id}/editx with the document as it stands now,
// adjustments included.
func (f *surface) editx(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	return f.writeDocument(w, r, by, repEDItX, editx.Encode)
}

// original answers GET /orders/{id}/editx/original with the sender's bytes.
func (f *surface) original(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	id, err := orderID(r, by)
	if err != nil {
		return err
	}
	doc, err := f.exchange.Document(r.Context(), by.Party, id)
	if err != nil {
		return err
	}
	epoch, err := f.exchange.Epoch(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(doc.SHA256[:])+":")
	if !tagged(w, r, "sha256-"+base64.RawURLEncoding.EncodeToString(doc.SHA256[:])+"-"+epoch) {
		send(w, doc.MediaType, doc.Body)
	}
	return nil
}

// line answers GET /orders/{id}/lines/{line}: a line as its order embeds it.
func (f *surface) line(w http.ResponseWriter, r *http.Request, by order.Actor) error {
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
	if done, err := f.writeValidators(w, r, &o, repLine); done || err != nil {
		return err
	}
	if f.clean() {
		return sendJSON(w, hal.NewLine(o.ID, l, f.exchange.Actions(by.Party, &o), f.Surface))
	}
	send(w, hal.MediaType, hal.AppendLine(nil, o.ID, l, f.Surface))
	return nil
}

// mark answers POST /orders/{id}/lines/{line}: the receiver's answer to a line.
func (f *surface) mark(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	id, err := orderID(r, by)
	if err != nil {
		return err
	}
	line, err := lineNumber(pathValue(r, "line"))
	if err != nil {
		return err
	}
	body, err := readObject(w, r, "status", "comment", "valid_from", "valid_to", "price", "code", "expected_date",
		"quantities", "substitute", "attributes")
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
func (f *surface) reduce(w http.ResponseWriter, r *http.Request, by order.Actor) error {
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
func (f *surface) changed(w http.ResponseWriter, r *http.Request, by order.Actor, o *order.Order, err error) error {
	if err != nil {
		return err
	}
	f.setTag(w, r, by, o)
	w.Header().Set("Cache-Control", "no-store")
	sendNothing(w, http.StatusOK)
	return nil
}

// lineNumber reads a line's number from the path. Nine digits are more than
// any order has lines.
func lineNumber(written string) (int, error) {
	n, err := strconv.Atoi(written)
	if err != nil || n < 1 || len(written) > 9 || !isDigits(written) {
		return 0, errLineNotFound(written)
	}
	return n, nil
}

// history answers GET /v2/orders/{id}/history.
func (f *surface) history(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	id, events, err := f.readHistory(r, by)
	if err != nil {
		return err
	}
	if done, err := f.writeHistoryValidators(w, r, events); done || err != nil {
		return err
	}
	return sendJSON(w, hal.NewHistory(id, events, f.Surface))
}

// event answers GET /v2/orders/{id}/history/{event}.
func (f *surface) event(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	id, events, err := f.readHistory(r, by)
	if err != nil {
		return err
	}
	written := pathValue(r, "event")
	n, err := strconv.Atoi(written)
	at := slices.IndexFunc(events, func(e order.Event) bool { return e.Number == n })
	if err != nil || !isDigits(written) || at < 0 {
		return order.Errorf(order.NotFound, "event-not-found", "The history of order %s has no entry %q.",
			id, order.Truncate(written)).
			WithHint("Its entries are numbered from 1 to %d.", len(events)).
			WithField(order.Field{Parameter: "event", Value: written})
	}
	if done, err := f.writeHistoryValidators(w, r, events); done || err != nil {
		return err
	}
	return sendJSON(w, hal.NewEvent(id, &events[at], f.Surface))
}

// readHistory reads the history of the order that the path names.
func (f *surface) readHistory(r *http.Request, by order.Actor) (order.ID, []order.Event, error) {
	id, err := orderID(r, by)
	if err != nil {
		return "", nil, err
	}
	events, err := f.exchange.History(r.Context(), by.Party, id)
	return id, events, err
}

// writeHistoryValidators sets the headers of an answer that shows events, and
// answers 304 when the client has it already.
func (f *surface) writeHistoryValidators(w http.ResponseWriter, r *http.Request, events []order.Event) (bool, error) {
	epoch, err := f.exchange.Epoch(r.Context())
	if err != nil {
		return false, err
	}
	return tagged(w, r, historyTag(events, epoch).String()), nil
}

// historyTag names a history as one party sees it: events are only ever added,
// and each is fetched once.
func historyTag(events []order.Event, epoch string) orderTag {
	t := orderTag{epoch: epoch, representation: repHistory}
	fetched := 0
	for _, e := range events {
		t.revision = e.Revision
		if !e.Fetched.IsZero() {
			fetched++
		}
	}
	if fetched > 0 {
		t.representation = fmt.Sprintf("%s-%d", repHistory, fetched)
	}
	return t
}

// send answers with a whole body in one Write.
func send(w http.ResponseWriter, mediaType string, body []byte) {
	sendStatus(w, http.StatusOK, mediaType, body)
}

func sendStatus(w http.ResponseWriter, status int, mediaType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}

// sendNothing answers with a status alone. Clients log bodies as they are, and
// some read until the connection ends unless a length of 0 is said.
func sendNothing(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
}

// sendJSON answers with a document of clean HAL.
func sendJSON(w http.ResponseWriter, doc any) error {
	text, err := jsontext.Marshal(doc)
	if err == nil {
		send(w, hal.MediaType, text)
	}
	return err
}

// private says that an answer is one party's own and must be asked for again.
func private(h http.Header) {
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization")
}

// writeDocument answers with an order as one of its EDItX documents.
func (f *surface) writeDocument(w http.ResponseWriter, r *http.Request, by order.Actor, representation string,
	encode func(io.Writer, *order.Order) error) error {
	o, err := f.find(r, by)
	if err != nil {
		return err
	}
	if done, err := f.writeValidators(w, r, &o, representation); done || err != nil {
		return err
	}
	var body bytes.Buffer
	if err := encode(&body, &o); err != nil {
		return errStored(o.ID, err)
	}
	send(w, editx.MediaType, body.Bytes())
	return nil
}

// sendDocument answers with a document that is one party's own.
func sendDocument(w http.ResponseWriter, status int, doc any) error {
	return httpjson.Send(w, status, hal.MediaType, doc)
}
