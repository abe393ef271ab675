package montly

import "github.com/bookgate/bookgate/order"

// placed is the answer to a new order.
type placed struct {
	OrderID       string `json:"orderId"`
	MonthlyAmount int64  `json:"monthlyAmount"`
}

// standing is the answer to the question where an order stands: the one word of
// the documentation, and the list that came later.
type standing struct {
	OrderID  string   `json:"orderId"`
	Status   string   `json:"status"`
	Statuses []status `json:"statuses"`
}

// status is a step of an order. All are listed, those that were not reached with
// null.
type status struct {
	Code    string  `json:"code"`
	SetAt   *string `json:"setAt"`
	Message *string `json:"message"`
}

// standingOf tells where an order stands.
func standingOf(o *order.Order) standing {
	s := standing{OrderID: o.Number, Status: state(o)}
	for _, step := range []struct{ code, fact string }{
		{"ACCEPTED", factAccepted}, {"SIGNED", factSigned}, {"SHIPPED", factShipped},
		{"DELIVERY_APPROVED", factDeliveryApproved}, {"DECLINED", factDeclined}, {"CANCELLED", factCancelled},
	} {
		st := status{Code: step.code, SetAt: orNull(o.Facts[step.fact])}
		if step.fact == factDeclined {
			st.Message = orNull(o.Facts[factReason])
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
