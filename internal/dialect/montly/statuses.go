package montly

import "github.com/bookgate/bookgate/order"

// submitResponse is the answer to a new order.
type submitResponse struct {
	OrderID       string `json:"orderId"`
	MonthlyAmount int64  `json:"monthlyAmount"`
}

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

// offer is what a shop can offer its customers.
type offer struct {
	Finance *financeWire `json:"financeCompany,omitempty"`
	Tariffs []tariffWire `json:"tariffs"`
}

type financeWire struct {
	Name string `json:"name"`
	Logo string `json:"logo"`
}
