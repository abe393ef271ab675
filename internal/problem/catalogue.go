package problem

import "slices"

// Entry explains one code to a person.
type Entry struct {
	Code   string
	Title  string
	Cause  string
	Remedy string
}

// CodeInternal is the code of whatever nobody classified.
const CodeInternal = "internal"

// Lookup gives the entry of a code. A code that is missing from the catalogue
// is a fault that a test finds; it still gets a title.
func Lookup(code string) Entry {
	i := slices.IndexFunc(catalogue(), func(e Entry) bool { return e.Code == code })
	if i < 0 {
		return Entry{Code: code, Title: code}
	}
	return catalogue()[i]
}

// Catalogue lists every code, for the index of the pages.
func Catalogue() []Entry { return catalogue() }

// catalogue holds the codes by the room that gives them.
func catalogue() []Entry {
	return slices.Concat(doorCodes, loginCodes, requestCodes, documentCodes, orderCodes, webhookCodes, storeCodes, backupCodes, clientCodes)
}
