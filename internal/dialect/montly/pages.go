package montly

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// register mounts the pages.
func (m *Mailer) register(r *mux.Router) {
	for _, a := range actions() {
		path := pages + a.name + "/{link}"
		load := func(ctx context.Context, t webhook.Task) (pageRequest, error) {
			r, err := m.recipient(ctx, t.Delivery)
			return pageRequest{a, t, r}, err
		}
		r.HandleFunc(path, actionmail.Page(m.Service, a.link(), load, m.show)).Methods(http.MethodGet)
		r.HandleFunc(path, actionmail.Page(m.Service, a.link(), load, m.decide)).Methods(http.MethodPost)
	}
}

// isPage reports whether a path is that of a page.
func isPage(path string) bool {
	return slices.ContainsFunc(actions(), func(a action) bool { return strings.HasPrefix(path, pages+a.name+"/") })
}

// pageRequest is a request for a page whose link is valid.
type pageRequest struct {
	action action
	task   webhook.Task
	recipient
}

// pageView is what a page shows beside the order.
type pageView struct {
	view
	FormAction string
	Intro      string
	Button     string
}

// show answers a GET: the order with its button, or what became of it. It changes
// nothing, because mail scanners open every link.
func (m *Mailer) show(w http.ResponseWriter, _ *http.Request, v pageRequest) error {
	if step(&v.order) != v.action.step {
		return m.closed(w, v)
	}
	c, p := v.catalog, pageView{view: v.view(v.action), FormAction: m.Path(v.action.link(), v.task)}
	p.Intro, p.Button = c.MustText("intro-"+v.action.name, p.Company), c.MustText("button-"+v.action.name)
	return m.WritePage(w, c, http.StatusOK, "ask", p)
}

// closed shows what became of an order that no longer waits for the action.
func (m *Mailer) closed(w http.ResponseWriter, v pageRequest) error {
	title, why, attribute := "used-"+v.action.name, "used-why-"+v.action.name, v.action.attribute
	switch state(&v.order) {
	case cancelled:
		title, why, attribute = "cancelled", "cancelled-why", attrCancelled
	case declined:
		title, why, attribute = "declined", "declined-why", attrDeclined
	}
	c, p := v.catalog, pageView{view: v.view(v.action)}
	p.Title, p.Intro = c.MustText(title), c.MustText(why, m.FormatTime(c, v.timeOf(attribute)))
	return m.WritePage(w, c, http.StatusGone, "said", p)
}

// maxForm has space for the one button of a page.
const maxForm = 4 << 10

// decide answers a POST: the customer has pressed the button. Of several requests
// at once the state of the order lets one through, and its decision uses up the
// link. Later requests are shown what became of the order.
func (m *Mailer) decide(w http.ResponseWriter, r *http.Request, v pageRequest) error {
	if err := actionmail.ParseForm(w, r, maxForm); err != nil {
		return err
	}
	if r.PostForm.Get("decision") != v.action.name {
		return actionmail.FormError(http.StatusBadRequest)
	}
	by := order.Actor{Party: v.task.Delivery.Party, Name: v.address(v.action), Via: Source}
	o, err := v.action.do(r.Context(), m.Exchange, by, v.order.ID, m.Now())
	if order.KindOf(err) == order.Conflict {
		if v.recipient, err = m.recipient(r.Context(), v.task.Delivery); err == nil {
			err = m.closed(w, v)
		}
		return err
	}
	if err != nil {
		return err
	}
	v.order = o
	c, p := v.catalog, pageView{view: v.view(v.action)}
	p.Title, p.Intro = c.MustText("done-"+v.action.name), c.MustText("done-why-"+v.action.name, p.Shop)
	return m.WritePage(w, c, http.StatusOK, "said", p)
}

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
