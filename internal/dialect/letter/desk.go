package letter

import (
	"time"

	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/paper"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// Config is what a Desk needs. Mail may be left out: then letters wait, and
// the links of those that went before still work.
type Config struct {
	Exchange *order.Exchange
	Store    webhook.Store
	Mail     *mail.Sender

	// Public is the address under which the pages are reached, without a slash
	// at the end.
	Public string

	// Key signs the links. It must stay the same over restarts and replicas.
	Key []byte

	// Zone is the zone of the times that people read; nil means UTC.
	Zone *time.Location

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Desk writes letters and takes the answers. It is safe for use by many
// goroutines.
type Desk struct {
	config Config
	books  map[paper.Language]book
	policy string // Content-Security-Policy of the pages
}

// New opens the desk.
func New(c Config) *Desk {
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	d := &Desk{config: c, books: map[paper.Language]book{}, policy: paper.Policy(pageCSS)}
	for _, l := range languages() {
		d.books[l] = newBook(l)
	}
	return d
}
