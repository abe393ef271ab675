package order

import (
	"strings"
	"time"
)

// PartyID names a party in this exchange, such as "7045": its number in its
// main scheme.
type PartyID string

// Identifier is a number in a numbering scheme, as EDItX writes party and
// product identifiers. Type is the scheme (NBSN, GLN, SAN, EAN13, ISBN, …);
// TypeName names a proprietary one.
type Identifier struct {
	Type     string `json:"type,omitempty"`
	TypeName string `json:"typeName,omitempty"`
	Value    string `json:"value"`
}

// ParseIdentifier reads "SCHEME:VALUE" as commands and settings write it.
func ParseIdentifier(s string) (Identifier, error) {
	scheme, value, ok := strings.Cut(s, ":")
	scheme, value = strings.TrimSpace(scheme), strings.TrimSpace(value)
	if !ok || scheme == "" || value == "" {
		return Identifier{}, Errorf(Invalid, "identifier-malformed", "%q is not an identifier.", Truncate(s)).
			WithHint("Write SCHEME:VALUE, for example GLN:7080010001559.")
	}
	return Identifier{Type: scheme, Value: value}, nil
}

// String writes the identifier as ParseIdentifier reads it.
func (i Identifier) String() string {
	if i.Type == "" {
		return i.Value
	}
	return i.Type + ":" + i.Value
}

// Key is the form in which two identifiers of a party are compared: schemes
// without regard to case, values without blanks around them.
func (i Identifier) Key() Identifier {
	return Identifier{Type: strings.ToUpper(strings.TrimSpace(i.Type)), Value: strings.TrimSpace(i.Value)}
}

// DefaultScheme is the scheme of a party that names none: the bookshop numbers
// of the Norwegian trade.
const DefaultScheme = "NBSN"

// Party is a firm connected to the exchange. Any party can send and receive.
type Party struct {
	ID      PartyID      `json:"id"`
	Name    string       `json:"name"`
	Scheme  string       `json:"scheme"`            // the scheme of ID
	Aliases []Identifier `json:"aliases,omitempty"` // other numbers of the same firm
	Profile string       `json:"profile,omitempty"` // how strictly its documents are read; empty is the default
	Erased  time.Time    `json:"erased,omitzero"`   // when it was taken out of the exchange; zero if it is connected

	// Language is the one in which its people are written to, as a two-letter
	// code; empty is the default of the trade, nb.
	Language string `json:"language,omitempty"`
}

// erasedName stands where the name of an erased party stood.
const erasedName = "erased"

// Erase returns what is left of a party that is taken out of the exchange: its
// number, and those of its aliases that are numbers of the trade, so that
// orders which name it are refused in words and its old orders keep their
// facts. A number of a private scheme may name a person, so it goes.
func (p Party) Erase(now time.Time) Party {
	left := Party{ID: p.ID, Name: erasedName, Scheme: p.Scheme, Erased: now}
	for _, a := range p.Aliases {
		if a.TypeName == "" && a.Key().Type != "PROPRIETARY" && isNumber(a.Value) {
			left.Aliases = append(left.Aliases, a)
		}
	}
	return left
}

// Identifiers lists every number by which documents may name the party, the
// main one first.
func (p Party) Identifiers() []Identifier {
	return append([]Identifier{{Type: p.Scheme, Value: string(p.ID)}}, p.Aliases...)
}

// Check returns an error that says what is missing or malformed in p.
func (p Party) Check() error {
	switch {
	case !plainToken(string(p.ID)):
		return Errorf(Invalid, "party-id", "%q cannot be a party number.", Truncate(string(p.ID))).
			WithHint("Use 1 to %d letters, digits, dots, dashes or underscores, for example 7045.", maxToken)
	case strings.TrimSpace(p.Name) == "" || len(p.Name) > maxName:
		return Errorf(Invalid, "party-name", "The party %s needs a name of 1 to %d bytes.", p.ID, maxName)
	case p.Profile != "" && !plainToken(p.Profile):
		return Errorf(Invalid, "party-profile", "%q cannot be a profile.", Truncate(p.Profile)).
			WithHint("Use strict, trade or lenient.")
	case !knownLanguage(p.Language):
		return Errorf(Invalid, "party-language", "%q is not a language in which e-mails are written.", Truncate(p.Language)).
			WithHint("Use nb for Norwegian bokmål, sv for Swedish or en for English.")
	case !plainToken(p.Scheme):
		return Errorf(Invalid, "party-scheme", "%q cannot be a numbering scheme.", Truncate(p.Scheme)).
			WithHint("Use the EDItX word, for example NBSN, GLN or SAN.")
	}
	for _, a := range p.Aliases {
		if !plainToken(a.Type) || strings.TrimSpace(a.Value) == "" || len(a.Value) > maxName {
			return Errorf(Invalid, "identifier-malformed", "%q is not an identifier.", Truncate(a.String())).
				WithHint("Write SCHEME:VALUE, for example GLN:7080010001559.")
		}
	}
	return nil
}

// knownLanguage reports whether e-mails are written in a language; "" is the one
// of the trade.
func knownLanguage(word string) bool {
	return word == "" || word == "nb" || word == "sv" || word == "en"
}

// maxToken and maxName bound what an operator can register: longer than any
// number or firm name in the trade, short enough for every table and screen.
const (
	maxToken = 64
	maxName  = 200
)

// plainToken reports whether s can stand unescaped in a path, a header and a
// shell line.
func plainToken(s string) bool {
	if s == "" || len(s) > maxToken {
		return false
	}
	for _, r := range s {
		plain := r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("._-", r)
		if !plain {
			return false
		}
	}
	return true
}

// Route sends products whose EAN begins with Prefix to Seller.
type Route struct {
	Prefix string  `json:"prefix"`
	Seller PartyID `json:"seller"`
}

// Check returns an error that says what is malformed in r.
func (r Route) Check() error {
	if r.Prefix == "" || len(r.Prefix) > eanLen || !allDigits(r.Prefix) {
		return Errorf(Invalid, "route-prefix", "%q cannot begin an EAN.", Truncate(r.Prefix)).
			WithHint("Use 1 to %d digits, for example 978820 for a publisher's ISBN range.", eanLen)
	}
	return nil
}

// Actor is who acts: the party that a credential stands for, the user or
// client that holds it, and by which kind of credential.
type Actor struct {
	Party PartyID
	Name  string // user or client
	Via   string // "ticket", "token", "system"
}

// system acts when the exchange itself moves an order on.
var system = Actor{Name: "bookgate", Via: "system"}
