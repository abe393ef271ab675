package boknett

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/record"
	"github.com/bookgate/bookgate/order"
)

// spring is the time that the readable spellings below mean.
var spring = time.Date(2016, 4, 28, 8, 1, 22, 0, time.UTC)

func TestDateAccepted(t *testing.T) {
	for _, s := range []string{
		"Thu, 28 Apr 2016 08:01:22 GMT",
		"Thu, 28 Apr 2016 08:01:22 UTC",
		"Thu, 28 Apr 2016 08:01:22 UT",
		"Thu, 28 Apr 2016 08:01:22 Z",
		"Thu, 28 Apr 2016 08:01:22 gmt",
		"Thu, 28 Apr 2016 08:01:22 +0000",
		"Thu, 28 Apr 2016 08:01:22 -0000",
		"Thu, 28 Apr 2016 10:01:22 +0200",
		"Thu, 28 Apr 2016 10:01:22 +02:00",
		"Thu, 28 Apr 2016 03:31:22 -0430",
		"Thu, 28 Apr 2016 22:01:22 +1400",
		"Thu, 28 Apr 2016 08:01:22",
		"28 Apr 2016 08:01:22 GMT",
		"28 Apr 2016 08:01:22",
		"Thu 28 Apr 2016 08:01:22 GMT",
		"Thu,28 Apr 2016 08:01:22 GMT",
		"  Thu,  28  Apr  2016  08:01:22  GMT ",
		"thu, 28 apr 2016 08:01:22 GMT",
		"THU, 28 APR 2016 08:01:22 GMT",
		"Thursday, 28 April 2016 08:01:22 GMT",
		"Thu, 28 Apr 16 08:01:22 +0000",
		"Thursday, 28-Apr-16 08:01:22 GMT",
		"Thu, 28-Apr-2016 08:01:22 GMT",
		"Thursday, 28-Apr-16 08:01:22 UTC",
		"Thu Apr 28 08:01:22 2016",
		"Thu Apr 28 08:01:22 UTC 2016",
		"Apr 28 08:01:22 2016",
		"Fri, 28 Apr 2016 08:01:22 GMT", // the weekday is wrong, and not asked for
	} {
		d, err := parseDate(s, spring)
		if err != nil || !d.at.Equal(spring) {
			t.Errorf("%q: got %v, %v", s, d.at, err)
		}
		if wrong := strings.HasPrefix(s, "Fri"); wrong != (d.odd != "") {
			t.Errorf("%q: noted %q", s, d.odd)
		}
	}
	for s, want := range map[string]time.Time{
		"Sun, 1 May 2016 08:01:22 GMT":   time.Date(2016, 5, 1, 8, 1, 22, 0, time.UTC),
		"Sun, 01 May 2016 08:01:22 GMT":  time.Date(2016, 5, 1, 8, 1, 22, 0, time.UTC),
		"Sun May  1 08:01:22 2016":       time.Date(2016, 5, 1, 8, 1, 22, 0, time.UTC),
		"Mon, 29 Feb 2016 00:00:00 GMT":  time.Date(2016, 2, 29, 0, 0, 0, 0, time.UTC),
		"Sat, 31 Dec 2016 23:59:60 GMT":  time.Date(2016, 12, 31, 23, 59, 59, 0, time.UTC),
		"Friday, 28-Apr-95 08:01:22 GMT": time.Date(1995, 4, 28, 8, 1, 22, 0, time.UTC),
		"Thu, 01 Jan 1970 00:30:00 +0100": time.Date(1969, 12, 31, 23, 30, 0, 0,
			time.UTC),
	} {
		if d, err := parseDate(s, spring); err != nil || !d.at.Equal(want) || d.odd != "" {
			t.Errorf("%q: got %v (%s), %v, want %v", s, d.at, d.odd, err, want)
		}
	}
}

