package email

import (
	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/webhook"
)

// answerPath is where the pages are.
const answerPath = "/answer/"

// linkKind tells a link of a letter from every other that the same key signs.
const linkKind = "answer"

// answerLink leads to the page on which an order is answered. The mail address
// is signed too, so that correcting a wrong address ends the links that went
// there.
func answerLink() actionmail.Link {
	return actionmail.Link{Path: answerPath, Parts: func(t webhook.Task) []string { return []string{linkKind, t.Delivery.ID, t.Endpoint.URL} }}
}

// link returns the address of a letter's page.
func (d *Channel) link(t webhook.Task) string { return d.Public + d.Path(answerLink(), t) }
