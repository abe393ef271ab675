package hark

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bookgate/bookgate/internal/dialect/hark/graph"
	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

type mutations struct{ *root }

// OrderDevice answers the mutation that orders a device. When it has answered,
// the order is stored permanently.
func (m mutations) OrderDevice(ctx context.Context, input graph.OrderDeviceInput) (*graph.OrderDeviceResponse, error) {
	if err := m.authorize(mayCreate, costList); err != nil {
		return nil, err
	}
	if err := m.check(ctx, input); err != nil {
		return nil, err
	}
	o, err := m.submit(ctx, input)
	if err != nil {
		return nil, err
	}
	return &graph.OrderDeviceResponse{Order: deviceOrder(&o)}, nil
}

// check reports all that is wrong with an input.
func (r *root) check(ctx context.Context, in graph.OrderDeviceInput) error {
	bad := checkInput(in)
	if in.WebhookCallbackURL != nil {
		if err := r.webhooks.CheckURL(ctx, *in.WebhookCallbackURL); err != nil {
			f := faultOf(ctx, err)
			bad = append(bad, badField{"webhookCallbackUrl", strings.TrimSpace(f.message + " " + f.hint)})
		}
	}
	if len(bad) == 0 {
		return nil
	}
	names := make([]string, len(bad))
	for i, b := range bad {
		names[i] = b.Field
	}
	return &fault{code: codeInput, message: "The input cannot be taken: " + strings.Join(names, ", ") + ".",
		fields: bad,
		hint: "Correct the fields that are listed under extensions.fields. " +
			"This field of the request ordered nothing."}
}

// submit stores the order. Its callback is registered before, so that no order is
// stored that never notifies its intermediary.
func (r *root) submit(ctx context.Context, in graph.OrderDeviceInput) (order.Order, error) {
	intermediary, err := r.exchange.Party(ctx, r.by.Party)
	if err != nil {
		return order.Order{}, fmt.Errorf("intermediary: %w", err)
	}
	o := toOrder(in, intermediary, r.key.IsTest(), r.now())
	withdraw, err := r.callback(ctx, o.ID, in.WebhookCallbackURL)
	if err != nil {
		return order.Order{}, err
	}
	receipt, err := r.exchange.Submit(ctx, r.by, o, order.NewDocument(mediaType, r.body))
	if err != nil {
		withdraw()
		return order.Order{}, err
	}
	reqlog.From(ctx).Order = receipt.ID
	stored, err := r.exchange.Order(ctx, r.by.Party, receipt.ID)
	if err != nil { // it is ordered, and its id must not be lost with the reading
		reqlog.From(ctx).Note("a new order was not read back: " + err.Error())
		o.Sender, o.Updated = r.by.Party, r.now()
		return o, nil
	}
	return stored, nil
}

// callback registers the address that is notified of an order's status, if there is
// one. withdraw removes it; where it cannot, nothing is ever sent there,
// because there is no such order.
func (r *root) callback(ctx context.Context, id order.ID, url *string) (withdraw func(), err error) {
	if url == nil {
		return func() {}, nil
	}
	e, err := r.webhooks.AddCallback(ctx, webhook.Endpoint{Party: r.by.Party, URL: *url, Description: "device order",
		Events: webhook.Filter{string(webhook.OrderMoved)}, Format: Source, Scope: id})
	if err != nil {
		return nil, fmt.Errorf("callback of order %s: %w", id, err)
	}
	return func() { _ = r.webhooks.Delete(context.WithoutCancel(ctx), e.Party, e.ID) }, nil
}

type placedFields struct{ *root }

// OrdersForUser lists the recipient's orders, the new one included. They are read
// as by the query, so the key needs the permission for that too.
func (p placedFields) OrdersForUser(ctx context.Context, placed *graph.OrderDeviceResponse) (
	[]*graph.DeviceOrder, error,
) {
	if err := p.allow(mayRead); err != nil {
		return nil, err
	}
	user := placed.Order.Recipient.ExternalUserID
	if user == nil {
		return []*graph.DeviceOrder{placed.Order}, nil
	}
	return p.ordersOfUser(ctx, *user)
}

