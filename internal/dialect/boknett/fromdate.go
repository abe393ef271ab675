package boknett

import (
	"fmt"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

// fromDateLayout is YYYYMMDDHHMMSS, in the zone of the exchange.
const fromDateLayout = "20060102150405"

// parseFromDate reads a lower bound. It takes the earliest instant that the
// wall time can mean, so that no reading skips an order: in autumn the first
// of two, and for a time that the spring change leaves out the first instant
// behind the gap.
func parseFromDate(s string, zone *time.Location) (time.Time, error) {
	if len(s) != len(fromDateLayout) || !isDigits(s) {
		return time.Time{}, errFromDate(s, "fromDate must be 14 digits, YYYYMMDDHHMMSS%s", suggestion(s))
	}
	if wrong := notOnCalendar(s); wrong != "" {
		return time.Time{}, errFromDate(s, "%s", wrong)
	}
	year, month, day := number(s[:4]), number(s[4:6]), number(s[6:8])
	t := time.Date(year, time.Month(month), day, number(s[8:10]), number(s[10:12]), number(s[12:]), 0, zone)
	return earliest(t, t.Format(fromDateLayout) == s, t.Format(fromDateLayout) > s), nil
}

// earliest moves t, which time.Date chose for a wall time, to the earliest
// reading. exact is false when no instant has that wall time, and then later
// says on which side of the gap t lies.
func earliest(t time.Time, exact, later bool) time.Time {
	begin, end := t.ZoneBounds()
	switch {
	case !exact && later:
		return begin
	case !exact:
		return end
	case begin.IsZero():
		return t
	}
	_, offset := t.Zone()
	_, before := begin.Add(-time.Nanosecond).Zone()
	if first := t.Add(time.Duration(offset-before) * time.Second); first.Before(begin) {
		return first
	}
	return t
}

// notOnCalendar tells what of 14 digits is no calendar time, or nothing.
func notOnCalendar(s string) string {
	year, month, day := number(s[:4]), number(s[4:6]), number(s[6:8])
	hour, minute, second := number(s[8:10]), number(s[10:12]), number(s[12:])
	switch {
	case month < 1 || month > 12:
		return fmt.Sprintf("There is no month %s; months are 01 to 12.", s[4:6])
	case day < 1:
		return "There is no day 00; days begin with 01."
	case day > daysIn(year, month):
		return fmt.Sprintf("%s %d has %d days.", time.Month(month), year, daysIn(year, month))
	case hour > 23:
		return fmt.Sprintf("There is no hour %s; hours are 00 to 23.", s[8:10])
	case minute > 59:
		return fmt.Sprintf("There is no minute %s; minutes are 00 to 59.", s[10:12])
	case second > 59:
		return fmt.Sprintf("There is no second %s; seconds are 00 to 59.", s[12:])
	}
	return ""
}

// suggestion guesses what was meant by a date that is not 14 digits: its own
// digits, filled up with zeros.
func suggestion(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, order.Cut(s))
	if len(digits) >= 8 && len(digits)%2 == 0 || len(digits) > len(fromDateLayout) {
		digits = (digits + "000000")[:len(fromDateLayout)]
		if notOnCalendar(digits) == "" {
			return "; did you mean " + digits + "?"
		}
	}
	return fmt.Sprintf("; got %q.", order.Cut(s))
}

func errFromDate(value, format string, args ...any) error {
	return order.Errorf(order.Malformed, "fromdate-invalid", format, args...).
		WithHint("Write fromDate=YYYYMMDDHHMMSS, for example fromDate=20150101000000.").
		WithField(order.Field{Parameter: "fromDate", Value: value})
}
