package email

import (
	"regexp"
	"testing"

	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
)

// TestEveryTextIsInEveryLanguage looks in the code for every string that looks
// like a key and stands where one can.
func TestEveryTextIsInEveryLanguage(t *testing.T) {
	inCode := regexp.MustCompile(`"((?:subject|opening|choose|state|fault)-[a-z-]+|[a-z-]+-why|unknown|form|trouble|used|thanks|test-body|page-title)"`)
	var templates []string
	for _, name := range []string{"mail.txt", "mail.html", "page.html"} {
		text, err := files.ReadFile(name)
		check(t, err)
		templates = append(templates, string(text))
	}
	dialecttest.CheckTexts(t, texts(), languages(), dialecttest.AskedFor(t, inCode, templates...))
}
