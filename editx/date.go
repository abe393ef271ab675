package editx

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

// date is YYYYMMDD or YYYYMMDDThhmm with Z, an offset or no zone. A time without a
// zone is stored without one.
var date = codec[order.Date]{
	parse: parseDate,
	print: func(d order.Date) string { return string(d) },
	form:  momentForm,
}

// day is a date where the schema has no time: the day as written, without the time
// and zone that follow it.
var day = codec[order.Date]{parse: parseDay, print: date.print, form: dayForm}

// strictDate and strictTime are the two forms that are written.
const (
	strictDate = "20060102"
	strictTime = "20060102T1504"
)

// looseDays are the unambiguous forms of a day: those of ISO 8601, with hyphens or
// without, the year first with slashes, and the day first with full stops.
// 01/02/2026 is not accepted, since it may be January or February.
var looseDays = []*regexp.Regexp{
	regexp.MustCompile(`^(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)`),
	regexp.MustCompile(`^(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)`),
	regexp.MustCompile(`^(?P<y>\d{4})/(?P<m>\d\d?)/(?P<d>\d\d?)`),
	regexp.MustCompile(`^(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>\d{4})`),
	regexp.MustCompile(`^(?P<y>\d{4})-?W(?P<w>\d\d)-?(?P<d>[1-7])`),
	regexp.MustCompile(`^(?P<y>\d{4})-(?P<n>\d{3})(?:[^\d]|$)`),
}

// What may follow a day: a time, and after it or after the day itself a zone. Java
// adds the name of a region in brackets to the offset.
var (
	looseTime = regexp.MustCompile(`^(?:[Tt]| +)(?P<h>\d\d):?(?P<i>\d\d)(?::?(?P<s>\d\d(?:[.,]\d+)?))?`)
	packed    = regexp.MustCompile(`^(?P<h>\d\d)(?P<i>\d\d)(?P<s>\d\d(?:[.,]\d+)?)?`)
	looseZone = regexp.MustCompile(`^ ?(?P<z>[Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)(?:\[[A-Za-z0-9_/+-]+\])?$`)
)

// moment is a date as it was read.
type moment struct {
	day     time.Time // as written
	timed   bool
	clock   time.Duration // since the beginning of the day; 24 hours is its end
	zone    string        // Z, an offset as +hhmm, or "" for none
	seconds bool          // it has seconds, which EDItX does not have
}

func parseDate(s string) (order.Date, note) {
	s = strings.TrimSpace(s)
	if isMoment(s) {
		return order.Date(s), note{}
	}
	m, ok := readMoment(plainDashes(s))
	if !ok {
		return "", notDate(s)
	}
	d := m.date()
	switch {
	case !isMoment(string(d)):
		return "", notWritten(s)
	case m.seconds:
		return d, warn("date-form", "%q was read as %s; EDItX has no seconds, they were dropped.", order.Truncate(s), d)
	case !m.timed && m.zone != "":
		return d, warn("date-form", "%q was read as %s; a day has no zone in EDItX, it was dropped.", order.Truncate(s), d)
	}
	return d, warn("date-form", "%q was read as %s; write it so.", order.Truncate(s), d)
}

func parseDay(s string) (order.Date, note) {
	s = strings.TrimSpace(s)
	if isDay(s) {
		return order.Date(s), note{}
	}
	m, ok := readMoment(plainDashes(s))
	if !ok {
		return "", notDate(s)
	}
	d := order.Date(m.day.Format(strictDate))
	if !isDay(string(d)) {
		return "", notWritten(s)
	}
	if m.timed || m.zone != "" {
		return d, warn("date-form",
			"%q was read as %s; this element is a day, so that the time was dropped. Write it so.",
			order.Truncate(s), d)
	}
	return d, warn("date-form", "%q was read as %s; write it so.", order.Truncate(s), d)
}

// date returns a moment in the strict form. The schema has offsets up to twelve
// hours; a moment with a greater one is returned in UTC.
func (m moment) date() order.Date {
	at := m.day.Add(m.clock)
	switch {
	case !m.timed:
		return order.Date(m.day.Format(strictDate))
	case strictZone(m.zone):
		return order.Date(at.Format(strictTime) + m.zone)
	}
	return order.Date(at.Add(-offsetOf(m.zone)).Format(strictTime) + "Z")
}

// readMoment reads a day and what follows it.
func readMoment(s string) (m moment, ok bool) {
	for _, form := range looseDays {
		found := form.FindStringSubmatch(s)
		if found == nil {
			continue
		}
		if m.day, ok = readDay(form, found); !ok {
			continue
		}
		rest := strings.TrimPrefix(s, strings.TrimRight(found[0], "TtZz+- "))
		if rest, ok = m.readClock(rest); !ok {
			continue
		}
		if m.zone, ok = readZone(rest); ok {
			return m, true
		}
	}
	return moment{}, false
}

