package reach

import (
	"net/url"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// Shown returns an address as it may be shown, well written or not: without what
// stands before an @, which may be a password, and behind a ?, which may be a
// token.
func Shown(address string) string {
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		scheme, _, _ := strings.Cut(address[:at], "://")
		if address[:at] == scheme {
			scheme = ""
		} else {
			scheme += "://"
		}
		address = scheme + "…" + address[at:]
	}
	plain, query, found := strings.Cut(address, "?")
	if found && query != "" {
		plain += "?…"
	}
	if u, err := url.Parse(plain); err == nil && u.Fragment != "" {
		plain, _, _ = strings.Cut(plain, "#")
		plain += "#…"
	}
	return order.Cut(plain)
}
