package montly

import (
	"bytes"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

// shipAt is the rule of shipping at a given time.
func shipAt(at time.Time) rule {
	return func(o *order.Order, by order.Actor, now time.Time) ([]order.Event, error) {
		return ship(o, by, at, now)
	}
}

// shippedAt reads when an order was sent; without a body, or without the member
// in it, that is now.
func shippedAt(body []byte, now time.Time) (time.Time, error) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || string(body) == "null" {
		return now, nil
	}
	in, err := parse(body)
	if err != nil {
		return time.Time{}, err
	}
	v := in["shippedAt"]
	if v == nil {
		return now, nil
	}
	s, _ := v.(string)
	at, ok := parseTime(s)
	if !ok {
		return time.Time{}, invalid([]badField{wrong("shippedAt", "A time in ISO 8601 is required e.g. 2017-07-20T13:37:00.000Z")})
	}
	return at, nil
}

// parseTime reads a time in any of the forms of ISO 8601 that have a day: with or
// without dashes and colons, seconds and their parts, the time itself, and an
// offset. Without an offset it is in UTC.
func parseTime(s string) (time.Time, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	for _, day := range []string{"2006-01-02", "20060102"} {
		for _, clock := range []string{"", "T15:04:05", "T150405", "T15:04", "T1504", "T15"} {
			for _, zone := range zonesOf(clock) {
				if t, err := time.Parse(day+clock+zone, s); err == nil && t.Year() > 0 {
					return t, inFourDigits(t)
				}
			}
		}
	}
	return time.Time{}, false
}

// zonesOf are the ways of writing an offset; a day alone has none.
func zonesOf(clock string) []string {
	if clock == "" {
		return []string{""}
	}
	return []string{"Z07:00", "Z0700", "Z07", ""}
}

// inFourDigits reports whether a time can be written in UTC as it was read.
func inFourDigits(t time.Time) bool { y := t.UTC().Year(); return y >= 1 && y <= 9999 }
