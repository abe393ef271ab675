package hal

import (
	"encoding/json"
	"testing"
	"time"
)

// TestTime: every time has the same length, is read as it was written, and the
// zero time can be left out.
func TestTime(t *testing.T) {
	oslo := time.FixedZone("", 3600)
	for in, want := range map[time.Time]string{
		time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC):         `{"at":"2026-11-21T09:00:00.000000Z"}`,
		time.Date(2026, 11, 21, 9, 0, 0, 120000000, time.UTC): `{"at":"2026-11-21T09:00:00.120000Z"}`,
		time.Date(2026, 11, 21, 10, 0, 0, 123456789, oslo):    `{"at":"2026-11-21T09:00:00.123456Z"}`,
		time.Date(2026, 11, 21, 9, 0, 0, 999999999, time.UTC): `{"at":"2026-11-21T09:00:00.999999Z"}`,
		{}: `{}`,
	} {
		var doc struct {
			At Time `json:"at,omitzero"`
		}
		doc.At = NewTime(in)
		text, err := json.Marshal(doc)
		if err != nil || string(text) != want {
			t.Errorf("%s: got %s, want %s (%v)", in, text, want, err)
		}
		written := doc.At
		if err := json.Unmarshal(text, &doc); err != nil || !doc.At.Equal(written.Time) {
			t.Errorf("%s was read as %s (%v)", text, doc.At, err)
		}
	}
}
