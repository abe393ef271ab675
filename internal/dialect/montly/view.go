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

// maxLines is how many lines of goods a letter or page shows.
const maxLines = 100

// emailType names mail among the ways to reach somebody.
const emailType = "Email"

// view is a lease order as its customer reads it, in a letter or on a page.
type view struct {
	Language  actionmail.Language
	Action    string
	Title     string
	Number    string
	Shop      string
	Company   string
	OrgNumber string
	Person    string
	Finance   string // the company that it is leased from
	Monthly   string
	Period    string
	Lines     []lineView
	More      int // lines that found no room
	Test      bool
}

// lineView is a line of goods as a customer reads it.
type lineView struct {
	Name     string
	Quantity int64
}

// recipient is whom a letter or a page is for, with the order that it is about.
type recipient struct {
	catalog actionmail.Catalog
	shop    order.Party
	order   order.Order
	agreed  agreement
}

// recipient looks up what a letter or page needs. An order that was erased is not
// there for its customer any more.
func (l *Mailer) recipient(ctx context.Context, d webhook.Delivery) (r recipient, err error) {
	if r.shop, err = l.Exchange.Party(ctx, d.Party); err != nil {
		return r, err
	}
	r.catalog = l.Catalog(r.shop.Language)
	if r.order, err = l.Exchange.Order(ctx, d.Party, d.Event.Order); err != nil {
		return r, err
	}
	if !r.order.Erased.IsZero() {
		return r, order.Errorf(order.NotFound, "order-not-found", "The personal data of order %s were erased.", r.order.ID)
	}
	r.agreed, err = agreementOf(&r.order)
	return r, err
}

// ipAddress is where a task goes: signing to who may sign for the company, when
// the shop named somebody, and all else to who ordered.
func (r recipient) address(t action) string {
	if s := r.order.Facts[attrSignatory]; t.name == actionSign && s != "" {
		return s
	}
	for _, way := range r.contact().Communication {
		if way.Type == emailType {
			return way.Locator
		}
	}
	return ""
}

// contact is who ordered.
func (r recipient) contact() order.Contact {
	if all := r.order.Header.Buyer.Contacts; len(all) > 0 {
		return all[0]
	}
	return order.Contact{}
}

// view shows the order.
func (r recipient) view(t action) view {
	o := &r.order
	v := view{
		Language: r.catalog.Language, Action: t.name, Number: actionmail.SanitizeLine(o.Number), Shop: actionmail.SanitizeLine(r.shop.Name),
		Company: actionmail.SanitizeLine(strings.Join(o.Header.Buyer.Names, " ")), OrgNumber: actionmail.SanitizeLine(o.Header.Buyer.ID.Value), Person: actionmail.SanitizeLine(r.contact().Name),
		Monthly: r.catalog.MustText("without-tax", money(r.catalog.Language, r.agreed.monthly)), Period: r.catalog.MustText("months", r.agreed.months), Test: o.IsTest(),
		Finance: actionmail.SanitizeLine(financeOf(o)),
	}
	v.Title = r.catalog.MustText("title-"+t.name, v.Number, v.Shop)
	for _, line := range o.Lines[:min(len(o.Lines), maxLines)] {
		v.Lines = append(v.Lines, lineView{actionmail.SanitizeLine(line.Detail.Title), line.Quantity})
	}
	v.More = len(o.Lines) - len(v.Lines)
	return v
}

// financeOf names the company that an order is leased from.
func financeOf(o *order.Order) string {
	if o.Header.BillTo == nil {
		return ""
	}
	return strings.Join(o.Header.BillTo.Names, " ")
}

// money writes an amount of crowns, given in hundredths, as people in the
// language do. Its parts do not come apart at the end of a line.
func money(l actionmail.Language, amount int64) string {
	whole, part := strconv.FormatInt(amount/100, 10), fmt.Sprintf("%02d", amount%100)
	if l == english {
		return "SEK\u00a0" + grouped(whole, ",") + "." + part
	}
	return grouped(whole, "\u00a0") + "," + part + "\u00a0kr"
}

// grouped puts a mark between each three digits, from the end.
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

// at gives the time that a fact of the order tells, the zero time for none.
func (r recipient) timeOf(fact string) time.Time {
	at, err := time.Parse(timeLayout, r.order.Facts[fact])
	if err != nil {
		return time.Time{}
	}
	return at
}
