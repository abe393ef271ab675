package letter

import (
	_ "embed"
	"fmt"
	htmltemplate "html/template"
	"text/template"
	"time"
)

// language is one in which a party is written to.
type language string

const (
	norwegian language = "nb" // bokmål
	english   language = "en"
)

func languages() []language { return []language{norwegian, english} }

// languageOf reads a party's language; without one it is that of the trade.
func languageOf(word string) language {
	if language(word) == english {
		return english
	}
	return norwegian
}

//go:embed mail.txt
var mailText string

//go:embed mail.html
var mailHTML string

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// book is everything that is said in one language.
type book struct {
	language language
	text     *template.Template
	html     *htmltemplate.Template
	page     *htmltemplate.Template
}

// newBook makes the templates of a language. They change with the program
// only, so one that cannot be read is a fault of the program.
func newBook(l language) book {
	functions := map[string]any{
		"t":     func(key string, args ...any) (string, error) { return l.say(key, args...) },
		"style": func() htmltemplate.CSS { return htmltemplate.CSS(pageCSS) },
	}
	return book{
		language: l,
		text:     template.Must(template.New("mail.txt").Funcs(functions).Parse(mailText)),
		html:     htmltemplate.Must(htmltemplate.New("mail.html").Funcs(functions).Parse(mailHTML)),
		page:     htmltemplate.Must(htmltemplate.New("page.html").Funcs(functions).Parse(pageHTML)),
	}
}

// say gives a text with its values put in.
func (l language) say(key string, args ...any) (string, error) {
	text := texts()[key][l]
	if text == "" {
		return "", fmt.Errorf("there is no text %q in %s", key, l)
	}
	if len(args) == 0 {
		return text, nil
	}
	return fmt.Sprintf(text, args...), nil
}

// must is say for a key that stands in the code; a test looks for them all.
func (b book) must(key string, args ...any) string {
	text, err := b.language.say(key, args...)
	if err != nil {
		panic(err)
	}
	return text
}

// moment and day write a time as people in the language do.
func (b book) moment(at time.Time) string { return at.Format(b.must("moment-layout")) }
func (b book) day(at time.Time) string    { return at.Format(b.must("day-layout")) }
