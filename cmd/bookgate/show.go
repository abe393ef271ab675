package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/order"
)

// listed is an order of a list in JSON.
type listed struct {
	ID      order.ID      `json:"id"`
	Number  string        `json:"number"`
	From    order.PartyID `json:"from"`
	To      string        `json:"to"`
	Status  string        `json:"status"`
	Created hal.Time      `json:"createdAt"`
	Updated hal.Time      `json:"updatedAt"`
	Reason  *order.Reason `json:"reason,omitempty"`
	File    *savedFile    `json:"file,omitempty"`
}

func newListed(e hal.Entry) listed {
	return listed{ID: e.ID, Number: e.Number, From: e.Buyer, To: e.Seller, Status: e.Status, Created: e.Created, Updated: e.Updated}
}

// newest keeps of every order its last entry: one that changes while a list is
// read stands there twice.
func newest(entries []hal.Entry) []hal.Entry {
	last := map[order.ID]int{}
	for i, e := range entries {
		last[e.ID] = i
	}
	kept := entries[:0]
	for i, e := range entries {
		if last[e.ID] == i {
			kept = append(kept, e)
		}
	}
	return kept
}

// The lengths at which an id is cut for people, group by group. Ids made in the
// same minute share the first group, so it would name too many orders.
const (
	idShort  = 13
	idLonger = 18
)

// idLength is the shortest cut at which all entries differ.
func idLength(entries []hal.Entry) int {
	for _, n := range []int{idShort, idLonger} {
		seen := map[string]bool{}
		for _, e := range entries {
			seen[shortID(e.ID, n)] = true
		}
		if len(seen) == len(entries) {
			return n
		}
	}
	return len(entries[0].ID)
}

// shortID shows the beginning of an id.
func shortID(id order.ID, length int) string {
	if len(id) <= length {
		return string(id)
	}
	return string(id[:length]) + "…"
}

// shortTime shows a time as people at the same place say it.
func shortTime(t, now time.Time) string {
	t = t.In(now.Location())
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch {
	case t.Before(midnight.AddDate(0, 0, -1)) || !t.Before(midnight.AddDate(0, 0, 1)):
		return t.Format("2006-01-02 15:04")
	case t.Before(midnight):
		return "yesterday " + t.Format("15:04")
	}
	return "today " + t.Format("15:04")
}

// parseSince reads a day or time as people write it; it is in the zone of now.
func parseSince(s string, now time.Time) (time.Time, error) {
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	days := map[string]int{"today": 0, "yesterday": 1}
	for back := range 7 {
		days[strings.ToLower(midnight.AddDate(0, 0, -back).Weekday().String())] = back
	}
	if back, ok := days[strings.ToLower(s)]; ok {
		return midnight.AddDate(0, 0, -back), nil
	}
	if n, ok := strings.CutSuffix(s, "d"); ok {
		if back, err := strconv.Atoi(n); err == nil && back >= 0 {
			return midnight.AddDate(0, 0, -back), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04", time.DateTime, time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("--since %q is no day or time\n  Write 2026-11-21, \"2026-11-21 08:00\", monday, yesterday, 3d or 2h", order.Cut(s))
}

// counted writes a number with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
