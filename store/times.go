package store

import "time"

// micros is how a time is kept: microseconds since 1970, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// kept is a time as it comes back from the store.
func kept(t time.Time) time.Time { return fromMicros(micros(t)) }
