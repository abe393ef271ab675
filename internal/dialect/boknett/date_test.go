package boknett

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/internal/reqlog"
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
		"Thu, 28 Apr 2016 08:01:22 GMT+0000",
		"Thu, 28 Apr 2016 10:01:22 GMT+0200",
		"Thu, 28 Apr 2016 10:01:22 GMT+02:00",
		"Thu, 28 Apr 2016 10:01:22 GMT+2",
		"Thu, 28 Apr 2016 10:01:22 UTC+2",
		"Thu, 28 Apr 2016 10:01:22 UTC+02",
		"Thu, 28 Apr 2016 10:01:22 utc+2:00",
		"Thu, 28 Apr 2016 03:01:22 GMT-5",
		"Thu, 28 Apr 2016 03:01:22 UT-05:00",
		"Thu, 28 Apr 2016 13:31:22 GMT+5:30",
		"Thu, 28 Apr 2016 03:01:22 GMT\u221205:00",
		"Thu, 28 Apr 2016 08:01:22 +0000 (UTC)",
		"Thu, 28 Apr 2016 08:01:22 +00:00",
		"Thu Apr 28 10:01:22 GMT+02:00 2016",
		"Thu Apr 28 2016 10:01:22 GMT+0200 (Central European Summer Time)",
		"Thu Apr 28 2016 08:01:22 GMT+0000 (Coordinated Universal Time)",
		"Thu Apr 28 2016 10:01:22 GMT+0200 (sentraleuropeisk sommertid)",
		"Thu. 28 Apr. 2016 08:01:22 GMT",
		"Thur, 28 Apr 2016 08:01:22 GMT",
		"Thurs., 28 Apr. 2016 08:01:22 GMT",
		"Thursday, 28-Apr-2016 08:01:22 UTC",
		"Thu,\u00a028\u00a0Apr 2016 08:01:22 GMT",
		"Thu, 28 Apr 2016 8:01:22 GMT",
		"Thu Apr 28 8:01:22 2016",
		"Thursday, 28-Apr-16 8:01:22 GMT",
		"THURSDAY, 28-APR-16 8:01:22 GMT",
		"thursday, 28-apr-16 08:01:22 gmt",
		"tHu, 28-Apr-16 8:01:22 UTC",
		"Thursday, 28-Apr-16 06:01:22 GMT-2",
		"Apr 28 08:01:22,2016",          // the comma is no part of the time
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
		"Thu, 1 Sept 2016 08:01:22 GMT":  time.Date(2016, 9, 1, 8, 1, 22, 0, time.UTC),
		"Thu, 1 sept. 2016 08:01:22 GMT": time.Date(2016, 9, 1, 8, 1, 22, 0, time.UTC),
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
		"Thu, 28 Apr 2016 09:01:22 GMT+1500":                   {"date-zone", "Zone GMT+1500"},
		"Thu, 28 Apr 2016 09:01:22 GMT+":                       {"date-zone", "Zone GMT+"},
		"Thu, 28 Apr 2016 09:01:22 GMT+010":                    {"date-zone", "Zone GMT+010"},
		"Thu, 28 Apr 2016 09:01:22 GMT+01:0":                   {"date-zone", "Zone GMT+01:0"},
		"Thu, 28 Apr 2016 09:01:22 GMT1":                       {"date-zone", "Zone GMT1"},
		"Thu, 28 Apr 2016 09:01:22 CET+01:00":                  {"date-zone", "Zone CET+01:00"},
		"Thu, 28 Apr 2016 09:01:22 Z+01:00":                    {"date-zone", "Zone Z+01:00"},
		"Thu, 28 Apr 2016 09:01:22 Etc/GMT-1":                  {"date-zone", "Zone Etc/GMT-1"},
		"Thu, 28 Apr 2016 10:01:22 Europe/Oslo":                {"date-zone", "Zone Europe/Oslo"},
		"Thu, 28 Apr 2016 10:01:22 Central European Time":      {"date-zone", "Zone Central European Time"},
		"Thu Apr 28 10:01:22 Central European Time 2016":       {"date-zone", "Zone Central European Time"},
		"Thu Apr 28 2016 10:01:22 CEST (Oslo)":                 {"date-zone", "Zone CEST"},
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
		"Thursday, 28-Apr-16 10:01:22 CEST":                    {"date-zone", "Zone CEST"},
		"Thursday, 28-Apr-16 8:01:22 EST":                      {"date-zone", "Zone EST"},
		"thu, 28-apr-16 8:01:22 cest":                          {"date-zone", "Zone cest"},
		"Thursday, 28-Apr-16 10:01:22 +02":                     {"date-zone", "GMT, UTC and offsets such as +0200"},
		"Thursday, 28-Apr-16 10:01:22 GMT+23":                  {"date-zone", "Zone GMT+23"},
		"Thursday, 28-Apr-16 10:01:22 XYZZY":                   {"date-zone", "Zone XYZZY"},
		"Thu, 28 Apr 2016 :01:22 GMT":                          {"date-malformed", "RFC 1123"},
		"Thu, 28 Apr 2016 8:1:22 GMT":                          {"date-malformed", "RFC 1123"},
		"Thu, 28 Apr 2016 008:01:22 GMT":                       {"date-malformed", "RFC 1123"},
		"Thu, 28 Apr 2016 08:01:22. GMT":                       {"date-malformed", "RFC 1123"},
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

