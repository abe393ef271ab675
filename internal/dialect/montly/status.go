package montly

import (
	"time"

	"github.com/bookgate/bookgate/order"
)

// Source is the name of this dialect.
const Source = "montly"

// The states of a lease order. The last three are final.
const (
	pending          = "pending"
	accepted         = "accepted"
	signed           = "signed"
	deliveryApproved = "deliveryApproved"
	declined         = "declined"
	cancelled        = "cancelled"
)

// shipped is not a state: an order that was shipped stays signed. It is a step of
// its own in the history, because the customer's second e-mail follows it.
const shipped = "shipped"

// The attributes with the time of each state, and the reason of a decline.
const (
	attrAccepted         = "acceptedAt"
	attrSigned           = "signedAt"
	attrShipped          = "shippedAt"
	attrDeliveryApproved = "deliveryApprovedAt"
	attrDeclined         = "declinedAt"
	attrCancelled        = "cancelledAt"
	attrReason           = "reason"
)

// state returns the state of an order.
func state(o *order.Order) string { return o.Attributes[order.AttrState] }

// step returns the step of an order in its history: its state, or shipped for a
// signed order that was shipped.
func step(o *order.Order) string {
	if s := state(o); s != signed || !isShipped(o) {
		return s
	}
	return shipped
}

// isShipped reports whether the shop has shipped the goods.
func isShipped(o *order.Order) bool { return o.Attributes[attrShipped] != "" }

// setState sets the state of an order, and the attribute with its time.
func setState(o *order.Order, state, attribute string, at time.Time) {
	o.Attributes = o.Attributes.Set(order.AttrState, state).Set(attribute, formatTime(at))
}

// timeLayout is the format of times: UTC with milliseconds. It is RFC 3339 too, so
// that erasing recognises a time and retains it.
const timeLayout = "2006-01-02T15:04:05.000Z"

func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

// statusResponse is the status of an order: the one word of the documentation, and
// the list that was added later.
type statusResponse struct {
	OrderID  string       `json:"orderId"`
	Status   string       `json:"status"`
	Statuses []statusStep `json:"statuses"`
}

// statusStep is a step of an order. All are listed; setAt is null for those that
// were not reached.
type statusStep struct {
	Code    string  `json:"code"`
	SetAt   *string `json:"setAt"`
	Message *string `json:"message"`
}

// newStatusResponse returns the status of an order.
func newStatusResponse(o *order.Order) statusResponse {
	s := statusResponse{OrderID: o.Number, Status: state(o)}
	for _, step := range []struct{ code, attribute string }{
		{"ACCEPTED", attrAccepted}, {"SIGNED", attrSigned}, {"SHIPPED", attrShipped},
		{"DELIVERY_APPROVED", attrDeliveryApproved}, {"DECLINED", attrDeclined}, {"CANCELLED", attrCancelled},
	} {
		st := statusStep{Code: step.code, SetAt: orNull(o.Attributes[step.attribute])}
		if step.attribute == attrDeclined {
			st.Message = orNull(o.Attributes[attrReason])
		}
		s.Statuses = append(s.Statuses, st)
	}
	return s
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
