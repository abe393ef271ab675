package auth

import (
	"net/http"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// Bearer gives the text that a request has in its one Authorization header, with
// the scheme in any case. A refusal does not repeat the header: a secret may stand
// in it.
func Bearer(h http.Header) (string, error) {
	values := h.Values("Authorization")
	if len(values) == 0 {
		return "", order.Errorf(order.Unauthenticated, "credential-missing", "The request has no Authorization header.").
			WithHint("Send the key that you were given: Authorization: Bearer …")
	}
	scheme, text, _ := strings.Cut(strings.TrimSpace(values[0]), " ")
	if text = strings.TrimSpace(text); len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || text == "" {
		return "", order.Errorf(order.Unauthenticated, "credential-malformed", "The Authorization header is not Bearer and one key.").
			WithHint("Write: Authorization: Bearer …")
	}
	return text, nil
}
