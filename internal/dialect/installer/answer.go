package installer

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/bookgate/bookgate/order"
)

// created is the answer to a new order. Its id has three names, because clients
// of different years look for it under id and under value, and that of a
// duplicate under orderId. There are no pages for end customers here, so
// clientUrl is null.
type created struct {
	ID        order.ID `json:"id"`
	Value     order.ID `json:"value"`
	OrderID   order.ID `json:"orderId"`
	DisplayID string   `json:"displayId"`
	ClientURL *string  `json:"clientUrl"`
}

// page is the answer to a list.
type page struct {
	Values []json.RawMessage `json:"values"`
	Count  int64             `json:"count"` // of all that match, on whatever page
}

// orderDocument is an order as its router reads it: what it wrote, and what
// became of it.
type orderDocument struct {
	ID           order.ID `json:"id"`
	DisplayID    string   `json:"displayId"`
	Status       status   `json:"status"`
	StatusName   string   `json:"statusName"`
	CustomerName string   `json:"customerName,omitzero"`
	Coordinates  *point   `json:"coordinates,omitzero"`
	CreatedAt    string   `json:"createdAt"`
	UpdatedAt    string   `json:"updatedAt"`
	request
}

// point is a place on the map: x is the longitude, y the latitude.
type point struct {
	X json.RawMessage `json:"x"`
	Y json.RawMessage `json:"y"`
}

// shown gives an order with the request that it was made by. When the request
// is kept no longer, what the exchange knows of it stands for it.
func (a *API) shown(ctx context.Context, by caller, o *order.Order) (orderDocument, error) {
	doc, err := a.exchange.Document(ctx, by.Party, o.ID)
	switch kind := order.KindOf(err); {
	case err == nil:
	case kind == order.Gone || kind == order.NotFound:
		return document(o, reconstruct(o)), nil
	default:
		return orderDocument{}, fmt.Errorf("the request of order %s: %w", o.ID, err)
	}
	in, err := parseStored(doc.Body)
	if err != nil {
		return orderDocument{}, fmt.Errorf("the request of order %s: %w", o.ID, err)
	}
	return document(o, in), nil
}

// parseStored reads a request that was taken once. The rules of that day are not asked
// again.
func parseStored(body []byte) (request, error) {
	o, err := parseObject(body)
	if err != nil {
		return request{}, err
	}
	return fields{&reader{}, o, ""}.request(), nil
}

func document(o *order.Order, in request) orderDocument {
	d := orderDocument{ID: o.ID, DisplayID: displayID(o.ID), Status: statusOf(o), StatusName: state(o), CustomerName: in.ContactPersonName,
		CreatedAt: moment(o.Created), UpdatedAt: moment(o.Updated), request: in}
	if in.Latitude != nil && in.Longitude != nil {
		d.Coordinates = &point{X: in.Longitude, Y: in.Latitude}
	}
	if in.Offer != nil {
		for i, l := range in.Offer.Lines {
			in.Offer.Lines[i] = l.counted()
		}
	}
	return d
}

// moment writes a time as JavaScript does.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
