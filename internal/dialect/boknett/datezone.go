package boknett

import "strings"

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
