package boknett

import (
	"strconv"
	"strings"
)

// eventIDMark stands between the epoch and the number of an event id. No
// epoch has it in its name.
const eventIDMark = "-"

// appendEventID appends a place as the id of an event: EPOCH-NUMBER, such as
// k3v9x2ab-17. After a restore the numbers are given out again; with its epoch
// an id from before is known as such.
func appendEventID(dst []byte, at place) []byte {
	if at.epoch != "" {
		dst = append(append(dst, at.epoch...), eventIDMark...)
	}
	return strconv.AppendInt(dst, at.change, 10)
}

// parseEventID reads the id of an event. A number alone is the form of older
// versions, and of callers who take it from a body; its epoch is "".
func parseEventID(written string) (at place, ok bool) {
	epoch, digits, ok := strings.Cut(written, eventIDMark)
	if !ok {
		epoch, digits = "", written
	} else if !isEpoch(epoch) {
		return place{}, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !isDigits(digits) || n < 0 {
		return place{}, false
	}
	return place{n, epoch}, true
}

// isEpoch reports whether a text may name an epoch: letters and digits.
func isEpoch(name string) bool {
	return name != "" && len(name) <= maxEpoch && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
	})
}