// TestDateLanguage is named by day and month together, and by all where several
// have both.
func TestDateLanguage(t *testing.T) {
	for s, want := range map[string]string{
		"må., 30 nov. 2026":              `"må." is Norwegian.`,
		"ma, 30 marrask. 2026":           `"ma" is Finnish.`,
		"mán., 30 nóv. 2026":             `"mán." is Icelandic.`,
		"mán., 30 nov. 2026":             `"mán." is Faroese.`,
		"mån, 30 nov. 2026":              `"mån" is Swedish.`,
		"man., 30 nov. 2026":             `"man." is Norwegian or Danish.`,
		"mandag 30. november 2026 kl.":   `"mandag" is Norwegian or Danish.`,
		"man., 4 maj 2026":               `"man." is Danish.`,
		"man. 4 mai 2026":                `"man." is Norwegian.`,
		"ma, 30 nov 2026":                `"ma" is Norwegian, Danish, Dutch or Romanian.`,
		"ti, 1 joulukuuta 2026":          `"ti" is Finnish.`,
		"Mo., 30 Nov. 2026":              `"Mo." is German.`,
		"Mi., 2 Dez. 2026":               `"Mi." is German.`,
		"di, 1 dec. 2026":                `"di" is Dutch.`,
		"lun., 30 nov. 2026":             `"lun." is French`,
		"mar., 1 déc. 2026":              `"mar." is French.`,
		"mar., 3 nov. 2026":              `"mar." is French`,
		"mar, 1 dic 2026":                `"mar" is Spanish or Italian.`,
		"lunes, 30 de noviembre de 2026": `"lunes" is Spanish.`,
		"gio, 3 dic 2026":                `"gio" is Italian.`,
		"pon., 30 lis 2026":              `"pon." is Polish`,
		"E, 30 nov 2026":                 `"E" is Estonian.`,
		"pirmd., 30 nov. 2026":           `"pirmd." is Latvian.`,
		"pr, 30 lapkr. 2026":             `"pr" is Lithuanian.`,
		"Mon, 30 marts 2026":             `"marts" is Danish or Latvian.`,
		"Mon, 30 okt. 2026":              `"okt." is Norwegian, Swedish, Danish, German, Icelandic, Faroese or another language.`,
		"30 novembre 2026 à":             `"novembre" is French`,
		"понедельник, 30 ноября 2026":    `"понедельник" is Russian.`,
		"m?n., 30 n?v. 2026":             `"m?n." is Icelandic.`,
		"l?rdag, 28 nov 2026":            `"l?rdag" is Norwegian, Swedish or Danish.`,
		"m\xe5., 30 nov. 2026":           `"må." is Norwegian.`,
		"vuos, 30 skáb 2026":             `"vuos" is Northern Sami.`,
	} {
		_, err := parseDate(s+" 08:01:22 GMT", spring)
		if order.CodeOf(err) != "date-language" || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", s, err, want)
		}
	}
	for _, s := range []string{"Mon, 30 Nvember 2026", "Mandy, 30 Nov 2026", "??, 30 Nov 2026", "Mon, 30 ??? 2026"} {
		if _, err := parseDate(s+" 08:01:22 GMT", spring); order.CodeOf(err) != "date-malformed" {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// TestDateNames reads the list of languages whole.
func TestDateNames(t *testing.T) {
	seen := map[string]bool{}
	for l := range languages() {
		words := map[string]int{}
		for line := range strings.Lines(l.names) {
			kind, names, _ := strings.Cut(line, " ")
			words[kind] += len(strings.Fields(names))
		}
		if seen[l.name] || words["d"] < 7 || words["m"] < 12 || len(words) != 2 {
			t.Errorf("%s: %v", l.name, words)
		}
		seen[l.name] = true
	}
	if len(seen) < 35 {
		t.Errorf("%d languages", len(seen))
	}
}

// TestSkewIsReported wants it of dates that are refused too, and of none that
// cannot be read.
func TestSkewIsReported(t *testing.T) {
	var seen []time.Duration
	a := New(Config{Now: func() time.Time { return spring }, Skewed: func(apart time.Duration) { seen = append(seen, apart) }})
	for _, at := range []time.Duration{0, -time.Minute, 2 * time.Hour} {
		a.checkDate([]string{spring.Add(at).Format(http.TimeFormat)}, a.skew, &reqlog.Event{})
	}
	a.checkDate([]string{"yesterday"}, a.skew, &reqlog.Event{})
	a.checkDate(nil, a.skew, &reqlog.Event{})
	if len(seen) != 3 || seen[0] != 0 || seen[1] != time.Minute || seen[2] != -2*time.Hour {
		t.Errorf("seen %v", seen)
	}
}

// TestDateHints wants the next step in every refusal.
func TestDateHints(t *testing.T) {
	w := newWorld(t)
	for at, says := range map[time.Duration]string{
		61 * time.Minute: "one hour", -2 * time.Hour: "two hours", 30 * time.Minute: "NTP", 48 * time.Hour: "NTP",
	} {
		p := w.get(buyer, "/orders?mode=ALL&fromDate=20260101000000", "Date: "+w.clock.Now().Add(at).Format(http.TimeFormat)).problem(t, http.StatusBadRequest, "date-skew")
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
		want, wantErr := http.ParseTime(s)
		if wantErr == nil && len(s) <= maxDate {
			wantAsNetHTTP(t, s, want, d, err)
		}
	})
}

// wantAsNetHTTP compares with what net/http reads. Refused on purpose, and by
// name, are zones that net/http takes for UTC whatever they are, and offsets that
// no place has. GMT+1 is read as what it says; and a year of two digits is the nearest to now, as RFC 9110 has
// it, and not the one before 2069.
func wantAsNetHTTP(t *testing.T, s string, want time.Time, d headerDate, err error) {
	t.Helper()
	zone, offset := want.Zone()
	signed, _ := strings.CutPrefix(zone, "GMT")
	guessed := zone != "UTC" && (zone == signed || max(offset, -offset) > maxOffset*3600 || len(signed) > 3)
	if guessed {
		if order.CodeOf(err) != "date-zone" || !strings.Contains(strings.ToUpper(err.Error()), "ZONE "+strings.ToUpper(zone)) {
			t.Errorf("%q: got %v, %v; net/http guesses %v", s, d.at, err, want)
		}
		return
	}
	if zone != "UTC" {
		want = want.Add(-time.Duration(offset) * time.Second) // net/http shows GMT+1 and reckons with GMT
	}
	if regexp.MustCompile(`-\d\d `).MatchString(s) {
		want = want.AddDate(century(want.Year()%100, spring.Year())-want.Year(), 0, 0)
	}
	if err != nil || !d.at.Equal(want) {
		t.Errorf("%q: got %v, %v; net/http reads %v", s, d.at, err, want)
	}
}

// TestDateIsReadAsNetHTTPReadsIt makes dates of every form that net/http reads,
// with what it tolerates in each part.
func TestDateIsReadAsNetHTTPReadsIt(t *testing.T) {
	long := []string{"Thursday", "THURSDAY", "thursday", "Monday", "sUNDAY"}
	short := []string{"Thu", "THU", "thu", "Mon", "sUN"}
	clocks := []string{"08:01:22", "8:01:22", "0:00:00", "23:59:59", "8:01:22.5", "08:01:22,25", "8:01:22.123456789", "8:01:22.1234567891"}
	zones := []string{"GMT", "UTC", "GMT+1", "GMT-5", "GMT+14", "GMT+15", "GMT+23", "GMT+012", "CEST", "CET", "EST", "MST",
		"PDT", "WITA", "ChST", "MeST", "AMST", "+03", "-05", "+00"}
	months := []string{"Apr", "APR", "apr"}
	read := 0
	try := func(s string) {
		if want, err := http.ParseTime(s); err == nil {
			read++
			d, err := parseDate(s, spring)
			wantAsNetHTTP(t, s, want, d, err)
		}
	}
	for _, clock := range fulltest.Cases(clocks, 3) {
		for _, month := range months {
			for _, day := range []string{"28", "01", "9", " 9"} {
				for _, name := range short {
					try(name + ", " + day + " " + month + " 2016 " + clock + " GMT")
					try(name + ",  " + day + "  " + month + " 2016  " + clock + "  GMT")
					try(name + " " + month + " " + day + " " + clock + " 2016")
				}
				if len(day) == 1 || day[0] == ' ' {
					continue
				}
				for _, name := range long {
					for _, zone := range fulltest.Cases(zones, 3) {
						for _, year := range []string{"16", "68", "99"} {
							try(name + ", " + day + "-" + month + "-" + year + " " + clock + " " + zone)
						}
					}
				}
			}
		}
	}
	if read < fulltest.Rounds(1000, 10_000) {
		t.Errorf("net/http reads %d of them", read)
	}
}