// CancelOrder answers the mutation that cancels an order.
func (m mutations) CancelOrder(ctx context.Context, input graph.CancelOrderInput) (*graph.DeviceOrder, error) {
	if err := m.authorize(mayCancel, costOrder); err != nil {
		return nil, err
	}
	o, err := m.find(ctx, input.OrderID)
	if err != nil {
		return nil, err
	}
	o, err = m.exchange.Apply(ctx, m.by,
		o.ID, func(o *order.Order) ([]order.Event, error) { return cancel(o, m.by, m.now()) })
	if err != nil {
		return nil, err
	}
	return deviceOrder(&o), nil
}

// The lengths of the fields, in characters. Those of the address and the
// e-mail are the parcel carrier's.
const (
	maxEmail   = 60
	maxAddress = 35

	// maxName and maxUserID are ours, for the carrier has none: longer than
	// any name on a parcel and any id of a customer.
	maxName   = 100
	maxUserID = 200

	postalDigits = 4
	phoneDigits  = 8
)

// checkInput applies every rule of the field table and lists all that is
// wrong.
func checkInput(in graph.OrderDeviceInput) (bad []badField) {
	p, a := in.Recipient, in.Recipient.PostalAddress
	for _, f := range []struct {
		field string
		wrong string
	}{
		{"recipient.firstName", badText(p.FirstName, maxName)},
		{"recipient.lastName", badText(p.LastName, maxName)},
		{"recipient.email", badEmail(p.Email)},
		{"recipient.phoneNumber", badPhone(p.PhoneNumber)},
		{"recipient.externalUserId", badText(p.ExternalUserID, maxUserID)},
		{"recipient.postalAddress.addressLine1", badText(a.AddressLine1, maxAddress)},
		{"recipient.postalAddress.addressLine2", badOptional(a.AddressLine2, maxAddress)},
		{"recipient.postalAddress.city", badText(a.City, maxAddress)},
		{"recipient.postalAddress.postalCode", badPostalCode(a.PostalCode)},
	} {
		if f.wrong != "" {
			bad = append(bad, badField{f.field, f.wrong})
		}
	}
	return bad
}

// badText returns what is wrong with a text that must be there.
func badText(s string, most int) string {
	if strings.TrimSpace(s) == "" {
		return "It is empty, and it is required."
	}
	return badOptional(&s, most)
}

// badOptional returns what is wrong with a text that may be left out. Characters
// are counted, not bytes: ø is one.
func badOptional(s *string, most int) string {
	switch {
	case s == nil:
		return ""
	case utf8.RuneCountInString(*s) > most:
		return fmt.Sprintf("It has %d characters; at most %d are taken.", utf8.RuneCountInString(*s), most)
	case !utf8.ValidString(*s) || strings.ContainsFunc(*s, unprintable):
		return "It has a control character, such as a line break."
	}
	return ""
}

// unprintable reports what neither a parcel nor an XML document can carry.
func unprintable(r rune) bool { return unicode.IsControl(r) || r == '\ufffe' || r == '\uffff' }

// badEmail takes an address that a parcel carrier can write to.
func badEmail(s string) string {
	if wrong := badText(s, maxEmail); wrong != "" {
		return wrong
	}
	if err := mail.ValidateAddress(s); err != nil {
		return err.Error()
	}
	return ""
}

// badPhone takes the national form, in groups or not: 99999999, 22 12 34 56.
// Between groups blanks of every kind may stand, for those that do not break come
// with numbers copied from a page. No number of eight digits begins with 0 or 1.
func badPhone(s string) string {
	if wrong := badText(s, maxName); wrong != "" {
		return wrong
	}
	digits := strings.Join(strings.Fields(s), "")
	switch unseen := httpjson.Unseen(s); {
	case unseen != "":
		return "It has the character " + unseen + ", which cannot be seen; write its 8 digits, like 99999999."
	case strings.HasPrefix(digits, "+47") || strings.HasPrefix(digits, "0047"):
		return "It has the country's code; write the number without it, like 99999999."
	case len(digits) != phoneDigits || !allDigits(digits) || digits[0] < '2':
		return "It is no Norwegian phone number; write its 8 digits, like 99999999."
	}
	return ""
}

// badPostalCode takes four digits; the zeros in front are part of it.
func badPostalCode(s string) string {
	if len(s) == postalDigits && allDigits(s) {
		return ""
	}
	return fmt.Sprintf("In Norway it has %d digits, with the zeros in front, like 0186.", postalDigits)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
