package letter

import (
	_ "embed"

	"github.com/bookgate/bookgate/internal/paper"
)

// The languages in which a party is written to.
const (
	norwegian paper.Language = "nb" // bokmål
	english   paper.Language = "en"
)

func languages() []paper.Language { return []paper.Language{norwegian, english} }

// languageOf reads a party's language; without one it is that of the trade.
func languageOf(word string) paper.Language {
	if paper.Language(word) == english {
		return english
	}
	return norwegian
}

//go:embed mail.txt
var mailText string

//go:embed mail.html
var mailHTML string

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// book is everything that is said in one language.
type book struct{ paper.Book }

func newBook(l paper.Language) book {
	return book{paper.NewBook(l, texts(), paper.Sheets{Text: mailText, HTML: mailHTML, Page: pageHTML, Style: pageCSS})}
}
