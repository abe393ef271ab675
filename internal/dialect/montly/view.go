package montly

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// maxLines bounds the lines of goods that an e-mail or a page shows.
const maxLines = 100

// view is a lease order as it is shown to its customer.
type view struct {
	Language  actionmail.Language
	Action    string
	Title     string
	Number    string
	Shop      string
	Company   string
	OrgNumber string
	Person    string
	Finance   string // the finance company
	Monthly   string
	Period    string
	Lines     []lineView
	More      int // lines that do not fit
	Test      bool
}

// lineView is a line of goods as it is shown to the customer.
type lineView struct {
	Name     string
	Quantity int64
}

// recipient is the customer for whom an e-mail or a page is, with the order.
type recipient struct {
	catalog actionmail.Catalog
	shop    order.Party
	order   order.Order
	agreed  agreement
}

// recipient looks up what an e-mail or a page needs. An erased order is NotFound.
func (m *Mailer) recipient(ctx context.Context, d webhook.Delivery) (r recipient, err error) {
	if r.shop, err = m.Exchange.Party(ctx, d.Party); err != nil {
		return r, err
	}
	r.catalog = m.Catalog(r.shop.Language)
	if r.order, err = m.Exchange.Order(ctx, d.Party, d.Event.Order); err != nil {
		return r, err
	}
	if !r.order.Erased.IsZero() {
		return r, order.Errorf(order.NotFound, "order-not-found",
			"The personal data of order %s were erased.", r.order.ID)
	}
	r.agreed, err = agreementOf(&r.order)
	return r, err
}

// address returns the address for an action: that of the authorized signatory for
// signing, if there is one, else that of the customer.
func (r recipient) address(a action) string {
	if s := r.order.Attributes[attrSignatory]; a.name == actionSign && s != "" {
		return s
	}
	for _, way := range r.contact().Communication {
		if way.Type == order.ByEmail {
			return way.Locator
		}
	}
	return ""
}

// contact returns the person who ordered.
func (r recipient) contact() order.Contact {
	if all := r.order.Header.Buyer.Contacts; len(all) > 0 {
		return all[0]
	}
	return order.Contact{}
}

// view returns the order as it is shown for an action.
func (r recipient) view(a action) view {
	o := &r.order
	v := view{
		Language:  r.catalog.Language,
		Action:    a.name,
		Number:    actionmail.SanitizeLine(o.Number),
		Shop:      actionmail.SanitizeLine(r.shop.Name),
		Company:   actionmail.SanitizeLine(strings.Join(o.Header.Buyer.Names, " ")),
		OrgNumber: actionmail.SanitizeLine(o.Header.Buyer.ID.Value),
		Person:    actionmail.SanitizeLine(r.contact().Name),
		Finance:   actionmail.SanitizeLine(financeOf(o)),
		Monthly:   r.catalog.MustText("without-tax", money(r.catalog.Language, r.agreed.monthly)),
		Period:    r.catalog.MustText("months", r.agreed.months),
		Test:      o.IsTest(),
	}
	v.Title = r.catalog.MustText("title-"+a.name, v.Number, v.Shop)
	for _, line := range o.Lines[:min(len(o.Lines), maxLines)] {
		v.Lines = append(v.Lines, lineView{actionmail.SanitizeLine(line.Detail.Title), line.Quantity})
	}
	v.More = len(o.Lines) - len(v.Lines)
	return v
}

// financeOf returns the name of the finance company of an order.
func financeOf(o *order.Order) string {
	if o.Header.BillTo == nil {
		return ""
	}
	return strings.Join(o.Header.BillTo.Names, " ")
}

// money formats an amount in öre as it is written in a language. It has no-break
// spaces, so that it is not split at the end of a line.
func money(l actionmail.Language, amount int64) string {
	whole, part := strconv.FormatInt(amount/100, 10), fmt.Sprintf("%02d", amount%100)
	if l == english {
		return "SEK\u00a0" + grouped(whole, ",") + "." + part
	}
	return grouped(whole, "\u00a0") + "," + part + "\u00a0kr"
}

// grouped returns digits with a mark between groups of three.
func grouped(digits, mark string) string {
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(mark)
		}
		b.WriteRune(digit)
	}
	return b.String()
}

// timeOf returns the time in an attribute of the order, or the zero time.
func (r recipient) timeOf(attribute string) time.Time {
	at, err := time.Parse(timeLayout, r.order.Attributes[attribute])
	if err != nil {
		return time.Time{}
	}
	return at
}
