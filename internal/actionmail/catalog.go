package actionmail

import (
	"bytes"
	_ "embed"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"text/template"
	"time"

	"github.com/bookgate/bookgate/internal/mail"
)

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
