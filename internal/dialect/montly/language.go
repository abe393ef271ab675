package montly

import (
	_ "embed"

	"github.com/bookgate/bookgate/internal/actionmail"
)

// The languages in which a shop's customers are written to; without one of
// these, it is that of the country in which the dialect is at home.
const (
	swedish actionmail.Language = "sv"
	english actionmail.Language = "en"
)

func languages() []actionmail.Language { return []actionmail.Language{swedish, english} }

//go:embed mail.txt
var mailText string

//go:embed mail.html
var mailHTML string

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

func templates() actionmail.Templates {
	return actionmail.Templates{Text: mailText, HTML: mailHTML, Page: pageHTML, Style: pageCSS}
}
