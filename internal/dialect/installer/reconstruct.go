package installer

import "github.com/bookgate/bookgate/order"

// reconstruct is what the exchange knows of an order whose request is not
// stored any more. Amounts are not among it: price and discount are one there.
func reconstruct(o *order.Order) request {
	var in request
	if name, ok := o.Attributes[attrName]; ok {
		in.Name = &name
	}
	if key := keyOf(o); key != "" {
		in.IdempotencyKey = &key
	}
	in.ContactPersonName, in.Email, in.PhoneNumber = customer(o), o.Header.ShipTo.Locator(order.ByEmail),
		o.Header.ShipTo.Locator(order.ByPhone)
	if to := o.Header.ShipTo; to != nil {
		in.CountryCode = to.Country
		if a := to.Address; a != nil {
			in.Address, in.City, in.PostalCode, in.CountryCode = street(o), a.City, a.PostalCode, a.CountryCode
		}
	}
	for i := range o.Lines {
		if l := &o.Lines[i]; !l.Adjustment && l.Product().TypeName != orderType {
			if in.Offer == nil {
				in.Offer = &offer{}
			}
			in.Offer.Lines = append(in.Offer.Lines, reconstructLine(l))
		}
	}
	return in
}

func reconstructLine(l *order.Line) offerLine {
	line := offerLine{Quantity: l.Quantity}
	if l.Detail.Title != "" {
		line.Name = &l.Detail.Title
	}
	for i := range l.Products {
		switch p := &l.Products[i]; p.Type {
		case "EAN13", "SKU":
			line.ExternalID = &p.Value
		case "Seller":
			line.ProductID = &p.Value
		}
	}
	return line
}

// customer and street return the client's name and first line of address. Of an
// order whose personal data were erased they are empty.
func customer(o *order.Order) string {
	if to := o.Header.ShipTo; to != nil && len(to.Names) > 0 {
		return to.Names[0]
	}
	return ""
}

func street(o *order.Order) string {
	if to := o.Header.ShipTo; to != nil && to.Address != nil && len(to.Address.Lines) > 0 {
		return to.Address.Lines[0]
	}
	return ""
}
