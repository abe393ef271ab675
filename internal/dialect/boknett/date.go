package boknett

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bookgate/bookgate/order"
)

// maxDate bounds a Date header. The longest of the accepted forms has 66 bytes,
// of which JavaScript spends 30 on the name of the zone.
const maxDate = 100

// goodDate is the example that refusals show.
const goodDate = "Tue, 10 Jun 2014 16:23:42 GMT"

// headerDate is a Date header that could be read. odd names what was
// tolerated in it, for the record.
type headerDate struct {
	at  time.Time
	odd string
}

// dateWords are the parts of a date as they were written.
type dateWords struct{ day, month, year, clock, zone string }

// parseDate reads the Date header as the field writes it: RFC 1123 with GMT,
// UTC, UT, Z or an offset, a comma or zone left out, one digit for the day, the
// RFC 850 and asctime forms, one digit for the hour, parts of a second, and what
// Date.toString of Java and JavaScript write.
// time.Parse would take any zone name for UTC and http.ParseTime refuses UTC,
// which most clients send.
func parseDate(s string, now time.Time) (headerDate, error) {
	if len(s) > maxDate {
		return headerDate{},
			errDate("date-malformed", s, "The Date header has %d characters; a date has at most %d.", len(s), maxDate)
	}
	words := joinZone(splitDate(fromLatin1(s)))
	weekday := -1
	if beginsWithDay(words) {
		if weekday = englishName(words[0], weekdays); weekday < 0 {
			return headerDate{}, errDateWord(words[0], words, s)
		}
		words = words[1:]
	}
	parts, ok := arrange(words)
	if joined := clockComma.ReplaceAllString(s, "$1.$2"); !ok && joined != s {
		if d, err := parseDate(joined, now); order.CodeOf(err) != "date-malformed" {
			return d, err
		}
	}
	if !ok {
		if err := errDateLanguage("", words, s); err != nil {
			return headerDate{}, err
		}
		return headerDate{},
			errDate("date-malformed", s, "The Date header %q is no date in RFC 1123 form.", order.Truncate(s))
	}
	at, err := parts.instant(s, now)
	if err != nil {
		return headerDate{}, err
	}
	d := headerDate{at: at}
	if wall := at.In(time.FixedZone("", offsetOf(parts.zone))).Weekday(); weekday >= 0 && int(wall) != weekday {
		d.odd = "Date header with the wrong weekday"
	}
	return d, nil
}

// clockComma is a time of day with a comma before the parts of a second, as ISO
// 8601 has it. net/http reads it; elsewhere a comma ends a word.
var clockComma = regexp.MustCompile(`(\d:\d\d:\d\d),(\d)`)

// splitDate cuts at blanks and commas, and 10-Jun-14 into three. A comment at the
// end (RFC 5322, 3.3), as JavaScript names the zone once more, is left out.
func splitDate(s string) []string {
	if open := strings.IndexByte(s, '('); open > 0 && strings.HasSuffix(strings.TrimSpace(s), ")") {
		s = s[:open]
	}
	var words []string
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == ',' }) {
		parts := strings.Split(w, "-")
		if len(parts) == 3 && isDigits(parts[0]) && isWord(parts[1]) && isDigits(parts[2]) {
			words = append(words, parts...)
			continue
		}
		words = append(words, w)
	}
	return words
}

// joinZone makes one word of the name of a zone that has several, as in Central
// European Time, so that it can be refused by name.
func joinZone(words []string) []string {
	clock := slices.IndexFunc(words, func(w string) bool { return shapeOf(w) == 'c' })
	end := clock + 1
	for clock >= 0 && end < len(words) && shapeOf(words[end]) == 'w' && offsetOf(words[end]) == badZone {
		end++
	}
	if clock < 0 || end <= clock+2 {
		return words
	}
	return slices.Concat(words[:clock+1], []string{strings.Join(words[clock+1:end], " ")}, words[end:])
}

// beginsWithDay reports whether the first word is in the place of a weekday: it
// is not a month, or another month follows where one belongs. In French mar. is
// Tuesday.
func beginsWithDay(words []string) bool {
	if len(words) == 0 || !isWord(words[0]) {
		return false
	}
	return englishName(words[0], months) < 0 ||
		len(words) > 2 && shapeOf(words[1]) == 'd' && englishName(words[2], months) >= 0
}

// arrange finds the parts of a date, without its weekday, by the shape of its
// words: d for a day, y for a year, c for a clock, w for a word, o for an
// offset. Two digits can be a day or a year.
func arrange(w []string) (p dateWords, ok bool) {
	var shape strings.Builder
	for _, word := range w {
		shape.WriteByte(shapeOf(word))
	}
	switch shape.String() {
	case "dwyc", "dwdc":
		return dateWords{day: w[0], month: w[1], year: w[2], clock: w[3]}, true
	case "dwycw", "dwdcw", "dwyco", "dwdco":
		return dateWords{day: w[0], month: w[1], year: w[2], clock: w[3], zone: w[4]}, true
	case "wdcy":
		return dateWords{month: w[0], day: w[1], clock: w[2], year: w[3]}, true
	case "wdyc":
		return dateWords{month: w[0], day: w[1], year: w[2], clock: w[3]}, true
	case "wdycw", "wdyco":
		return dateWords{month: w[0], day: w[1], year: w[2], clock: w[3], zone: w[4]}, true
	case "wdcwy", "wdcoy":
		return dateWords{month: w[0], day: w[1], clock: w[2], zone: w[3], year: w[4]}, true
	}
	return p, false
}

