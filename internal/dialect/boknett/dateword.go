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

// englishName gives the place of a word among names, or -1.
func englishName(word, names string) int {
	word = strings.ToLower(strings.TrimSuffix(word, "."))
	return slices.IndexFunc(strings.Fields(names), func(name string) bool { return word == name || word == name[:3] })
}

// language holds the names of days and months as computers set to it write
// them, where they differ from the English ones.
type language struct{ name, words string }

// languages are those of the computers in the field, the likeliest first.
func languages() []language {
	return []language{
		{"Norwegian", "mandag tirsdag onsdag torsdag fredag lørdag søndag man ma ti tir tirs on ons to tor tors fr fre lø lør sø søn " +
			"januar februar mars april mai juni juli august september oktober november desember okt des"},
		{"Swedish", "måndag tisdag onsdag torsdag fredag lördag söndag må mån tis lö lör sö sön " +
			"januari februari mars maj juni juli augusti oktober"},
		{"Danish", "marts december"},
		{"German", "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so die mit don " +
			"jänner märz mär mrz dezember dez"},
	}
}

// errDateWord tells a foreign name from a word that is no name at all.
func errDateWord(word, header string) error {
	plain := strings.ToLower(strings.TrimSuffix(word, "."))
	for _, l := range languages() {
		if slices.Contains(strings.Fields(l.words), plain) {
			return errDate("date-language", header, "%q is %s. RFC 1123 dates use English names: %s.", order.Cut(word), l.name, goodDate).
				WithHint("%s", "In a shell: LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S GMT'")
		}
	}
	return errDate("date-malformed", header, "The Date header %q has %q where RFC 1123 has the English name of a day or month.",
		order.Cut(header), order.Cut(word))
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
