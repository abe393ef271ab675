package main

import (
	"strings"
	"testing"
)

// TestLeaseSettings reads what an operator decides about lease orders, and
// names what makes no sense.
func TestLeaseSettings(t *testing.T) {
	read := func(company, logo, refuse string) (leaseConfig, error) {
		var r settingReader
		l := r.leases(config{"lease-company": {Name: "lease-company", Value: company}, "lease-logo": {Name: "lease-logo", Value: logo}, "lease-refuse": {Name: "lease-refuse", Value: refuse}})
		return l, r.err
	}
	for refuse, want := range map[string][2]bool{"": {}, "sums": {true, false}, "sole-traders": {false, true}, "sums, sole-traders": {true, true}, "sole-traders,sums": {true, true}} {
		l, err := read("Eksempel Finans", "https://finans.example.no/logo.svg", refuse)
		if err != nil || l.sums != want[0] || l.legalOnly != want[1] || l.finance.Name != "Eksempel Finans" || l.finance.Logo != "https://finans.example.no/logo.svg" {
			t.Errorf("%q: %+v, %v", refuse, l, err)
		}
	}
	for place, bad := range map[string][3]string{
		"lease-refuse": {"A", "", "sum"}, "lease-company": {"", "", ""}, "lease-company cannot be": {"A\nB", "", ""}, "lease-logo": {"A", "javascript:alert(1)", ""},
	} {
		if _, err := read(bad[0], bad[1], bad[2]); err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, err := read(strings.Repeat("x", maxFirm+1), "", ""); err == nil {
		t.Error("a name longer than a line")
	}
}
