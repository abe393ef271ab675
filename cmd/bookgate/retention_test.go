package main

import (
	"testing"
	"time"
)

func TestHowLongSomethingIsKept(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"forever": 0, "0": 0, "1d": 24 * time.Hour, "400d": 400 * 24 * time.Hour, "10y": 3660 * 24 * time.Hour, "100y": mostKept, "36h": 36 * time.Hour,
	} {
		var r settingReader
		if got := r.keeping(origin{Value: value}); got != want || r.err != nil {
			t.Errorf("%s is %s, %v, want %s", value, got, r.err, want)
		}
	}
	for _, value := range []string{"", "d", "y", "-1d", "-1y", "0d", "1", "23h59m", "101y", "36601d", "9999999999999999999d", "1.5y", "1d12h", "400 days", "Forever", "1e3d"} {
		var r settingReader
		if got := r.keeping(origin{Value: value}); r.err == nil {
			t.Errorf("%q is taken as %s", value, got)
		}
	}
}

func TestDocumentsAreNotKeptLongerThanOrders(t *testing.T) {
	for pair, ok := range map[[2]string]bool{
		{"400d", "10y"}: true, {"1y", "1y"}: true, {"forever", "10y"}: true, {"2y", "forever"}: true, {"2y", "400d"}: false, {"25h", "1d"}: false,
	} {
		var r settingReader
		r.retention(origin{Name: "retain-documents", Value: pair[0]}, origin{Name: "retain-orders", Value: pair[1]})
		if (r.err == nil) != ok {
			t.Errorf("documents %s, orders %s: %v", pair[0], pair[1], r.err)
		}
	}
}