func TestDateRefused(t *testing.T) {
	for s, want := range map[string]struct{ code, says string }{
		"Thu, 28 Apr 2016 10:01:22 CEST":                       {"date-zone", "Zone CEST"},
		"Thu, 28 Apr 2016 09:01:22 CET":                        {"date-zone", "Zone CET"},
		"Thu, 28 Apr 2016 09:01:22 BST":                        {"date-zone", "Zone BST"},
		"Thu, 28 Apr 2016 09:01:22 GMT+0100":                   {"date-zone", "Zone GMT+0100"},
		"Thu, 28 Apr 2016 09:01:22 +1500":                      {"date-zone", "+1500"},
		"Thu, 28 Apr 2016 09:01:22 +01":                        {"date-zone", "+01"},
		"Thu, 28 Apr 2016 09:01:22 +0199":                      {"date-zone", "+0199"},
		"Thu Apr 28 10:01:22 CEST 2016":                        {"date-zone", "CEST"},
		"ti, 10 juni 2014 16:23:42 GMT":                        {"date-language", `"ti" is Norwegian`},
		"tor. 28 apr. 2016 08:01:22 GMT":                       {"date-language", `"tor." is Norwegian`},
		"lørdag, 28 Apr 2016 08:01:22 GMT":                     {"date-language", `"lørdag" is Norwegian`},
		"Thu, 28 mai 2016 08:01:22 GMT":                        {"date-language", `"mai" is Norwegian`},
		"Thu, 28 okt 2016 08:01:22 GMT":                        {"date-language", `"okt" is Norwegian`},
		"Thu, 28 des. 2016 08:01:22 GMT":                       {"date-language", `"des." is Norwegian`},
		"mån, 28 Apr 2016 08:01:22 GMT":                        {"date-language", `"mån" is Swedish`},
		"Thu, 28 maj 2016 08:01:22 GMT":                        {"date-language", `"maj" is Swedish`},
		"Thu, 28 marts 2016 08:01:22 GMT":                      {"date-language", `"marts" is Danish`},
		"Do, 28 Apr 2016 08:01:22 GMT":                         {"date-language", `"Do" is German`},
		"Thu, 28 Mär 2016 08:01:22 GMT":                        {"date-language", `"Mär" is German`},
		"l\xf8r, 28 Apr 2016 08:01:22 GMT":                     {"date-language", "is Norwegian"},
		"Xyz, 28 Apr 2016 08:01:22 GMT":                        {"date-malformed", `"Xyz"`},
		"Thu, 28 Abc 2016 08:01:22 GMT":                        {"date-malformed", `"Abc"`},
		"2016-04-28T08:01:22Z":                                 {"date-malformed", "RFC 1123"},
		"2016-04-28 08:01:22":                                  {"date-malformed", "RFC 1123"},
		"28.04.2016 08:01:22":                                  {"date-malformed", "RFC 1123"},
		"1461830482":                                           {"date-malformed", "RFC 1123"},
		"Thu, 28 Apr 2016 8:01:22 GMT":                         {"date-malformed", "RFC 1123"},
		"Thu, 28 Apr 2016 08:01 GMT":                           {"date-malformed", "RFC 1123"},
		"Thu, 28 Apr 2016":                                     {"date-malformed", "RFC 1123"},
		"Thu, 28 Apr 2016 08:01:22 GMT GMT":                    {"date-malformed", "RFC 1123"},
		"Thu, 28 Apr 2016 08:01:22 GMT, 28 Apr 2016":           {"date-malformed", "RFC 1123"},
		"Thu, 31 Apr 2016 08:01:22 GMT":                        {"date-malformed", "April 2016 has 30 days"},
		"Thu, 29 Feb 2015 08:01:22 GMT":                        {"date-malformed", "February 2015 has 28 days"},
		"Thu, 0 Feb 2015 08:01:22 GMT":                         {"date-malformed", "day 0"},
		"Thu, 28 Apr 2016 24:00:00 GMT":                        {"date-malformed", "24:00:00"},
		"Thu, 28 Apr 2016 08:60:22 GMT":                        {"date-malformed", "08:60:22"},
		"Thu, 28 Apr 2016 08:01:61 GMT":                        {"date-malformed", "08:01:61"},
		"Thu, 28 Apr 20166 08:01:22 GMT":                       {"date-malformed", "RFC 1123"},
		"GMT":                                                  {"date-malformed", "GMT"},
		",":                                                    {"date-malformed", "RFC 1123"},
		"-":                                                    {"date-malformed", "RFC 1123"},
		"Thu, 28 Apr 2016 08:01:22 " + strings.Repeat("G", 99): {"date-malformed", "characters"},
	} {
		_, err := parseDate(s, spring)
		if order.CodeOf(err) != want.code || order.KindOf(err) != order.Malformed || !strings.Contains(err.Error(), want.says) {
			t.Errorf("%q: got %v, want %s with %q", s, err, want.code, want.says)
		}
	}
}

