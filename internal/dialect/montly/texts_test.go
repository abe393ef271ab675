package montly

import (
	"regexp"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
)

// TestEveryTextIsInEveryLanguage looks in the code for every string that looks
// like a key, or like one that ends with the name of a task.
func TestEveryTextIsInEveryLanguage(t *testing.T) {
	inCode := regexp.MustCompile(`"((?:subject|opening|link|terms|title|intro|button|done|done-why|used|used-why)-|[a-z-]+-why|unknown|form|busy|trouble|cancelled|declined|months|without-tax)"`)
	var asked []string
	var templates []string
	for _, name := range []string{"mail.txt", "mail.html", "page.html"} {
		text, err := files.ReadFile(name)
		check(t, err)
		templates = append(templates, string(text))
	}
	for _, key := range dialecttest.AskedFor(t, inCode, templates...) {
		if !strings.HasSuffix(key, "-") {
			asked = append(asked, key)
			continue
		}
		for _, task := range actions() {
			asked = append(asked, key+task.name)
		}
	}
	dialecttest.CheckTexts(t, texts(), languages(), asked)
}
