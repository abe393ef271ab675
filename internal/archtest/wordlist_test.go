//go:build !race

package archtest

// word is a word that comments, texts and names of ours do without.
type word struct {
	forms string // the spellings, as alternatives of a regular expression
	write string // what to write in its place
}

// words lists them. The second half are words that have a meaning in the field
// too; phrases lists where they stand for it.
func words() []word {
	return []word{
		{"gives", "returns"},
		{"desk|desks", "service"},
		{"trial|trials", "test order, test event"},
		{"told|tells", "reported, listed, notified; reports, lists, notifies"},
		{"nobody", "no client, no caller, no operator"},
		{"whoever", "the client, the caller, the operator"},
		{"somebody", "a client, a caller, an operator"},
		{"ear|ears", "handler"},
		{"wish|wishes|wished", "update, request"},
		{"timber", "arena"},
		{"shelf|shelves", "set"},

		{"letter|letters", "e-mail, message"},
		{"room|rooms", "package, space"},
		{"door|doors", "API, entry point"},
		{"house|houses", "project, server, fixture"},
		{"gate|gates", "reader, limiter"},
		{"paper|papers", "document"},
		{"kept", "stored, retained, preserved"},
	}
}

// allowed is where a word of the list may stand.
type allowed struct {
	phrase string // a regular expression without regard to case; a space is any white space
	why    string
}

func phrases() []allowed {
	return []allowed{
		{`letter case`, "the term for capitals and small letters"},
		{`(capital|small|lower-case|upper-case|lower case|upper case|latin|ascii|greek|one|single|first|two|three|other|foreign)[ -]letters?`, "of the alphabet"},
		{`letters?,? (and|or|nor) (a )?(digits?|marks?|numbers?|spaces?)`, "of the alphabet"},
		{`(digits?|numbers?),? (and|or|nor) (a )?letters?`, "of the alphabet"},
		{`letters?, digits?`, "of the alphabet"},
		{`letters in place of digits`, "of the alphabet"},
		{`letters beyond ASCII|letters, their marks`, "of the alphabet"},
		{`Arabic letter mark`, "the name of a Unicode character"},
		{`clearing houses?`, "a company that passes orders on"},
		{`publishing houses?`, "a company that publishes books"},
		{`kept alive`, "an HTTP connection with keep-alive"},
		{`(Karl Johans|Christian Krohgs) gate`, "streets in Oslo"},
		{`n trials`, "the term of statistics"},
		{`"name":\s*"Desk`, "a piece of furniture that a test orders"},
		{`"nobody"`, "the account of Unix without rights"},
		{`header,? kept,? subject`, "columns of the table of orders"},
		{`"/kept"`, "the place of unknown elements in the stored model"},
		{`"kept-element"`, "error codes, which clients match on"},
	}
}

// names lists the identifiers of ours that may hold a word of the list.
func names() map[string]string {
	return map[string]string{
		"isLetter": "of the alphabet",
	}
}

// unread lists the files that the test leaves out, by path or by folder.
func unread() []allowed {
	return []allowed{
		{"CHANGELOG.md", "history is not rewritten"},
		{"docs/glossary.md", "it names the words that are not used, beside those that are"},
		{"internal/dialect/hark/graph/", "generated from the schema"},
		{"internal/archtest/wordlist_test.go", "it is the list"},
		{"internal/archtest/words_test.go", "it plants what the test must find"},
	}
}
