package actionmail

import (
	"time"

	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// Config is what a Service needs. Mail may be left out: then e-mails wait, and
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

// Service writes the e-mails of one dialect and serves their pages. It is safe
// for use by many goroutines.
type Service struct {
	Config
	languages []Language // the first is that of a recipient of whom nothing is known
	catalogs  map[Language]Catalog
	policy    string // Content-Security-Policy of the pages
}

// New makes a service that speaks the languages.
func New(c Config, languages []Language, t Texts, templates Templates) *Service {
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Service{Config: c, languages: languages, catalogs: map[Language]Catalog{}, policy: Policy(templates.Style)}
	for _, l := range languages {
		s.catalogs[l] = NewCatalog(l, t, templates)
	}
	return s
}

// Catalog returns that of a language, by its code; one that is not spoken is the
// first of the service.
func (s *Service) Catalog(language string) Catalog {
	if c, ok := s.catalogs[Language(language)]; ok {
		return c
	}
	return s.catalogs[s.languages[0]]
}

// FormatTime writes a time in the zone of the service.
func (s *Service) FormatTime(c Catalog, at time.Time) string { return c.FormatTime(at.In(s.Zone)) }

// LastDay is the day until which the link of a delivery can be used.
func (s *Service) LastDay(c Catalog, d webhook.Delivery) string {
	return c.FormatDay(d.Created.Add(webhook.LinkLife).In(s.Zone))
}

// NewMessage begins the e-mail of a delivery. It is the same however often it is
// sent: the same Message-ID tells mail programs so.
func (s *Service) NewMessage(c Catalog, d webhook.Delivery, to, subject string) mail.Message {
	return mail.Message{To: to, Subject: subject, MessageID: d.ID + "@" + s.Mail.Domain(),
		Headers: map[string]string{"Auto-Submitted": "auto-generated", "Content-Language": string(c.Language)}}
}
