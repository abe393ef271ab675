package client

import (
	"testing"
	"time"
)

// TestSince reads days and times as people write them.
func TestSince(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC) // a Saturday
	for in, want := range map[string]string{
		"today": "2026-11-21T00:00:00Z", "Yesterday": "2026-11-20T00:00:00Z", "monday": "2026-11-16T00:00:00Z",
		"saturday": "2026-11-21T00:00:00Z", "3d": "2026-11-18T00:00:00Z", "2h": "2026-11-21T07:30:00Z",
		"2026-11-01": "2026-11-01T00:00:00Z", "2026-11-01 08:15": "2026-11-01T08:15:00Z", "2026-11-01T08:15:00+01:00": "2026-11-01T07:15:00Z",
		"2026-02-30": "", "": "", "-2h": "", "-1d": "", "20261101": "",
	} {
		got, err := parseSince(in, now)
		if (err == nil) != (want != "") || err == nil && got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%q is %s, %v; want %q", in, got, err, want)
		}
	}
}
