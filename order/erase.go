package order

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Erase takes the personal data out of an order on behalf of the operator, who
// may do so whatever side by stands on. The accounting facts stay.
func (x *Exchange) Erase(ctx context.Context, by Actor, id ID, reason string) (Order, error) {
	if err := checkReason(reason); err != nil {
		return Order{}, err
	}
	return x.store.Update(ctx, id, func(o *Order) ([]Event, error) { return o.erase(by, reason, x.config.Now()), nil })
}

// LoadForOperator returns an order as it is stored, without regard to who may see it: for the
// operator alone.
func (x *Exchange) LoadForOperator(ctx context.Context, id ID) (Order, error) {
	return x.store.Update(ctx, id, func(*Order) ([]Event, error) { return nil, nil })
}

// maxReason bounds the operator's reason: a sentence with the number of a case.
const maxReason = 200

// checkReason keeps the reason to one line: it stays in the history.
func checkReason(reason string) error {
	if len(reason) <= maxReason && !slices.ContainsFunc([]rune(reason), unicode.IsControl) {
		return nil
	}
	return Errorf(Invalid, "reason-invalid", "The reason has %d bytes or a control character; one line of at most %d bytes is stored.", len(reason), maxReason).
		WithHint("Give the number of a case, and no name: the reason stays in the history.")
}

// erase takes out of o all that may tell of a person: names, addresses, ways to
// reach a person, free words, what the model has no place for. The store does
// the same to the document and to the earlier events. An order that has not
// changed since it was erased is left alone.
func (o *Order) erase(by Actor, reason string, now time.Time) []Event {
	if !o.Erased.IsZero() && o.Erased.Equal(o.Updated) {
		return nil
	}
	o.redact()
	ev := o.event(EventErased, by, now)
	ev.Text = cmp.Or(reason, "no reason was given")
	return []Event{ev}
}

// redact empties what erase names. It works on copies, so that a caller that holds
// the order as it was still has it whole.
func (o *Order) redact() {
	o.Header = o.Header.redacted()
	o.Lines = mapped(o.Lines, Line.redacted)
	o.Extensions = nil
	o.Findings = nil // they quote the document
	o.Routing = ""
	o.CustomerRef = ""
	o.Attributes = o.Attributes.redacted()
	if o.Reason != nil {
		left := *o.Reason
		left.Detail, left.Hint = "", ""
		o.Reason = &left
	}
}

func (h Header) redacted() Header {
	h.References = redactedReferences(h.References)
	h.Buyer = h.Buyer.redacted()
	h.Seller = redactedParty(h.Seller)
	h.ShipTo = redactedParty(h.ShipTo)
	h.BillTo = redactedParty(h.BillTo)
	h.ShipFrom = h.ShipFrom.redacted()
	h.Delivery = h.Delivery.redacted()
	h.ShippingInstructions, h.InvoiceInstructions = "", ""
	h.Services = mapped(h.Services, Service.redacted)
	h.Messages = nil
	return h
}

func (l Line) redacted() Line {
	l.Answer.Comment = ""
	d := &l.Detail
	d.WrittenNumber = ""
	if l.Product().Type == "Proprietary" {
		d.Title = "" // a work that no list of products has is named in the buyer's words, and may name whom it is for
	}
	d.Parties = slices.DeleteFunc(mapped(d.Parties, TradeParty.redacted), func(p TradeParty) bool {
		return p.ID.Value == ""
	})
	d.References = redactedReferences(d.References)
	d.Services = mapped(d.Services, Service.redacted)
	d.Messages = nil
	return l
}

// redacted keeps the numbers by which accounts know a party, and the country,
// which decides on taxes.
func (p TradeParty) redacted() TradeParty {
	left := TradeParty{Role: p.Role, ID: p.ID, AdditionalIDs: p.AdditionalIDs, Country: p.Country}
	if p.Address != nil && left.Country == "" {
		left.Country = p.Address.CountryCode
	}
	return left
}

// redactedParty takes a party that has no number out as a whole: a document
// cannot name one by nothing.
func redactedParty(p *TradeParty) *TradeParty {
	if p == nil || p.ID.Value == "" {
		return nil
	}
	left := p.redacted()
	return &left
}

func (l *Location) redacted() *Location {
	if l == nil || len(l.IDs) == 0 {
		return nil
	}
	return &Location{IDs: l.IDs}
}

func (d *Delivery) redacted() *Delivery {
	if d == nil {
		return nil
	}
	left := &Delivery{Time: d.Time}
	if d.Carrier != nil && d.Carrier.Code != nil {
		left.Carrier = &Carrier{Code: d.Carrier.Code}
	}
	if *left == (Delivery{}) {
		return nil
	}
	return left
}

func (s Service) redacted() Service {
	s.Description = ""
	if s.Quantity != nil {
		s.Quantity = &ServiceQuantity{Value: s.Quantity.Value, Unit: s.Quantity.Unit}
	}
	s.References = redactedReferences(s.References)
	return s
}

// redactedReferences keeps the references that name a document of the trade by
// a number. One to an end customer or a representative, one of a type that
// is unknown, and one in free words go.
func redactedReferences(refs []Reference) []Reference {
	return slices.DeleteFunc(slices.Clone(refs), func(r Reference) bool {
		switch r.Type {
		case "ContractReference", "PromotionOrDealReference", "OrderSourceLocationReference", buyersLine:
			return r.Number != "" && !isNumber(r.Number)
		}
		return true
	})
}

