package boknett

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/bookgate/bookgate/order"
)

// The English names, which may be cut to three letters.
const (
	months   = "january february march april may june july august september october november december"
	weekdays = "sunday monday tuesday wednesday thursday friday saturday"
)

// englishName returns the place of a word among names, or -1. Java writes Sept
// for British and Australian programs, and people write four letters.
func englishName(word, names string) int {
	word = strings.ToLower(strings.TrimSuffix(word, "."))
	switch word {
	case "sept", "tues", "thur", "thurs":
		word = word[:3]
	}
	return slices.IndexFunc(strings.Fields(names), func(name string) bool { return word == name || word == name[:3] })
}

// errDateWord refuses a word that stands where an English name belongs: as of
// another language, which all words of the date together tell, or as no name.
func errDateWord(word string, words []string, header string) error {
	if err := errDateLanguage(word, words, header); err != nil {
		return err
	}
	return errDate("date-malformed", header, "The Date header %q has %q where RFC 1123 has the English name of a day or month.",
		order.Cut(header), order.Cut(word))
}

// errDateLanguage refuses a date in another language by name, or returns nil.
// word is the one that is shown; "" is the first that is not English.
func errDateLanguage(word string, words []string, header string) error {
	fits, first := languagesOf(words)
	if len(fits) == 0 {
		return nil
	}
	if word == "" {
		word = first
	}
	return errDate("date-language", header, "%q is %s. RFC 1123 dates use English names: %s.", order.Cut(word), eitherOf(fits), goodDate).
		WithHint("%s", "In a shell: LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S GMT'")
}

// mostNamed is how many languages a refusal names.
const mostNamed = 6

// eitherOf joins names as a sentence does.
func eitherOf(names []string) string {
	if len(names) > mostNamed {
		names = append(slices.Clone(names[:mostNamed]), "another language")
	}
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// errDate refuses a Date header.
func errDate(code, written, format string, args ...any) *order.Error {
	return order.Errorf(order.Malformed, code, format, args...).
		WithHint("Write it like this: %s", goodDate).
		WithField(order.Field{Header: "Date", Value: written})
}

// isWord reports whether w begins like a name.
func isWord(w string) bool {
	for _, r := range w {
		return unicode.IsLetter(r)
	}
	return false
}

// nearHour is how far from a whole hour a difference may be and still look
// like a time zone: the clocks themselves may be off as well.
const nearHour = 10 * time.Minute

// skewHint tells what the difference of the clocks looks like.
func skewHint(apart time.Duration) string {
	for hours, words := range map[int]string{1: "one hour", 2: "two hours"} {
		if (apart - time.Duration(hours)*time.Hour).Abs() <= nearHour {
			return fmt.Sprintf("The difference is close to %s: the client probably writes local time. Send the time in GMT.", words)
		}
	}
	return "Set the client's clock (NTP), and make a new Date for every request."
}

// apartText writes a difference as people say it.
func apartText(d time.Duration) string {
	switch {
	case d < 3*time.Minute:
		return fmt.Sprintf("%d seconds", int(d.Seconds()))
	case d < 3*time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	case d < 3*24*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
