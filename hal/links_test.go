package hal

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

// documents are all documents of both generations, each with all links that it
// can have.
func documents(t *testing.T) map[string][]byte {
	t.Helper()
	s, v0, o, p := second(t), legacy(t), answered(), page()
	all := order.Actions{Answer: []int{1, 2, 3}, Reduce: []int{1, 2}, Cancel: true}
	encode := func(doc any) []byte {
		b, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	return map[string][]byte{
		"legacy order":   AppendOrder(nil, &o, v0),
		"legacy line":    AppendLine(nil, o.ID, &o.Lines[0], v0),
		"order":          encode(NewOrder(&o, all, true, s)),
		"line":           encode(NewLine(o.ID, &o.Lines[0], all, s)),
		"history":        encode(NewHistory(o.ID, events(), s)),
		"event":          encode(NewEvent(o.ID, &events()[0], s)),
		"list":           encode(NewList([]order.Item{item()}, ListAddress{Self: "?a", First: "?b", Next: "?c"}, s)),
		"feed":           AppendFeed(nil, &p, "qk3v", "?after=12", "?after=16", s),
		"acknowledged":   AppendAcknowledged(nil, 20, 16, "qk3v", s),
		"webhook":        encode(NewWebhook("ep_1", true, s)),
		"paused webhook": encode(NewWebhook("ep_1", false, s)),
		"webhooks":       encode(NewWebhooks([]Webhook{NewWebhook("ep_1", true, s)}, s)),
		"delivery":       encode(NewDelivery("ep_1", "msg_1", o.ID, s)),
		"deliveries":     encode(NewDeliveries("ep_1", []Delivery{NewDelivery("ep_1", "msg_1", o.ID, s)}, "?limit=1", "?limit=1&before=x", s)),
		"attempt":        encode(NewAttempt("ep_1", "msg_1", 1, s)),
		"attempts":       encode(NewAttempts("ep_1", "msg_1", []Attempt{NewAttempt("ep_1", "msg_1", 1, s)}, s)),
	}
}

// resource is a HAL document, whole or embedded.
type resource struct {
	Links    map[string]json.RawMessage   `json:"_links"`
	Embedded map[string][]json.RawMessage `json:"_embedded"`
	Changes  []json.RawMessage            `json:"changes"`
}

// TestEveryResourceHasItsAddress: what is embedded has a self link, for clients
// drop it otherwise; no relation of a document is both a template and embedded,
// for clients follow it unexpanded; and a relation of ours never stands where no
// curie explains it.
func TestEveryResourceHasItsAddress(t *testing.T) {
	for name, body := range documents(t) {
		var doc resource
		if err := json.Unmarshal(body, &doc); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		ours := func(links map[string]json.RawMessage, of string) {
			for rel := range links {
				if strings.HasPrefix(rel, "bk:") && doc.Links["curies"] == nil {
					t.Errorf("%s: %s has %s, and no curie stands in the document", name, of, rel)
				}
			}
		}
		ours(doc.Links, "it")
		inner := doc.Changes
		for rel, resources := range doc.Embedded {
			inner = append(inner, resources...)
			var link Link
			if raw := doc.Links[rel]; raw != nil && (json.Unmarshal(raw, &link) != nil || link.Templated) {
				t.Errorf("%s: %s is a template and embedded", name, rel)
			}
		}
		for _, raw := range inner {
			var r struct {
				Links map[string]Link `json:"_links"`
			}
			if err := json.Unmarshal(raw, &r); err != nil || r.Links["self"].Href == "" {
				t.Errorf("%s: no self link in %s, %v", name, raw, err)
			}
			if r.Links["curies"].Href != "" {
				t.Errorf("%s: the curies stand once, above", name)
			}
		}
		if doc.Links["self"] == nil && name != "acknowledged" { // the answer to a change, with no address
			t.Errorf("%s has no self link: %s", name, slices.Sorted(maps.Keys(doc.Links)))
		}
	}
}

// TestLinksLeadToWhatMayBeDone: a link to a change is there when the reader may
// make it, and only then.
func TestLinksLeadToWhatMayBeDone(t *testing.T) {
	s, o := second(t), school()
	self := s.Order(o.ID)
	for name, c := range map[string]struct {
		may  order.Actions
		want OrderLinks
		line LineLinks
	}{
		"nothing": {},
		"an answer to the second line": {may: order.Actions{Answer: []int{2}},
			want: OrderLinks{Answer: Link{Href: self + "/lines/{line}", Templated: true}, Respond: Link{Href: self + "/response", Type: xmlType}},
			line: LineLinks{Answer: Link{Href: self + "/lines/2"}}},
		"copies of the second line back": {may: order.Actions{Reduce: []int{2}},
			want: OrderLinks{Reduce: Link{Href: self + "/update"}}, line: LineLinks{Reduce: Link{Href: self + "/update/2"}}},
		"the whole order back": {may: order.Actions{Reduce: []int{1}, Cancel: true},
			want: OrderLinks{Reduce: Link{Href: self + "/update"}, Cancel: Link{Href: self + "/cancellation"}}},
	} {
		doc := NewOrder(&o, c.may, false, s)
		got := OrderLinks{Answer: doc.Links.Answer, Respond: doc.Links.Respond, Reduce: doc.Links.Reduce, Cancel: doc.Links.Cancel, Original: doc.Links.Original}
		if line := doc.Embedded.Lines[1].Links; got.Answer != c.want.Answer || got.Respond != c.want.Respond || got.Reduce != c.want.Reduce ||
			got.Cancel != c.want.Cancel || got.Original != (Link{}) || line.Answer != c.line.Answer || line.Reduce != c.line.Reduce {
			t.Errorf("%s: got %+v and on the line %+v", name, got, line)
		}
	}
	if doc := NewOrder(&o, order.Actions{}, true, s); doc.Links.Original.Href != self+"/editx/original" {
		t.Errorf("original is at %q", doc.Links.Original.Href)
	}
	active, paused := NewWebhook("ep_1", true, s).Links, NewWebhook("ep_1", false, s).Links
	if active.Pause.Href == "" || active.Resume.Href != "" || paused.Pause.Href != "" || paused.Resume.Href == "" {
		t.Errorf("active: %+v, paused: %+v", active, paused)
	}
}
