package boknett

import "strings"

// badZone is the offset of a zone that is not taken.
const badZone = -1 << 31

// offsetOf gives the seconds east of Greenwich. Only names with one meaning
// are taken: CET is an hour here and something else elsewhere, and a client
// that writes it is one summer away from writing CEST.
func offsetOf(zone string) int {
	switch strings.ToUpper(zone) {
	case "", "GMT", "UTC", "UT", "Z":
		return 0
	}
	digits := strings.Replace(zone[1:], ":", "", 1)
	if zone[0] != '+' && zone[0] != '-' || len(digits) != 4 || !isDigits(digits) {
		return badZone
	}
	hours, minutes := number(digits[:2]), number(digits[2:])
	if hours > maxOffset || minutes > 59 {
		return badZone
	}
	seconds := hours*3600 + minutes*60
	if zone[0] == '-' {
		return -seconds
	}
	return seconds
}

// maxOffset is the largest offset in use, that of the Line Islands, in hours.
const maxOffset = 14
