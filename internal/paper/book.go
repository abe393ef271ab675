package paper

import (
	"fmt"
	htmltemplate "html/template"
	"text/template"
	"time"
)

// Language is one in which people are written to, by its code.
type Language string

// Texts are all texts that a person reads, by key, in each language beside the
// others. Every book has moment-layout and day-layout, by which times are
// written.
type Texts map[string]map[Language]string

// Sheets are the templates of a dialect. In each, t "key" is a text of the
// book's language, and style the style sheet.
type Sheets struct {
	Text  string // a letter as plain text
	HTML  string // the same for programs that show it
	Page  string // the pages, each a template of its own name
	Style string
}

// Book is everything that a dialect says in one language.
type Book struct {
	Language Language
	Text     *template.Template
	HTML     *htmltemplate.Template
	Page     *htmltemplate.Template

	texts Texts
}

// NewBook makes the templates of a language. They change with the program
// only, so one that cannot be read is a fault of the program.
func NewBook(l Language, t Texts, s Sheets) Book {
	b := Book{Language: l, texts: t}
	functions := map[string]any{
		"t":     b.Say,
		"style": func() htmltemplate.CSS { return htmltemplate.CSS(s.Style) },
	}
	b.Text = template.Must(template.New("mail.txt").Funcs(functions).Parse(s.Text))
	b.HTML = htmltemplate.Must(htmltemplate.New("mail.html").Funcs(functions).Parse(s.HTML))
	b.Page = htmltemplate.Must(htmltemplate.New("page.html").Funcs(functions).Parse(s.Page))
	return b
}

// Say gives a text with its values put in.
func (b Book) Say(key string, args ...any) (string, error) {
	text := b.texts[key][b.Language]
	if text == "" {
		return "", fmt.Errorf("there is no text %q in %s", key, b.Language)
	}
	if len(args) == 0 {
		return text, nil
	}
	return fmt.Sprintf(text, args...), nil
}

// Must is Say for a key that stands in the code; a test of each dialect looks
// for them all.
func (b Book) Must(key string, args ...any) string {
	text, err := b.Say(key, args...)
	if err != nil {
		panic(err)
	}
	return text
}

// Moment and Day write a time as people in the language do.
func (b Book) Moment(at time.Time) string { return at.Format(b.Must("moment-layout")) }

// Day writes the day alone.
func (b Book) Day(at time.Time) string { return at.Format(b.Must("day-layout")) }
