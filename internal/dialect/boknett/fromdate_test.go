package boknett

import (
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	check(t, err)
	return z
}

func TestFromDate(t *testing.T) {
	for _, c := range []struct{ zone, written, want string }{
		{"Europe/Oslo", "20150101120000", "2015-01-01T11:00:00Z"},
		{"Europe/Oslo", "20260601120000", "2026-06-01T10:00:00Z"},
		{"Europe/Oslo", "20160229000000", "2016-02-28T23:00:00Z"},
		// Spring: the clocks go from 02:00 to 03:00 at 01:00 GMT.
		{"Europe/Oslo", "20260329015959", "2026-03-29T00:59:59Z"},
		{"Europe/Oslo", "20260329020000", "2026-03-29T01:00:00Z"},
		{"Europe/Oslo", "20260329023000", "2026-03-29T01:00:00Z"},
		{"Europe/Oslo", "20260329025959", "2026-03-29T01:00:00Z"},
		{"Europe/Oslo", "20260329030000", "2026-03-29T01:00:00Z"},
		{"Europe/Oslo", "20260329030001", "2026-03-29T01:00:01Z"},
		// Autumn: the hour from 02:00 comes twice, first as summer time.
		{"Europe/Oslo", "20261025015959", "2026-10-24T23:59:59Z"},
		{"Europe/Oslo", "20261025020000", "2026-10-25T00:00:00Z"},
		{"Europe/Oslo", "20261025023000", "2026-10-25T00:30:00Z"},
		{"Europe/Oslo", "20261025025959", "2026-10-25T00:59:59Z"},
		{"Europe/Oslo", "20261025030000", "2026-10-25T02:00:00Z"},
		{"America/New_York", "20260308023000", "2026-03-08T07:00:00Z"},
		{"America/New_York", "20261101013000", "2026-11-01T05:30:00Z"},
		{"Australia/Lord_Howe", "20260405014500", "2026-04-04T14:45:00Z"}, // half an hour twice
		{"UTC", "20260329023000", "2026-03-29T02:30:00Z"},
		{"UTC", "11000101000000", "1100-01-01T00:00:00Z"},
		{"UTC", "99991231235959", "9999-12-31T23:59:59Z"},
		{"UTC", "00000101000000", "0000-01-01T00:00:00Z"},
	} {
		got, err := parseFromDate(c.written, zone(t, c.zone))
		if err != nil || got.UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%s in %s: got %s, %v, want %s", c.written, c.zone, got.UTC().Format(time.RFC3339), err, c.want)
		}
	}
}

func TestFromDateRefused(t *testing.T) {
	for s, says := range map[string]string{
		"2015-01-01":                "fromDate must be 14 digits, YYYYMMDDHHMMSS; did you mean 20150101000000?",
		"20150101":                  "did you mean 20150101000000?",
		"201501011200":              "did you mean 20150101120000?",
		"2015-01-01T12:00:00Z":      "did you mean 20150101120000?",
		"2015-01-01 12:00:00.123":   "did you mean 20150101120000?",
		"2015-01-01T12:00:00+01:00": "did you mean 20150101120000?",
		"20150101120000.999":        "did you mean 20150101120000?",
		"2015":                      `got "2015"`,
		"yesterday":                 `got "yesterday"`,
		"99999999":                  `got "99999999"`,
		"-2015010112000":            "14 digits",
		"2015010112000٠":            "14 digits",
		"20150231120000":            "February 2015 has 28 days.",
		"20150229120000":            "February 2015 has 28 days.",
		"20150431120000":            "April 2015 has 30 days.",
		"20151301120000":            "There is no month 13",
		"20150001120000":            "There is no month 00",
		"20150100120000":            "There is no day 00",
		"20150101240000":            "There is no hour 24",
		"20150101126000":            "There is no minute 60",
		"20150101120060":            "There is no second 60",
	} {
		_, err := parseFromDate(s, time.UTC)
		if order.CodeOf(err) != "fromdate-invalid" || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %q", s, err, says)
		}
	}
}

// FuzzFromDate: what is accepted never lies behind the wall time that was
// asked for, in any zone, and is never refused when Go can read it.
func FuzzFromDate(f *testing.F) {
	for _, s := range []string{"20260329023000", "20261025023000", "20150231120000", "2015-01-01", "11000101000000", "00000000000000", ""} {
		f.Add(s)
	}
	oslo, howe := zone(f, "Europe/Oslo"), zone(f, "Australia/Lord_Howe")
	f.Fuzz(func(t *testing.T, s string) {
		for _, z := range []*time.Location{time.UTC, oslo, howe} {
			got, err := parseFromDate(s, z)
			plain, plainErr := time.ParseInLocation(fromDateLayout, s, z)
			if readable := plainErr == nil && len(s) == len(fromDateLayout); readable != (err == nil) {
				t.Fatalf("%q in %s: got %v, %v; time.Parse says %v, %v", s, z, got, err, plain, plainErr)
			}
			if err != nil {
				continue
			}
			if got.After(plain) && got.Sub(plain) > time.Hour || plain.Sub(got) > time.Hour {
				t.Fatalf("%q in %s: got %v, time.Parse %v", s, z, got, plain)
			}
			if earlier := got.Add(-time.Nanosecond).In(z).Format(fromDateLayout); earlier >= s && earlier[:10] == s[:10] {
				t.Fatalf("%q in %s: %v is not the earliest instant: before it the clocks show %s", s, z, got, earlier)
			}
		}
	})
}
