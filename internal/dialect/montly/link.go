package montly

import (
	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/webhook"
)

// pages is where the pages are, one path for each task.
const pages = prefix + "/"

// link leads to the page on which a task is done.
func (t action) link() actionmail.Link {
	return actionmail.Link{Path: pages + t.name + "/", Parts: func(d webhook.Task) []string { return []string{t.name, d.Delivery.ID} }}
}

// link returns the address of the page on which a task is done.
func (l *Mailer) link(t action, d webhook.Task) string { return l.Public + l.Path(t.link(), d) }
