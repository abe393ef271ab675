package actionmail

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"text/template"
	"time"

	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// Config is what a Service needs. Without Mail, e-mails wait in the queue, and
// the links of earlier ones still work.
type Config struct {
	Exchange *order.Exchange
	Store    webhook.Store
	Mail     *mail.Sender

	// Public is the address under which the pages are reached, without a slash
	// at the end.
	Public string

	// Key signs the links. It must stay the same over restarts and replicas.
	Key []byte

	// Zone is the time zone of the recipients; nil means UTC.
	Zone *time.Location

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Service sends the e-mails of one user of the package and serves their pages. It
// is safe for use by many goroutines.
type Service struct {
	Config
	languages []Language // the first is that of an unknown recipient
	catalogs  map[Language]Catalog
	policy    string // Content-Security-Policy of the pages
}

// New makes a service with its languages, texts, and the files mail.txt,
// mail.html, page.html and page.css.
func New(c Config, languages []Language, t Texts, files fs.FS) *Service {
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Service{Config: c, languages: languages, catalogs: map[Language]Catalog{}}
	s.policy = policy(readFile(files, styleFile))
	for _, l := range languages {
		s.catalogs[l] = newCatalog(l, t, files)
	}
	return s
}

// Formats returns the one format of the e-mails, or nothing without a mail
// server: then e-mails wait until there is one. A nil schedule is the default.
func (s *Service) Formats(
	name string, send func(context.Context, webhook.Task) webhook.Result, schedule []time.Duration,
) []webhook.Format {
	if s.Mail == nil {
		return nil
	}
	return []webhook.Format{{Name: name, Send: send, Timeout: mail.SendTimeout, Schedule: schedule}}
}

// Catalog returns that of a language, by its code, or the first of the service
// where it has no such language.
func (s *Service) Catalog(language string) Catalog {
	if c, ok := s.catalogs[Language(language)]; ok {
		return c
	}
	return s.catalogs[s.languages[0]]
}

// FormatTime returns a time in the time zone of the service.
func (s *Service) FormatTime(c Catalog, at time.Time) string { return c.FormatTime(at.In(s.Zone)) }

// LastDay returns the day until which the link of a delivery can be used.
func (s *Service) LastDay(c Catalog, d webhook.Delivery) string {
	return c.FormatDay(d.Created.Add(webhook.LinkLife).In(s.Zone))
}

// NewMessage returns the e-mail of a delivery without its bodies. Each attempt
// has the same Message-ID, by which mail programs recognise it.
func (s *Service) NewMessage(c Catalog, d webhook.Delivery, to, subject string) mail.Message {
	return mail.Message{To: to, Subject: subject, MessageID: d.ID + "@" + s.Mail.Domain(),
		Headers: map[string]string{"Auto-Submitted": "auto-generated", "Content-Language": string(c.Language)}}
}

// Send renders the bodies of an e-mail, hands it to the mail server, and returns
// the result of the delivery.
func (s *Service) Send(ctx context.Context, c Catalog, m mail.Message, view any) webhook.Result {
	if err := c.render(&m, view); err != nil {
		return webhook.Result{Err: err}
	}
	return deliveryResult(s.Mail.Send(ctx, m))
}

// mailAccepted is the answer of a mail server that has accepted an e-mail.
const mailAccepted = 250

// busyWait is the delay of an e-mail that got no connection to the mail server.
const busyWait = time.Second

func deliveryResult(err error) webhook.Result {
	var fault *mail.Error
	switch {
	case err == nil:
		return webhook.Result{Status: mailAccepted}
	case errors.As(err, &fault) && fault.Busy:
		return webhook.Result{Later: busyWait}
	case errors.As(err, &fault):
		return webhook.Result{Status: fault.Code, Err: webhook.PublicError(fault.PublicMessage),
			Final: fault.Final, Shared: fault.Server}
	}
	return webhook.Result{Err: err}
}

// Unreadable returns the result of a delivery whose order could not be read. It
// is final where the order was erased or retired.
func Unreadable(err error) webhook.Result {
	if IsGone(err) {
		return webhook.Result{Err: webhook.PublicError("the order is no longer there to be read"), Final: true}
	}
	return webhook.Result{Err: err}
}

// IsGone reports whether an order is no longer stored, or not in full: it was
// erased, or is too old.
func IsGone(err error) bool {
	kind := order.KindOf(err)
	return kind == order.NotFound || kind == order.Gone
}

// Language is a language of the recipients, by its code.
type Language string

// Texts are all texts that a recipient reads, by key, in each language beside the
// others. Every catalog has moment-layout and day-layout, the layouts of times.
type Texts map[string]map[Language]string

// The files with the templates of a user. In each, t "key" is a text of the
// catalog's language.
const (
	textFile  = "mail.txt"  // an e-mail as plain text
	htmlFile  = "mail.html" // the same for programs that show it
	pageFile  = "page.html" // the pages, each a template of its own name
	styleFile = "page.css"  // the style sheet of the pages
)

// commonPage holds the parts of every page: top, bottom, and the page message.
//
//go:embed page.html
var commonPage string

// Catalog is everything that a user of the package says in one language.
type Catalog struct {
	Language Language

	text  *template.Template
	html  *htmltemplate.Template
	page  *htmltemplate.Template
	texts Texts
}

// newCatalog parses the templates of a language. They change with the program
// only, so one that does not parse panics.
func newCatalog(l Language, t Texts, files fs.FS) Catalog {
	c := Catalog{Language: l, texts: t}
	functions := map[string]any{
		"t":     c.Text,
		"style": func() htmltemplate.CSS { return htmltemplate.CSS(readFile(files, styleFile)) },
	}
	c.text = template.Must(template.New(textFile).Funcs(functions).Parse(readFile(files, textFile)))
	c.html = htmltemplate.Must(htmltemplate.New(htmlFile).Funcs(functions).Parse(readFile(files, htmlFile)))
	page := commonPage + readFile(files, pageFile)
	c.page = htmltemplate.Must(htmltemplate.New(pageFile).Funcs(functions).Parse(page))
	return c
}

// readFile returns a file that is part of the program.
func readFile(files fs.FS, name string) string {
	b, err := fs.ReadFile(files, name)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Text returns a text with its values filled in.
func (c Catalog) Text(key string, args ...any) (string, error) {
	text := c.texts[key][c.Language]
	if text == "" {
		return "", fmt.Errorf("there is no text %q in %s", key, c.Language)
	}
	if len(args) == 0 {
		return text, nil
	}
	return fmt.Sprintf(text, args...), nil
}

// MustText is Text for a key that is a constant; a test of each user checks them
// all.
func (c Catalog) MustText(key string, args ...any) string {
	text, err := c.Text(key, args...)
	if err != nil {
		panic(err)
	}
	return text
}

// FormatTime returns a time as people write it in the language.
func (c Catalog) FormatTime(at time.Time) string { return at.Format(c.MustText("moment-layout")) }

// FormatDay returns the day alone.
func (c Catalog) FormatDay(at time.Time) string { return at.Format(c.MustText("day-layout")) }

// render writes the two bodies of an e-mail.
func (c Catalog) render(m *mail.Message, view any) error {
	var text, html bytes.Buffer
	if err := c.text.Execute(&text, view); err != nil {
		return fmt.Errorf("write the e-mail %s: %w", m.MessageID, err)
	}
	if err := c.html.Execute(&html, view); err != nil {
		return fmt.Errorf("write the e-mail %s as HTML: %w", m.MessageID, err)
	}
	m.Text, m.HTML = text.String(), html.String()
	return nil
}

// maxLine bounds one value of a document in an e-mail, in characters.
const maxLine = 300

// SanitizeLine makes a value of a document fit for a line of an e-mail: nothing in
// it may break the line, turn the reading direction, or hide.
func SanitizeLine(text string) string {
	text = mail.CleanLine(text)
	if runes := []rune(text); len(runes) > maxLine {
		return string(runes[:maxLine]) + "…"
	}
	return text
}
