package email

import (
	_ "embed"

	"github.com/bookgate/bookgate/internal/actionmail"
)

// The languages in which a party is written to; without one of these, it is that
// of the trade.
const (
	norwegian actionmail.Language = "nb" // bokmål
	english   actionmail.Language = "en"
)

func languages() []actionmail.Language { return []actionmail.Language{norwegian, english} }

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
