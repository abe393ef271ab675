package conformance

import (
	"slices"
	"strings"
)

// nameParted proves that a request has two names, and documents show one.
func nameParted(s shown) (sent, seen bool) {
	return slices.ContainsFunc(s.request, isValue("Åse")), slices.ContainsFunc(s.all, isValue("Åse"))
}

// isValue finds a value that stands alone.
func isValue(value string) func(leaf) bool {
	return func(l leaf) bool { return l.value == value }
}

// secondsLost proves that the seconds of the time at which the story begins are
// in the list, and not in EDItX.
func secondsLost(s shown) (sent, seen bool) {
	return hasSeconds(s.raw["list"]), hasSeconds(s.raw["editx"])
}

func hasSeconds(text string) bool {
	return strings.Contains(text, "10:00:30") || strings.Contains(text, "T100030")
}