// readDay returns the day that matched a form.
func readDay(form *regexp.Regexp, found []string) (time.Time, bool) {
	number := func(name string) int {
		i := form.SubexpIndex(name)
		if i < 0 {
			return 0
		}
		n, _ := strconv.Atoi(found[i])
		return n
	}
	year, week, nth := number("y"), number("w"), number("n")
	var t time.Time
	switch {
	case week > 0:
		// The fourth of January is always in week 1 (ISO 8601, 3.2.2).
		fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
		monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
		t = monday.AddDate(0, 0, 7*(week-1)+number("d")-1)
		if y, w := t.ISOWeek(); y != year || w != week {
			return t, false
		}
	case nth > 0:
		t = time.Date(year, 1, nth, 0, 0, 0, 0, time.UTC)
		if t.Year() != year {
			return t, false
		}
	default:
		t = time.Date(year, time.Month(number("m")), number("d"), 0, 0, 0, 0, time.UTC)
		if int(t.Month()) != number("m") || t.Day() != number("d") {
			return t, false // no such day
		}
	}
	return t, plausible(t)
}

// readClock reads the time after a day, if there is one, and returns what follows
// it.
func (m *moment) readClock(s string) (rest string, ok bool) {
	form := looseTime
	if s != "" && s[0] >= '0' && s[0] <= '9' {
		form = packed
	}
	found := form.FindStringSubmatch(s)
	if found == nil {
		return s, true
	}
	hour, _ := strconv.Atoi(found[1])
	minute, _ := strconv.Atoi(found[2])
	second, _ := strconv.Atoi(found[3][:min(2, len(found[3]))])
	if hour > 24 || minute > 59 || second > 60 || hour == 24 && minute+second > 0 {
		return s, false
	}
	m.timed, m.seconds = true, strings.Trim(found[3], "0.,") != ""
	m.clock = time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute
	return s[len(found[0]):], true
}

// readZone reads Z, +hhmm, +hh:mm or +hh and returns the strict form; "" is none.
func readZone(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	found := looseZone.FindStringSubmatch(s)
	if found == nil {
		return "", false
	}
	zone := strings.ToUpper(strings.Replace(found[1], ":", "", 1))
	switch {
	case zone == "Z" || zone == "UTC" || zone == "GMT":
		return "Z", true
	case len(zone) == len("+hh"):
		zone += "00"
	}
	if zone == "-0000" {
		zone = "Z"
	}
	return zone, zone == "Z" || zone[1:3] <= "14" && quarter(zone)
}

// offsetOf returns how far a zone is ahead of UTC.
func offsetOf(zone string) time.Duration {
	if len(zone) != len("+hhmm") {
		return 0
	}
	hours, _ := strconv.Atoi(zone[1:3])
	minutes, _ := strconv.Atoi(zone[3:])
	ahead := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if zone[0] == '-' {
		return -ahead
	}
	return ahead
}

// strictZone reports whether the schema has a zone after a time.
func strictZone(s string) bool {
	if s == "" || s == "Z" {
		return true
	}
	return len(s) == len("+hhmm") && (s[0] == '+' || s[0] == '-') && allDigits(s[1:]) && s[1:3] <= "12" && quarter(s)
}

// quarter reports whether an offset is a multiple of 15 minutes, as all current
// offsets are.
func quarter(offset string) bool {
	switch offset[3:] {
	case "00", "15", "30", "45":
		return true
	}
	return false
}

// isStrictDate reports whether s is in one of the two written forms.
func isStrictDate(s string) bool {
	form := strictDate
	if len(s) > len(strictDate) {
		form = strictTime
	}
	if len(s) < len(form) {
		return false
	}
	t, err := time.Parse(form, s[:len(form)])
	return err == nil && plausible(t) && strictZone(s[len(form):])
}

// plausible rejects years that are typing errors. Contracts may be older than the
// dates of the schema.
func plausible(t time.Time) bool { return t.Year() >= 1900 && t.Year() < 3000 }

func notDate(s string) note {
	return refuse("date",
		"%q is not a date; write YYYYMMDD or YYYYMMDDThhmm, such as %s.",
		order.Truncate(s), "20261121T0930")
}

// notWritten is the note of a day that can be read but not written.
func notWritten(s string) note {
	n := refuse("date", "%q is not a date that EDItX can write: it has the days of the years 2000 to 2999.",
		order.Truncate(s))
	n.omittable = true
	return n
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
