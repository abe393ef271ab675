package boknett

import (
	"fmt"
	"strings"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// toStatus reads the status word in any case and in every spelling that a
// version of the API had.
func toStatus(body value) (order.Status, error) {
	v, ok := body.get("status")
	if !ok || v.kind == "string" && strings.TrimSpace(v.text) == "" {
		return "", order.Errorf(order.Malformed, "status-missing", "The body names no status for the line.").
			WithHint(`Send {"status": "RECEIVED"}. Allowed: %s.`, answerWords()).
			WithField(order.Field{Pointer: "/status"})
	}
	if v.kind != "string" {
		return "", errStatus(v.text, fmt.Sprintf("status is a %s; it must be one of the words of the API in quotes.", v.kind))
	}
	s, ok := hal.ParseStatus(strings.ToUpper(strings.TrimSpace(v.text)))
	if !ok {
		return "", errStatus(v.text, fmt.Sprintf("%q is not a status.%s", order.Cut(v.text), didYouMean(v.text)))
	}
	for _, allowed := range order.Answers() {
		if s == allowed {
			return s, nil
		}
	}
	return "", errStatus(v.text, fmt.Sprintf("%s is set by the exchange itself, not by a receiver.", hal.StatusWord(s)))
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

// didYouMean names the allowed word that is at most three letters away.
func didYouMean(written string) string {
	const far = 4
	best, least := "", far
	written = strings.ToUpper(strings.TrimSpace(order.Cut(written)))
	for _, s := range order.Answers() {
		if d := distance(written, hal.StatusWord(s)); d < least {
			best, least = hal.StatusWord(s), d
		}
	}
	if best == "" {
		return ""
	}
	return " Did you mean " + best + "?"
}

// distance counts the letters to change, add or drop between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost = 1 + min(corner, row[j], row[j+1])
			}
			corner, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