// isNumber reports whether s is a number as trade writes it, such as 2026/14
// or PO-1234.5: digits and separators, and never three letters in a row, which
// could be a name.
func isNumber(s string) bool {
	digits, run := 0, 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits, run = digits+1, 0
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			run++
		case r == '-' || r == '.' || r == '/' || r == '_':
			run = 0
		default:
			return false
		}
		if run > 2 {
			return false
		}
	}
	return digits > 0
}

// mapped is a new list of what change makes of each.
func mapped[T any](list []T, change func(T) T) []T {
	out := slices.Clone(list)
	for i := range out {
		out[i] = change(out[i])
	}
	return out
}

// PersonalData lists what erasing would take out of an order, each value with the
// pointer to its place in the model, so that the operator sees it before.
func (o *Order) PersonalData() ([]Field, error) {
	left := *o
	left.redact()
	before, err := o.values()
	if err != nil {
		return nil, err
	}
	after, err := left.values()
	if err != nil {
		return nil, err
	}
	stays := map[Field]int{}
	for _, f := range after {
		stays[withoutIndex(f)]++
	}
	var gone []Field
	for _, f := range before {
		if key := withoutIndex(f); stays[key] > 0 {
			stays[key]--
		} else {
			gone = append(gone, f)
		}
	}
	return gone, nil
}

// withoutIndex is a value without its places in lists: what stands behind one
// that goes moves up.
func withoutIndex(f Field) Field {
	steps := strings.Split(f.Pointer, "/")
	steps = slices.DeleteFunc(steps, allDigits)
	return Field{Pointer: strings.Join(steps, "/"), Value: f.Value}
}

// values lists the content of an order, value by value.
func (o *Order) values() ([]Field, error) {
	var fields []Field
	for _, part := range []struct {
		at   string
		from any
	}{
		{"/header", o.Header}, {"/lines", o.Lines}, {"/summary", o.Summary}, {"/kept", o.Extensions},
		{"/findings", o.Findings}, {"/routing", o.Routing}, {"/reason", o.Reason}, {"/subject", o.CustomerRef},
		{"/facts", o.Attributes},
	} {
		text, err := json.Marshal(part.from)
		if err != nil {
			return nil, fmt.Errorf("order %s: %w", o.ID, err)
		}
		var tree any
		if err := json.Unmarshal(text, &tree); err != nil {
			return nil, fmt.Errorf("order %s: %w", o.ID, err)
		}
		fields = appendValues(fields, part.at, tree)
	}
	return fields, nil
}

// appendValues appends the leaves of a tree of JSON in the order of their
// places. An empty one is not a value.
func appendValues(fields []Field, at string, tree any) []Field {
	switch t := tree.(type) {
	case map[string]any:
		var names []string
		for name := range t {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			fields = appendValues(fields, at+"/"+name, t[name])
		}
	case []any:
		for i, v := range t {
			fields = appendValues(fields, fmt.Sprintf("%s/%d", at, i), v)
		}
	case nil:
	default:
		if v := strings.TrimSpace(fmt.Sprint(t)); v != "" {
			fields = append(fields, Field{Pointer: at, Value: v})
		}
	}
	return fields
}

// PartyErasure is the progress of the erasure of a party.
type PartyErasure struct {
	Party  Party
	Orders int // erased by this call
}

// How the orders of a party are erased: batches are bounded so that progress
// can be shown, and some orders wait together for one commit.
const (
	forgetBatch = 200
	erasers     = 16
)

// EraseParty takes a party out of the exchange, with the personal data in
// every order that it sent or that was sent in its name. Called again after it
// was broken off, it goes on with what is left. progress is called after each
// batch and may be nil.
func (x *Exchange) EraseParty(ctx context.Context, by Actor, id PartyID, reason string,
	progress func(PartyErasure)) (done PartyErasure, err error) {
	if err := checkReason(reason); err != nil {
		return done, err
	}
	if done.Party, err = x.directory.EraseParty(ctx, id); err != nil {
		return done, err
	}
	for after := int64(0); ; {
		sent, next, err := x.store.Forget(ctx, id, after, forgetBatch)
		if err != nil {
			return done, fmt.Errorf("orders of party %s: %w", id, err)
		}
		erased, err := x.eraseAll(ctx, by, sent, reason)
		done.Orders += erased
		if err != nil {
			return done, err
		}
		if progress != nil {
			progress(done)
		}
		if after = next; next == 0 {
			break
		}
	}
	_, err = x.directory.EraseParty(ctx, id) // once more, for a login that was under way
	return done, err
}

// eraseAll erases several orders at once and returns how many were not erased before.
func (x *Exchange) eraseAll(ctx context.Context, by Actor, ids []ID, reason string) (erased int, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	slots := make(chan struct{}, erasers)
	for _, id := range ids {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			did, fault := x.eraseOne(ctx, by, id, reason)
			mu.Lock()
			defer mu.Unlock()
			err = errors.Join(err, fault)
			if did {
				erased++
			}
		})
	}
	wg.Wait()
	return erased, err
}

// eraseOne erases an order and reports whether anything was left to erase. An order
// that was purged meanwhile has nothing left.
func (x *Exchange) eraseOne(ctx context.Context, by Actor, id ID, reason string) (did bool, err error) {
	_, err = x.store.Update(ctx, id, func(o *Order) ([]Event, error) {
		events := o.erase(by, reason, x.config.Now())
		did = len(events) > 0
		return events, nil
	})
	if KindOf(err) == Gone {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("erase order %s: %w", id, err)
	}
	return did, nil
}
