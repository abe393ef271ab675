package montly

import (
	_ "embed"

	"github.com/bookgate/bookgate/internal/paper"
)

// The languages in which a shop's customers are written to.
const (
	swedish paper.Language = "sv"
	english paper.Language = "en"
)

func languages() []paper.Language { return []paper.Language{swedish, english} }

// languageOf reads the language of a shop; without one it is that of the
// country in which the dialect is at home.
func languageOf(word string) paper.Language {
	if paper.Language(word) == english {
		return english
	}
	return swedish
}

//go:embed mail.txt
var mailText string

//go:embed mail.html
var mailHTML string

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// newBook makes everything that is said in one language.
func newBook(l paper.Language) paper.Book {
	return paper.NewBook(l, texts(), paper.Sheets{Text: mailText, HTML: mailHTML, Page: pageHTML, Style: pageCSS})
}
