package boknett

import (
	"net/url"
	"strings"

	"github.com/bookgate/bookgate/internal/auth"
)

// form is an urlencoded body read by hand: net/http reads one only under the
// right Content-Type, and refuses it whole for one bad escape.
type form map[string]string

func parseForm(body string) form {
	f := form{}
	for pair := range strings.SplitSeq(body, "&") {
		name, text, _ := strings.Cut(pair, "=")
		if name = strings.ToLower(decodePart(name)); f[name] == "" {
			f[name] = decodePart(text)
		}
	}
	return f
}

// decodePart decodes + and %XX, and leaves an escape that is none as it is.
func decodePart(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b.WriteByte(' ')
		case s[i] == '%' && i+2 < len(s) && unhex(s[i+1:i+3]) != "":
			b.WriteString(unhex(s[i+1 : i+3]))
			i += 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// unhex decodes two hexadecimal digits, "" when they are none.
func unhex(digits string) string {
	plain, err := url.PathUnescape("%" + digits)
	if err != nil {
		return ""
	}
	return plain
}

// rawLogin reads the pair as a client means it that joins key=value& without
// encoding: everything between the two names is the first value, the rest is
// the second, whatever characters are in them.
func rawLogin(body string) (c auth.Credentials, ok bool) {
	const user, password = "username=", "password="
	body = strings.TrimRight(body, "\r\n")
	if rest, found := strings.CutPrefix(body, user); found {
		c.User, c.Password, ok = strings.Cut(rest, "&"+password)
		c.Password = strings.TrimSuffix(c.Password, "&")
		return c, ok
	}
	if rest, found := strings.CutPrefix(body, password); found {
		c.Password, c.User, ok = strings.Cut(rest, "&"+user)
		c.User = strings.TrimSuffix(c.User, "&")
	}
	return c, ok
}
