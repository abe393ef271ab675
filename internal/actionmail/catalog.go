package actionmail

import (
	"bytes"
	"fmt"
	htmltemplate "html/template"
	"text/template"
	"time"

	"github.com/bookgate/bookgate/internal/mail"
)

// Language is one in which people are written to, by its code.
type Language string

// Texts are all texts that a person reads, by key, in each language beside the
// others. Every catalog has moment-layout and day-layout, by which times are
// written.
type Texts map[string]map[Language]string

// Templates are those of a dialect. In each, t "key" is a text of the catalog's
// language, and style the style sheet.
type Templates struct {
	Text  string // an e-mail as plain text
	HTML  string // the same for programs that show it
	Page  string // the pages, each a template of its own name
	Style string
}

// Catalog is everything that a dialect says in one language.
type Catalog struct {
	Language Language

	text  *template.Template
	html  *htmltemplate.Template
	page  *htmltemplate.Template
	texts Texts
}

// NewCatalog makes the templates of a language. They change with the program
// only, so one that cannot be read is a fault of the program.
func NewCatalog(l Language, t Texts, s Templates) Catalog {
	c := Catalog{Language: l, texts: t}
	functions := map[string]any{
		"t":     c.Text,
		"style": func() htmltemplate.CSS { return htmltemplate.CSS(s.Style) },
	}
	c.text = template.Must(template.New("mail.txt").Funcs(functions).Parse(s.Text))
	c.html = htmltemplate.Must(htmltemplate.New("mail.html").Funcs(functions).Parse(s.HTML))
	c.page = htmltemplate.Must(htmltemplate.New("page.html").Funcs(functions).Parse(s.Page))
	return c
}

// Text returns a text with its values put in.
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

// MustText is Text for a key that stands in the code; a test of each dialect
// looks for them all.
func (c Catalog) MustText(key string, args ...any) string {
	text, err := c.Text(key, args...)
	if err != nil {
		panic(err)
	}
	return text
}

// FormatTime writes a time as people in the language do.
func (c Catalog) FormatTime(at time.Time) string { return at.Format(c.MustText("moment-layout")) }

// FormatDay writes the day alone.
func (c Catalog) FormatDay(at time.Time) string { return at.Format(c.MustText("day-layout")) }

// Render writes the two bodies of an e-mail.
func (c Catalog) Render(m *mail.Message, view any) error {
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
