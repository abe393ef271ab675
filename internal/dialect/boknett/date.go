package boknett

import (
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
// RFC 850 and asctime forms, one digit for the hour, parts of a second, and what Date.toString of Java and JavaScript write.
// time.Parse would take any zone name for UTC and http.ParseTime refuses UTC,
// which most clients send.
func parseDate(s string, now time.Time) (headerDate, error) {
	if len(s) > maxDate {
		return headerDate{}, errDate("date-malformed", s, "The Date header has %d characters; a date has at most %d.", len(s), maxDate)
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
		return headerDate{}, errDate("date-malformed", s, "The Date header %q is no date in RFC 1123 form.", order.Cut(s))
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
		if parts := strings.Split(w, "-"); len(parts) == 3 && isDigits(parts[0]) && isWord(parts[1]) && isDigits(parts[2]) {
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
// is no month, or another month follows where one belongs. In French mar. is
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
		return time.Time{}, errDate("date-malformed", s, "The Date header %q names day %d; %s %d has %d days.", order.Cut(s), day, time.Month(month), year, most)
	}
	hour, minute, second, nanos := clockOf(p.clock)
	if hour > 23 || minute > 59 || second > 60 {
		return time.Time{}, errDate("date-malformed", s, "The Date header %q names no time of day: %s.", order.Cut(s), p.clock)
	}
	offset := offsetOf(p.zone)
	if offset == badZone {
		return time.Time{}, errDate("date-zone", s, "Zone %s cannot be used in the Date header; GMT, UTC and offsets such as +0200 can.", order.Cut(p.zone)).
			WithHint("Send the time in GMT, for example %s.", now.UTC().Format(http.TimeFormat))
	}
	return time.Date(year, time.Month(month), day, hour, minute, min(second, 59), nanos, time.UTC).Add(-time.Duration(offset) * time.Second), nil
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

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
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

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// number reads up to four digits that isDigits has seen.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
