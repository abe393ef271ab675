package hark

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// callback is what an intermediary is sent: six members, of which those that
// are not known yet are left out.
type callback struct {
	ExternalUserID string `json:"externalUserId"`
	OrderID        string `json:"orderId"`
	DeviceType     string `json:"deviceType"`
	DeviceID       string `json:"deviceId,omitempty"`
	TrackingLink   string `json:"trackingLink,omitempty"`
	OrderStatus    string `json:"orderStatus"`
}

// reader returns an order as a party sees it.
type reader = func(ctx context.Context, party order.PartyID, id order.ID) (order.Order, error)

// Format makes the callbacks. The status is that of the change which is reported,
// not the present one; everything else never changes once it is there. The
// attempts end, for no party maintains the address of one order.
func Format(read reader) webhook.Format {
	return webhook.Format{Name: Source, Schedule: webhook.DefaultSchedule(),
		Write: func(ctx context.Context, t webhook.Task, _ time.Time) (webhook.Message, error) {
			o, err := read(ctx, t.Endpoint.Party, t.Delivery.Event.Order)
			if err != nil {
				return webhook.Message{}, fmt.Errorf("read the order of a callback: %w", err)
			}
			text, err := jsontext.Marshal(callbackFor(&o, string(t.Delivery.Event.To)))
			if err != nil {
				return webhook.Message{}, fmt.Errorf("write a callback: %w", err)
			}
			return webhook.Message{Header: http.Header{"Content-Type": {mediaType}}, Body: text}, nil
		}}
}

func callbackFor(o *order.Order, status string) callback {
	c := callback{ExternalUserID: o.CustomerRef, OrderID: o.Number, DeviceType: string(deviceType(o)), OrderStatus: status}
	if status == shipped {
		c.DeviceID, c.TrackingLink = o.Attributes[attrDevice], o.Attributes[attrTracking]
	}
	return c
}
