package montly

import (
	"time"

	"github.com/bookgate/bookgate/order"
)

// Source is the name of this dialect wherever one is named.
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

// shipped is no state: an order that was shipped stays signed. It is a step of
// its own in the history, because the customer's second letter follows it.
const shipped = "shipped"

// The facts that tell when an order came into a state, and why it was declined.
const (
	attrAccepted         = "acceptedAt"
	attrSigned           = "signedAt"
	attrShipped          = "shippedAt"
	attrDeliveryApproved = "deliveryApprovedAt"
	attrDeclined         = "declinedAt"
	attrCancelled        = "cancelledAt"
	attrReason           = "reason"
)

// state is the word for where an order stands.
func state(o *order.Order) string { return o.Facts[order.FactState] }

// step is the word for where an order stands in its history: its state, and
// shipped for one that is on its way.
func step(o *order.Order) string {
	if s := state(o); s != signed || !isShipped(o) {
		return s
	}
	return shipped
}

// isShipped reports whether the shop has sent the goods.
func isShipped(o *order.Order) bool { return o.Facts[attrShipped] != "" }

// setState puts an order into a state and keeps when that was.
func setState(o *order.Order, state, fact string, at time.Time) {
	o.Facts = o.Facts.With(order.FactState, state).With(fact, formatTime(at))
}

// timeLayout is how the dialect writes times: UTC with milliseconds. It is RFC
// 3339 too, so that erasing knows a time and leaves it.
const timeLayout = "2006-01-02T15:04:05.000Z"

func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

// statusResponse is the answer to the question where an order stands: the one word of
// the documentation, and the list that came later.
type statusResponse struct {
	OrderID  string       `json:"orderId"`
	Status   string       `json:"status"`
	Statuses []statusStep `json:"statuses"`
}

// statusStep is a step of an order. All are listed, those that were not reached with
// null.
type statusStep struct {
	Code    string  `json:"code"`
	SetAt   *string `json:"setAt"`
	Message *string `json:"message"`
}

// newStatusResponse tells where an order stands.
func newStatusResponse(o *order.Order) statusResponse {
	s := statusResponse{OrderID: o.Number, Status: state(o)}
	for _, step := range []struct{ code, fact string }{
		{"ACCEPTED", attrAccepted}, {"SIGNED", attrSigned}, {"SHIPPED", attrShipped},
		{"DELIVERY_APPROVED", attrDeliveryApproved}, {"DECLINED", attrDeclined}, {"CANCELLED", attrCancelled},
	} {
		st := statusStep{Code: step.code, SetAt: orNull(o.Facts[step.fact])}
		if step.fact == attrDeclined {
			st.Message = orNull(o.Facts[attrReason])
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