func shapeOf(w string) byte {
	switch {
	case isDigits(w) && len(w) <= 2:
		return 'd'
	case isDigits(w) && len(w) == 4:
		return 'y'
	case isClock(w):
		return 'c'
	case w[0] == '+' || w[0] == '-':
		return 'o'
	case isWord(w):
		return 'w'
	}
	return '?'
}

// isClock reports whether a word is a time of day: h:mm:ss or hh:mm:ss, with or
// without parts of a second.
func isClock(w string) bool {
	clock, parts, cut := strings.Cut(w, ".")
	if cut && !isDigits(parts) {
		return false
	}
	if len(clock) == 7 {
		clock = "0" + clock
	}
	return len(clock) == 8 && clock[2] == ':' && clock[5] == ':' && isDigits(clock[:2]+clock[3:5]+clock[6:])
}

// clockOf reads what isClock has seen. Of the parts of a second those beyond a
// nanosecond are left out.
func clockOf(w string) (hour, minute, second, nanos int) {
	clock, parts, _ := strings.Cut(w, ".")
	h, rest, _ := strings.Cut(clock, ":")
	nanos, _ = strconv.Atoi((parts + "000000000")[:9])
	return number(h), number(rest[:2]), number(rest[3:]), nanos
}

// instant makes the point in time that the parts name.
func (p dateWords) instant(s string, now time.Time) (time.Time, error) {
	month := englishName(p.month, months) + 1
	if month == 0 {
		return time.Time{}, errDateWord(p.month, []string{p.month}, s)
	}
	day, year := number(p.day), number(p.year)
	if len(p.year) == 2 {
		year = century(year, now.Year())
	}
	if most := daysIn(year, month); day < 1 || day > most {
		return time.Time{}, errDate("date-malformed", s, "The Date header %q names day %d; %s %d has %d days.",
			order.Truncate(s), day, time.Month(month), year, most)
	}
	hour, minute, second, nanos := clockOf(p.clock)
	if hour > 23 || minute > 59 || second > 60 {
		return time.Time{},
			errDate("date-malformed", s, "The Date header %q names no time of day: %s.", order.Truncate(s), p.clock)
	}
	offset := offsetOf(p.zone)
	if offset == badZone {
		return time.Time{}, errDate("date-zone",
			s, "Zone %s cannot be used in the Date header; GMT, UTC and offsets such as +0200 can.", order.Truncate(p.zone)).
			WithHint("Send the time in GMT, for example %s.", now.UTC().Format(http.TimeFormat))
	}
	return time.Date(year, time.Month(month), day, hour, minute, min(second, 59), nanos,
		time.UTC).Add(-time.Duration(offset) * time.Second), nil
}

// century completes a year of two digits: the one nearest to now, as RFC 9110
// wants it.
func century(year, now int) int {
	year += now - now%100
	switch {
	case year > now+50:
		return year - 100
	case year < now-50:
		return year + 100
	}
	return year
}

// fromLatin1 turns a header of the older encoding into UTF-8: Python writes
// headers so, and a Norwegian "lør" should be recognised.
func fromLatin1(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// The English names, which may be cut to three characters.
const (
	months   = "january february march april may june july august september october november december"
	weekdays = "sunday monday tuesday wednesday thursday friday saturday"
)

// englishName returns the place of a word among names, or -1. Java writes Sept
// for British and Australian programs, and people write four characters.
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
	return errDate("date-malformed",
		header, "The Date header %q has %q where RFC 1123 has the English name of a day or month.",
		order.Truncate(header), order.Truncate(word))
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
	return errDate("date-language", header, "%q is %s. RFC 1123 dates use English names: %s.", order.Truncate(word),
		eitherOf(fits), goodDate).
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

// badZone is the offset of a zone that is not taken.
const badZone = -1 << 31

// maxOffset is the largest offset in use, that of the Line Islands, in hours.
const maxOffset = 14

// offsetOf returns the seconds east of Greenwich. Only names with one meaning
// are taken: CET is an hour here and something else elsewhere, and a client that
// writes it is one summer away from writing CEST. GMT and UTC may have an offset
// behind them, as Java (GMT+01:00, UTC+1), PHP and JavaScript (GMT+0100) write a
// zone that has no name.
func offsetOf(zone string) int {
	zone = strings.ReplaceAll(strings.ToUpper(zone), "\u2212", "-") // the minus sign of some languages
	switch zone {
	case "", "GMT", "UTC", "UT", "Z":
		return 0
	}
	for _, name := range []string{"GMT", "UTC", "UT"} {
		if offset, ok := strings.CutPrefix(zone, name); ok {
			return secondsOf(offset, true)
		}
	}
	return secondsOf(zone, false)
}

// secondsOf reads a sign and hhmm or hh:mm; behind a name also one digit for the
// hour, and hours alone.
func secondsOf(offset string, named bool) int {
	if offset == "" || offset[0] != '+' && offset[0] != '-' {
		return badZone
	}
	hours, minutes, colon := strings.Cut(offset[1:], ":")
	switch {
	case !colon && len(hours) == 4:
		hours, minutes = hours[:2], hours[2:]
	case !colon && named && len(hours) <= 2:
		minutes = "00"
	}
	if !isDigits(hours+minutes) || len(minutes) != 2 || len(hours) != 2 && !(named && len(hours) == 1) {
		return badZone
	}
	h, m := number(hours), number(minutes)
	if h > maxOffset || m > 59 {
		return badZone
	}
	seconds := h*3600 + m*60
	if offset[0] == '-' {
		return -seconds
	}
	return seconds
}
