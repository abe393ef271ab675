package montly

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// The events of which a shop is notified. Shipping and cancelling, which it does
// itself, are not among them.
const (
	eventAccepted         = "order.accepted"
	eventDeclined         = "order.declined"
	eventSigned           = "order.signed"
	eventDeliveryApproved = "order.deliveryApproved"

	// tariffUpdated is the event of a new table; see [TariffNotice].
	tariffUpdated webhook.Type = "tariff.updated"
)

// eventOf returns the event of a step.
func eventOf(step string) (event string, ok bool) {
	switch step {
	case accepted:
		return eventAccepted, true
	case declined:
		return eventDeclined, true
	case signed:
		return eventSigned, true
	case deliveryApproved:
		return eventDeliveryApproved, true
	}
	return "", false
}

// orderReader returns an order as a party sees it.
type orderReader = func(ctx context.Context, party order.PartyID, id order.ID) (order.Order, error)

// formatNames returns the formats of this dialect: one for live orders, and one for
// test orders, so that the number of a test order is never taken for a live one.
func formatNames() []string {
	return []string{order.SourceOf(Source, false), order.SourceOf(Source, true)}
}

// Formats returns the formats of the callbacks, for live and for test orders.
func Formats(read orderReader) []webhook.Format {
	var all []webhook.Format
	for _, name := range formatNames() {
		all = append(all, format(name, read))
	}
	return all
}

// format returns the format of callbacks about the orders of one source. Only the
// status 200 accepts a callback.
func format(source string, read orderReader) webhook.Format {
	return webhook.Format{Name: source, Events: webhook.Filter{string(webhook.OrderMoved)}, Schedule: schedule(),
		Accepted: func(status int) bool { return status == http.StatusOK },
		Write: func(ctx context.Context, t webhook.Task, now time.Time) (webhook.Message, error) {
			n, ok, err := callbackFor(ctx, source, read, t)
			if err != nil || !ok {
				return webhook.Message{Skip: true}, err
			}
			body, err := jsontext.Marshal(n)
			if err != nil {
				return webhook.Message{}, fmt.Errorf("write a callback: %w", err)
			}
			return webhook.Message{Header: headers(body, now, t.Endpoint.Keys(now)), Body: body}, nil
		}}
}

// Twelve attempts within seven days, each wait twice as long as the one before it.
const (
	maxAttempts = 12
	retrySpan   = 7 * 24 * time.Hour
)

// schedule returns the waits, which divide the span in the ratio 1, 2, 4 ….
func schedule() []time.Duration {
	waits := make([]time.Duration, maxAttempts-1)
	parts := time.Duration(1)<<len(waits) - 1
	for k := range waits {
		waits[k] = retrySpan << k / parts
	}
	return waits
}

// callback is the body of a callback. The event is under its first name, action,
// and its later one, type.
type callback struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Action string `json:"action"`
	Data   any    `json:"data"`
}

// orderData is the content of a callback about an order.
type orderData struct {
	OrderID string  `json:"orderId"`
	Reason  *string `json:"reason,omitempty"` // of a declined order
}

// callbackFor returns the callback of a delivery; ok is false if there is none.
func callbackFor(
	ctx context.Context, source string, read orderReader, t webhook.Task,
) (n callback, ok bool, err error) {
	event := string(t.Delivery.Type)
	n = callback{ID: "evt:" + strings.TrimPrefix(t.Delivery.ID, "msg_"), Data: struct{}{}}
	switch t.Delivery.Type {
	case webhook.EndpointTest:
	case tariffUpdated:
		n.Data = json.RawMessage(t.Delivery.Event.Text)
	case webhook.OrderMoved:
		if event, ok = eventOf(string(t.Delivery.Event.To)); !ok {
			return n, false, nil
		}
		if n.Data, ok, err = dataOf(ctx, source, read, t, event); err != nil || !ok {
			return n, false, err
		}
	default:
		return n, false, nil
	}
	n.Type, n.Action = event, event
	return n, true, nil
}

// dataOf returns the content of a callback about an order of the source. There is
// none about other orders, and about one that is no longer stored.
func dataOf(
	ctx context.Context, source string, read orderReader, t webhook.Task, event string,
) (data any, ok bool, err error) {
	o, err := read(ctx, t.Endpoint.Party, t.Delivery.Event.Order)
	if kind := order.KindOf(err); kind == order.NotFound || kind == order.Gone {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read the order of a callback: %w", err)
	}
	d := orderData{OrderID: o.Number}
	if event == eventDeclined {
		reason := o.Attributes[attrReason]
		d.Reason = &reason
	}
	return d, o.Source == source && o.Sender == t.Endpoint.Party, nil
}

// bodyVersion is the version of the callbacks.
const bodyVersion = "1.0.0"

// headers returns those of a callback, under the vendor's first name and its second
// one. They are spelled on the wire as the vendor spells them.
func headers(body []byte, at time.Time, keys []webhook.Secret) http.Header {
	h := http.Header{"Content-Type": {"application/json"}}
	signed := signature(body, at, keys)
	for _, vendor := range []string{"Montly", "LeaseCloud"} {
		h[vendor+"-Version"] = []string{bodyVersion}
		h[vendor+"-Signature"] = []string{signed}
	}
	return h
}

// signature signs a body with each key, the newest first. The key is the text of
// the secret, as it was shown to its owner.
func signature(body []byte, at time.Time, keys []webhook.Secret) string {
	t := strconv.FormatInt(at.Unix(), 10)
	words := []string{"t=" + t}
	for _, key := range keys {
		words = append(words, "v1="+digest(key.Reveal(), t, body))
	}
	return strings.Join(words, ",")
}

func digest(secret, t string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(t + "."))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// TariffNotice returns the callback about a new table for a shop's endpoints.
func TariffNotice(t Table, now time.Time) (webhook.Broadcast, error) {
	data, err := jsontext.Marshal(offer{Tariffs: t.wire()})
	if err != nil {
		return webhook.Broadcast{}, fmt.Errorf("write tariffs: %w", err)
	}
	return webhook.Broadcast{Formats: formatNames(), Type: tariffUpdated,
		Event: webhook.Event{At: now, Text: string(data)}}, nil
}
