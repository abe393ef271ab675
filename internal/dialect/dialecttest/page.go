package dialecttest

import (
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"testing"
)

// style is the style sheet within a page, and elsewhere what would make a browser
// ask for more than the page, or run something.
var (
	style     = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	elsewhere = regexp.MustCompile(`(?i)\b(src|srcset|background|data)=|url\(|@import|` +
		`<(script|link|img|iframe|object|base|svg)\b|\bon[a-z]+=|href="[^#]|style="`)
)

// CheckPage wants a page to which a signed link leads to stand alone: it asks for
// nothing else, its policy allows the style sheet that stands in it and no more, and
// it is neither stored, nor followed, nor indexed.
func CheckPage(t testing.TB, a Answer) {
	t.Helper()
	css := style.FindStringSubmatch(a.Body)
	if css == nil {
		t.Fatalf("no style in\n%s", a.Body)
	}
	sum := sha256.Sum256([]byte(css[1]))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	for name, want := range map[string]string{
		"Content-Security-Policy": policy, "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer",
		"Cache-Control": "no-store", "Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff",
	} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if found := elsewhere.FindString(a.Body); found != "" {
		t.Errorf("the page reaches elsewhere with %q:\n%s", found, a.Body)
	}
}
