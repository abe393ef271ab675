package auth

import (
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// KeyScheme returns the text of the API key that a request carries in its header, or
// why there is none. [Bearer] and [KeyHeader] are schemes.
type KeyScheme func(h http.Header) (text string, err error)

// KeyHeader is the scheme of a header that has the key alone.
func KeyHeader(name string) KeyScheme {
	return func(h http.Header) (string, error) {
		if values := h.Values(name); len(values) == 1 && strings.TrimSpace(values[0]) != "" {
			return strings.TrimSpace(values[0]), nil
		}
		return "", order.Errorf(order.Unauthenticated, "credential-missing",
			"The request has no %s header, or several.", name).
			WithHint("Send the API key that you were given in the header %s.", name)
	}
}

// KeyRequest returns the API key of a request to a dialect, and writes into the
// request log whose it is. Its error is also that of a party which has too many
// requests under way.
func (d *Service) KeyRequest(r *http.Request, scheme KeyScheme, dialect string) (Key, error) {
	text, err := scheme(r.Header)
	if err != nil {
		return Key{}, err
	}
	key, err := d.CheckKey(r.Context(), dialect, text)
	if err != nil {
		return Key{}, err
	}
	return key, reqlog.From(r.Context()).Identify(key.Party, key.ID)
}
