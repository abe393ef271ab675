package editx

import "github.com/bookgate/bookgate/order"

// The elements of a party, as the header and the lines name parties.

var partyElements = []field{
	part("PartyID", func(p *order.TradeParty) *order.Identifier { return &p.ID }, partyIDElements).wanted().checked(checkParty),
	list("AdditionalPartyID", func(p *order.TradeParty) *[]order.Identifier { return &p.AdditionalIDs }, otherPartyIDElements).checked(checkParty),
	part("PartyName", identity[order.TradeParty], []field{
		texts("NameLine", func(p *order.TradeParty) *[]string { return &p.Names }).wanted(),
	}),
	pointer("PostalAddress", func(p *order.TradeParty) **order.Address { return &p.Address }, addressElements),
	list("CommunicationDetails", func(p *order.TradeParty) *[]order.Communication { return &p.Communication }, communicationElements),
	list("ContactPerson", func(p *order.TradeParty) *[]order.Contact { return &p.Contacts }, contactElements),
	value("CountryCode", token, func(p *order.TradeParty) *string { return &p.Country }).coded(countries),
}

// relatedPartyElements are those of a party that a line names with its role.
var relatedPartyElements = append([]field{
	value("PartyRole", plain, func(p *order.TradeParty) *string { return &p.Role }),
}, partyElements...)

var partyIDElements = []field{
	value("PartyIDType", token, func(i *order.Identifier) *string { return &i.Type }).wanted().coded(partyIDTypes),
	value("Identifier", token, func(i *order.Identifier) *string { return &i.Value }).wanted(),
}

var otherPartyIDElements = []field{
	value("PartyIDType", token, func(i *order.Identifier) *string { return &i.Type }).wanted().coded(otherPartyIDTypes),
	value("Identifier", token, func(i *order.Identifier) *string { return &i.Value }).wanted(),
}

var addressElements = []field{
	texts("AddressLine", func(a *order.Address) *[]string { return &a.Lines }).wanted(),
	value("PostalTownCity", plain, func(a *order.Address) *string { return &a.City }),
	value("PostalCode", plain, func(a *order.Address) *string { return &a.PostalCode }),
	value("CountrySubdivision", plain, func(a *order.Address) *string { return &a.Subdivision }),
	value("CountrySubdivisionCode", token, func(a *order.Address) *string { return &a.SubdivisionCode }),
	value("Country", plain, func(a *order.Address) *string { return &a.Country }),
	value("CountryCode", token, func(a *order.Address) *string { return &a.CountryCode }).coded(countries),
}

var communicationElements = []field{
	value("CommunicationTypeCode", token, func(c *order.Communication) *string { return &c.Type }).wanted().coded(communicationTypes),
	value("CommunicationLocator", plain, func(c *order.Communication) *string { return &c.Locator }).wanted(),
}

var contactElements = []field{
	value("ContactRoleCode", plain, func(c *order.Contact) *string { return &c.Role }),
	value("PersonName", plain, func(c *order.Contact) *string { return &c.Name }).wanted(),
	list("CommunicationDetails", func(c *order.Contact) *[]order.Communication { return &c.Communication }, communicationElements),
}

var locationElements = []field{
	list("LocationIdentifier", func(l *order.Location) *[]order.Identifier { return &l.IDs }, []field{
		value("LocationIDType", token, func(i *order.Identifier) *string { return &i.Type }).wanted().coded(locationIDTypes),
		value("IDTypeName", plain, func(i *order.Identifier) *string { return &i.TypeName }),
		value("IDValue", token, func(i *order.Identifier) *string { return &i.Value }).wanted(),
	}).atLeastOneOf(locationLeast),
	value("LocationName", plain, func(l *order.Location) *string { return &l.Name }).atLeastOneOf(locationLeast),
}
