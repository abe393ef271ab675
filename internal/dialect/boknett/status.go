package boknett

import (
	"fmt"
	"strings"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/order"
)

// toStatus reads the status word in any case and in every spelling that a
// version of the API had.
func toStatus(body *httpjson.Value) (order.Status, error) {
	v := body.Get("status")
	if v == nil || v.Kind() == httpjson.KindString && strings.TrimSpace(v.Text()) == "" {
		return "", order.Errorf(order.Malformed, "status-missing", "The body names no status for the line.").
			WithHint(`Send {"status": "RECEIVED"}. Allowed: %s.`, answerWords()).
			WithField(order.Field{Pointer: "/status"})
	}
	if v.Kind() != httpjson.KindString {
		return "", errStatus(v.Text(),
			fmt.Sprintf("status is a %s; it must be one of the words of the API in quotes.", v.Kind()))
	}
	s, ok := hal.ParseStatus(strings.ToUpper(strings.TrimSpace(v.Text())))
	if !ok {
		return "", errStatus(v.Text(), fmt.Sprintf("%q is not a status.%s", order.Truncate(v.Text()), didYouMean(v.Text())))
	}
	for _, allowed := range order.Answers() {
		if s == allowed {
			return s, nil
		}
	}
	return "",
		errStatus(v.Text(), fmt.Sprintf("%s is set by the exchange itself, not by a receiver.", hal.StatusWord(s)))
}

func errStatus(written, detail string) error {
	return order.Errorf(order.Invalid, "status-unknown", "%s", detail).
		WithHint("Allowed: %s.", answerWords()).
		WithField(order.Field{Pointer: "/status", Value: written})
}

func answerWords() string {
	var words []string
	for _, s := range order.Answers() {
		words = append(words, hal.StatusWord(s))
	}
	return strings.Join(words, ", ")
}

// didYouMean names the allowed word that is spelled most like the one given.
func didYouMean(written string) string {
	var words []string
	for _, s := range order.Answers() {
		words = append(words, hal.StatusWord(s))
	}
	if best, ok := order.Nearest(strings.ToUpper(strings.TrimSpace(order.Truncate(written))), words); ok {
		return " Did you mean " + best + "?"
	}
	return ""
}
