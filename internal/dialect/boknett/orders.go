package boknett

import (
	"encoding/base64"
	"net/http"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// The representations of an order, as ETags name them.
const (
	asHAL          = "hal"
	asClean        = "hal2"
	asCleanAlone   = "hal2-alone" // without the link to the original, which can go before the order changes
	asLine         = "line"
	asEDItX        = "editx"
	asHistory      = "history"
	asResponse     = "response"
	asStatusReport = "status"
)

// cleanOrders is the collection of the surface with clean HAL.
const cleanOrders = "/v2/orders"

// clean reports whether this surface is the one with clean HAL.
func (f *front) clean() bool { return f.Orders == cleanOrders }

// word is the main representation of this surface, for a reader who can or
// cannot read the original.
func (f *front) word(original bool) string {
	switch {
	case !f.clean():
		return asHAL
	case original:
		return asClean
	}
	return asCleanAlone
}

// orderID reads the id in the path and writes it into the record.
func orderID(r *http.Request, by order.Actor) (order.ID, error) {
	id, ok := order.ParseID(pathValue(r, "id"))
	if !ok {
		return "", errNoOrder(by.Party)
	}
	reqlog.From(r.Context()).Order = id
	return id, nil
}

// find gives the order that the path names, as the party sees it.
func (f *front) find(r *http.Request, by order.Actor) (order.Order, error) {
	id, err := orderID(r, by)
	if err != nil {
		return order.Order{}, err
	}
	return f.exchange.Order(r.Context(), by.Party, id)
}

// known sets the headers of an answer that shows o, and answers 304 when the
// client has it already.
func (f *front) known(w http.ResponseWriter, r *http.Request, o *order.Order, representation string) (bool, error) {
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
	return unchanged(w, r, opaque)
}

// order answers GET /orders/{id} in the legacy form.
func (f *front) order(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	o, err := f.find(r, by)
	if err != nil {
		return err
	}
	if done, err := f.known(w, r, &o, asHAL); done || err != nil {
		return err
	}
	send(w, hal.MediaType, hal.AppendOrder(nil, &o, f.Surface))
	return nil
}

// orderClean answers GET /v2/orders/{id}.
func (f *front) orderClean(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	o, err := f.find(r, by)
	if err != nil {
		return err
	}
	original, err := f.exchange.HasDocument(r.Context(), by.Party, &o)
	if err != nil {
		return err
	}
	if done, err := f.known(w, r, &o, f.word(original)); done || err != nil {
		return err
	}
	return sendJSON(w, f.orderDocument(&o, by, original))
}

func (f *front) orderDocument(o *order.Order, by order.Actor, original bool) hal.Order {
	return hal.NewOrder(o, f.exchange.Actions(by.Party, o), original, f.Surface)
}

// editx answers GET /orders/{id}/editx with the document as it stands now,
// adjustments included.
func (f *front) editx(w http.ResponseWriter, r *http.Request, by order.Actor) error {
	return f.written(w, r, by, asEDItX, editx.Encode)
}

// original answers GET /orders/{id}/editx/original with the sender's bytes.
func (f *front) original(w http.ResponseWriter, r *http.Request, by order.Actor) error {
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
