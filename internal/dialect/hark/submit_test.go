package hark

import (
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/dialect/hark/graph"
)

// goodInput is the input of the documented call.
func goodInput() graph.OrderDeviceInput {
	return graph.OrderDeviceInput{SubscriptionType: "PERSONAL", Type: "HAN_LTEM", Recipient: &graph.RecipientInput{
		FirstName: "Ola", LastName: "Nordmann", Email: "ola@nordmann.no", PhoneNumber: "99999999", ExternalUserID: "user_1",
		PostalAddress: &graph.PostalAddressInput{AddressLine1: "Christian Krohgs gate 1", City: "OSLO", PostalCode: "0186", Country: "NO"}}}
}

// TestFieldRules tries each field at its bounds and beyond.
func TestFieldRules(t *testing.T) {
	long := func(n int) string { return strings.Repeat("å", n) }
	mail := func(n int) string { return strings.Repeat("a", n-len("@b.no")) + "@b.no" }
	set := map[string]func(*graph.OrderDeviceInput, string){
		"recipient.firstName":                  func(in *graph.OrderDeviceInput, s string) { in.Recipient.FirstName = s },
		"recipient.lastName":                   func(in *graph.OrderDeviceInput, s string) { in.Recipient.LastName = s },
		"recipient.email":                      func(in *graph.OrderDeviceInput, s string) { in.Recipient.Email = s },
		"recipient.phoneNumber":                func(in *graph.OrderDeviceInput, s string) { in.Recipient.PhoneNumber = s },
		"recipient.externalUserId":             func(in *graph.OrderDeviceInput, s string) { in.Recipient.ExternalUserID = s },
		"recipient.postalAddress.addressLine1": func(in *graph.OrderDeviceInput, s string) { in.Recipient.PostalAddress.AddressLine1 = s },
		"recipient.postalAddress.addressLine2": func(in *graph.OrderDeviceInput, s string) { in.Recipient.PostalAddress.AddressLine2 = &s },
		"recipient.postalAddress.city":         func(in *graph.OrderDeviceInput, s string) { in.Recipient.PostalAddress.City = s },
		"recipient.postalAddress.postalCode":   func(in *graph.OrderDeviceInput, s string) { in.Recipient.PostalAddress.PostalCode = s },
	}
	for field, c := range map[string]struct{ good, bad []string }{
		"recipient.firstName":                  {[]string{"Ola", long(100), "Bjørg-Åse"}, []string{"", " ", long(101), "O\nla", "O\x00"}},
		"recipient.lastName":                   {[]string{"N", long(100)}, []string{"", "\t", long(101)}},
		"recipient.email":                      {[]string{mail(60), "kåre@blåbær.no", "a@例え。jp"}, []string{"", "kari@bl\u00adåbær.no", "ka\u200bri@b.no", "kari@b.no\u00a0", "kari@-å.no", mail(61), "ola", "ola@nordmann", "Ola <ola@nordmann.no>", "a@b.no, c@d.no", "@b.no", "a b@c.no", "ola@.no"}},
		"recipient.phoneNumber":                {[]string{"99999999", "22 12 34 56", "40000000", "22\u00a012\u00a034\u00a056", "221\u202f23\u2009456", "22123456 "}, []string{"", "\u202a22123456\u202c", "22123\u200b456", "+4799999999", "004799999999", "9999999", "999999999", "09999999", "9999999a", "٩٩٩٩٩٩٩٩"}},
		"recipient.externalUserId":             {[]string{"user_1", long(200)}, []string{"", long(201)}},
		"recipient.postalAddress.addressLine1": {[]string{long(35)}, []string{"", long(36)}},
		"recipient.postalAddress.addressLine2": {[]string{"", long(35)}, []string{long(36), "a\r\nb"}},
		"recipient.postalAddress.city":         {[]string{long(35), "Ås"}, []string{"", long(36)}},
		"recipient.postalAddress.postalCode":   {[]string{"0186", "9990", "0000"}, []string{"", "186", "01860", "O186", " 186", "٠١٨٦"}},
	} {
		for _, value := range c.good {
			in := goodInput()
			set[field](&in, value)
			if bad := checkInput(in); len(bad) > 0 {
				t.Errorf("%s %q is refused: %v", field, value, bad)
			}
		}
		for _, value := range c.bad {
			in := goodInput()
			set[field](&in, value)
			if bad := checkInput(in); len(bad) != 1 || bad[0].Field != field || !strings.HasSuffix(bad[0].Message, ".") {
				t.Errorf("%s %q: %v", field, value, bad)
			}
		}
	}
	if bad := checkInput(graph.OrderDeviceInput{Recipient: &graph.RecipientInput{PostalAddress: &graph.PostalAddressInput{}}}); len(bad) != 8 {
		t.Errorf("of an empty input %d fields are reported: %v", len(bad), bad)
	}
}
