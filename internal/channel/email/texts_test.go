package email

import (
	"regexp"
	"testing"

	"github.com/bookgate/bookgate/internal/doortest"
)

// TestEveryTextIsInEveryLanguage looks in the code for every string that looks
// like a key and stands where one can.
func TestEveryTextIsInEveryLanguage(t *testing.T) {
	inCode := regexp.MustCompile(`"((?:subject|opening|choose|state|fault)-[a-z-]+|[a-z-]+-why|unknown|form|trouble|used|thanks|test-body|page-title)"`)
	doortest.CheckTexts(t, texts(), languages(), doortest.AskedFor(t, inCode, mailText, mailHTML, pageHTML))
}
