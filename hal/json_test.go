package hal

import "time"

func parseCreated(text string, s Surface) (time.Time, error) {
	return time.ParseInLocation(createdLayout, text, s.Zone)
}
