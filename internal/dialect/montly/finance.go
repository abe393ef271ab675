package montly

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// Finance is the company that buys what is leased.
type Finance struct {
	Name string
	Logo string // its address
}

// defaultFinance is the finance company of the original's examples.
const defaultFinance = "Montly Leasing"

// Accept accepts a lease order, live or test, for the finance company. The customer
// is asked to sign.
func (a *API) Accept(ctx context.Context, by order.Actor, id order.ID) (order.Order, error) {
	o, err := a.config.Exchange.LoadForOperator(ctx, id)
	if err != nil {
		return order.Order{}, err
	}
	if o.Dialect() == Source { // decide refuses an order of another dialect
		if err := a.config.Mailer.subscribe(ctx, o.Sender, id); err != nil {
			return order.Order{}, err
		}
	}
	return a.decide(ctx, by, id, accept)
}

// maxReason bounds why an order is declined, in bytes: a sentence.
const maxReason = 200

// Decline declines a lease order for the finance company. The shop is notified
// with the reason.
func (a *API) Decline(ctx context.Context, by order.Actor, id order.ID, reason string) (order.Order, error) {
	if len(reason) > maxReason || clean(reason) != reason {
		return order.Order{}, order.Errorf(order.Invalid, "lease-reason",
			"The reason has %d bytes or a line break; one line of at most %d bytes is stored.", len(reason), maxReason).
			WithHint("Say in a sentence what the shop may know.")
	}
	return a.decide(ctx, by, id, func(o *order.Order, by order.Actor, now time.Time) ([]order.Event, error) {
		return decline(o, by, reason, now)
	})
}

// ResendMail sends the pending e-mail to the customer of an order again, after the
// mail server has rejected it or it was lost.
func (a *API) ResendMail(ctx context.Context, id order.ID) error {
	o, err := a.config.Exchange.LoadForOperator(ctx, id)
	if err != nil {
		return err
	}
	return a.config.Mailer.resend(ctx, &o)
}

func (a *API) decide(ctx context.Context, by order.Actor, id order.ID, r rule) (order.Order, error) {
	return a.config.Exchange.ApplyAsOperator(ctx, by, Source, id, func(o *order.Order) ([]order.Event, error) {
		return r(o, by, a.config.Now())
	})
}

// Application is a lease order as the finance company sees it before it decides.
type Application struct {
	ID        order.ID      `json:"id"`
	Party     order.PartyID `json:"party"` // the shop
	Number    string        `json:"number"`
	Company   string        `json:"company"`
	OrgNumber string        `json:"orgNumber"`
	Monthly   int64         `json:"monthlyAmount"` // in öre, without VAT
	Months    int64         `json:"months"`
	Received  hal.Time      `json:"received"`
	Mode      string        `json:"mode"` // test for a test order
}

// Undecided reports whether an order waits for the finance company.
func Undecided(o *order.Order) bool { return state(o) == pending && o.Erased.IsZero() }

// Applications returns undecided orders as the finance company sees them.
func Applications(undecided []order.Order) ([]Application, error) {
	var waiting []Application
	for i := range undecided {
		o := &undecided[i]
		agreed, err := agreementOf(o)
		if err != nil {
			return nil, err
		}
		buyer := &o.Header.Buyer
		waiting = append(waiting, Application{
			ID: o.ID, Party: o.Sender, Number: o.Number,
			Company: strings.Join(buyer.Names, " "), OrgNumber: buyer.ID.Value,
			Monthly: agreed.monthly, Months: agreed.months,
			Received: hal.NewTime(o.Created), Mode: Mode(o),
		})
	}
	return waiting, nil
}

// Amount returns the monthly amount as it is written in English.
func (a Application) Amount() string { return money(english, a.Monthly) }

// Mode returns the mode of the key with which an order was submitted.
func Mode(o *order.Order) string {
	if o.IsTest() {
		return auth.ModeTest
	}
	return auth.ModeLive
}

// agreement is what a customer signs.
type agreement struct {
	monthly int64 // in öre
	months  int64
}

func agreementOf(o *order.Order) (a agreement, err error) {
	for name, into := range map[string]*int64{attrMonthly: &a.monthly, attrMonths: &a.months} {
		if *into, err = intAttribute(o, name); err != nil {
			return a, err
		}
	}
	return a, nil
}

// intAttribute returns the value of an attribute that is a number.
func intAttribute(o *order.Order, name string) (int64, error) {
	n, err := strconv.ParseInt(o.Attributes[name], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s of lease order %s: %w", name, o.ID, err)
	}
	return n, nil
}
