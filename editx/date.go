package editx

import (
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

// date is YYYYMMDD or YYYYMMDDThhmm with Z, an offset or no zone at all. A
// time without a zone stays one.
var date = codec[order.Date]{
	parse: parseDate,
	print: func(d order.Date) string { return string(d) },
	form:  momentForm,
}

// day is a date where the schema has no time.
var day = codec[order.Date]{parse: date.parse, print: date.print, form: dayForm}

// strictDate and strictTime are the two forms that are ever written.
const (
	strictDate = "20060102"
	strictTime = "20060102T1504"
)

// looseDates are the forms that senders use instead. Two of them, 14 and 12
// digits, are other standards' names for the same moment.
var looseDates = []struct{ form, strict string }{
	{"2006-01-02", strictDate},
	{"02.01.2006", strictDate},
	{"2.1.2006", strictDate},
	{"20060102T150405", strictTime},
	{"2006-01-02T15:04:05", strictTime},
	{"2006-01-02T15:04", strictTime},
	{"2006-01-02 15:04:05", strictTime},
	{"20060102150405", strictTime},
	{"200601021504", strictTime},
}

func parseDate(s string) (order.Date, note) {
	s = strings.TrimSpace(s)
	if isStrictDate(s) {
		return order.Date(s), note{}
	}
	moment, zone, ok := cutZone(s)
	if !ok {
		return "", notDate(s)
	}
	for _, loose := range looseDates {
		t, err := time.Parse(loose.form, moment)
		if err != nil || !plausible(t) {
			continue
		}
		if zone != "" && loose.strict == strictDate {
			break
		}
		d := order.Date(t.Format(loose.strict) + zone)
		if t.Second() != 0 || t.Nanosecond() != 0 {
			return d, warn("date-form", "%q was read as %s; EDItX has no seconds, they were dropped.", order.Cut(s), d)
		}
		return d, warn("date-form", "%q was read as %s; write it so.", order.Cut(s), d)
	}
	if t, err := time.Parse(strictTime, moment); err == nil && plausible(t) && zone != "" {
		d := order.Date(moment + zone)
		return d, warn("date-form", "%q was read as %s; write it so.", order.Cut(s), d)
	}
	return "", notDate(s)
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
	return err == nil && plausible(t) && strictZone(s[len(form):], form == strictTime)
}

// strictZone reports whether s may follow a strict time, or nothing a date.
func strictZone(s string, timed bool) bool {
	if s == "" {
		return true
	}
	zone, ok := readZone(s)
	return timed && ok && zone == s
}

// cutZone takes the zone off the end of a time, in the strict form.
func cutZone(s string) (moment, zone string, ok bool) {
	clock := strings.IndexAny(s, "T ")
	if clock < 0 {
		return s, "", true
	}
	i := strings.IndexAny(s[clock:], "Z+-")
	if i < 0 {
		return s, "", true
	}
	zone, ok = readZone(s[clock+i:])
	return s[:clock+i], zone, ok
}

// readZone reads Z, +hhmm, +hh:mm or +hh and gives the strict form.
func readZone(s string) (string, bool) {
	if s == "Z" {
		return s, true
	}
	digits := strings.Replace(s[1:], ":", "", 1)
	if len(digits) == 2 {
		digits += "00"
	}
	if len(digits) != 4 || !allDigits(digits) || digits[:2] > "14" || s[0] != '+' && s[0] != '-' {
		return "", false
	}
	switch digits[2:] {
	case "00", "15", "30", "45":
		return s[:1] + digits, true
	}
	return "", false
}

// plausible keeps out years that are typing errors; the schema itself allows
// 2000 to 2999, and contracts may be older.
func plausible(t time.Time) bool { return t.Year() >= 1900 && t.Year() < 3000 }

func notDate(s string) note {
	return refuse("date", "%q is not a date; write YYYYMMDD or YYYYMMDDThhmm, such as %s.", order.Cut(s), "20261121T0930")
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
