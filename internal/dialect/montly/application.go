package montly

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

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
	Mode      string        `json:"mode"` // test for a trial
}

// Undecided reports whether an order waits for the finance company.
func Undecided(o *order.Order) bool { return state(o) == pending && o.Erased.IsZero() }

// Applications gives undecided orders as the finance company sees them.
func Applications(undecided []order.Order) ([]Application, error) {
	var waiting []Application
	for i := range undecided {
		o := &undecided[i]
		agreed, err := agreementOf(o)
		if err != nil {
			return nil, err
		}
		buyer := &o.Header.Buyer
		waiting = append(waiting, Application{ID: o.ID, Party: o.Sender, Number: o.Number, Company: strings.Join(buyer.Names, " "), OrgNumber: buyer.ID.Value,
			Monthly: agreed.monthly, Months: agreed.months, Received: hal.NewTime(o.Created), Mode: Mode(o)})
	}
	return waiting, nil
}

// Amount writes the monthly amount as people in offices do.
func (a Application) Amount() string { return money(english, a.Monthly) }

// Mode is the mode of the key by which an order came.
func Mode(o *order.Order) string {
	if o.IsTest() {
		return auth.ModeTest
	}
	return auth.ModeLive
}

// agreement is what a customer signs for.
type agreement struct {
	monthly int64 // in öre
	months  int64
}

func agreementOf(o *order.Order) (a agreement, err error) {
	for fact, into := range map[string]*int64{attrMonthly: &a.monthly, attrMonths: &a.months} {
		if *into, err = intAttribute(o, fact); err != nil {
			return a, err
		}
	}
	return a, nil
}

// intAttribute gives the value of a fact that is one.
func intAttribute(o *order.Order, fact string) (int64, error) {
	n, err := strconv.ParseInt(o.Facts[fact], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s of lease order %s: %w", fact, o.ID, err)
	}
	return n, nil
}