// TestSkewIsTold wants it of dates that are refused too, and of none that
// cannot be read.
func TestSkewIsTold(t *testing.T) {
	var told []time.Duration
	a := New(Config{Now: func() time.Time { return spring }, Skewed: func(apart time.Duration) { told = append(told, apart) }})
	for _, at := range []time.Duration{0, -time.Minute, 2 * time.Hour} {
		a.checkDate([]string{spring.Add(at).Format(http.TimeFormat)}, a.skew, &record.Record{})
	}
	a.checkDate([]string{"yesterday"}, a.skew, &record.Record{})
	a.checkDate(nil, a.skew, &record.Record{})
	if len(told) != 3 || told[0] != 0 || told[1] != time.Minute || told[2] != -2*time.Hour {
		t.Errorf("told %v", told)
	}
}

// TestDateHints wants the next step in every refusal.
func TestDateHints(t *testing.T) {
	w := newWorld(t)
	for at, says := range map[time.Duration]string{
		61 * time.Minute: "one hour", -2 * time.Hour: "two hours", 30 * time.Minute: "NTP", 48 * time.Hour: "NTP",
	} {
		p := w.get(buyer, "/orders?mode=ALL&fromDate=20260101000000", "Date: "+w.clock.now().Add(at).Format(http.TimeFormat)).problem(t, http.StatusBadRequest, "date-skew")
		if !strings.Contains(p.Hint, says) || len(p.Errors) != 1 || p.Errors[0].Header != "Date" {
			t.Errorf("%s: %+v, want a hint with %q", at, p, says)
		}
	}
	p := w.get("", "/orders?mode=ALL&fromDate=20260101000000", "Authorization: Boknett "+ticketOf(buyer)).problem(t, http.StatusBadRequest, "date-missing")
	if !strings.Contains(p.Detail, "Date: Mon, 01 Jun 2026 10:00:00 GMT (now)") {
		t.Errorf("got %q", p.Detail)
	}
	twice := w.raw(buyer, "GET /orders?mode=ALL&fromDate=20260101000000 HTTP/1.1\nHost: HOST\nAuthorization: Boknett TICKET\nDate: DATE\nDate: Mon, 01 Jun 2026 10:00:01 GMT\n\n")
	if begins(t, twice, "400"); !strings.Contains(twice, "two different Date headers") {
		t.Errorf("got\n%s", twice)
	}
}

// FuzzDate: whatever comes, the parser answers with a time near what Go's own
// parser reads, or with a refusal of ours.
func FuzzDate(f *testing.F) {
	for _, s := range []string{"Thu, 28 Apr 2016 08:01:22 GMT", "Thu Apr 28 08:01:22 2016", "Thursday, 28-Apr-16 08:01:22 GMT", "ti, 10 juni 2014", "l\xf8r", "", " ", "28 Apr 2016 08:01:22 +0530", "Apr"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := parseDate(s, spring)
		if err != nil {
			if code := order.CodeOf(err); !strings.HasPrefix(code, "date-") {
				t.Fatalf("%q: %v", s, err)
			}
		} else if d.at.Year() < -1 || d.at.Year() > 10000 {
			t.Fatalf("%q: %v", s, d.at)
		}
		if want, wantErr := http.ParseTime(s); wantErr == nil && want.Year() >= 1970 && want.Year() < 2060 && (err != nil || !d.at.Equal(want)) {
			t.Fatalf("%q: got %v, %v; net/http reads %v", s, d.at, err, want)
		}
	})
}
