package hal

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/order"
)

// page is a feed with everything that a change can be.
func page() order.FeedPage {
	at := time.Date(2026, 11, 21, 11, 18, 41, 120_000, time.FixedZone("", 3600))
	o := school()
	return order.FeedPage{Head: 20, Acknowledged: 12, More: true, Changes: []order.Change{
		{Number: 13, Order: o.ID, OrderNumber: o.Number, Event: 1, Kind: order.EventReceived, At: at, To: order.Unprocessed, Side: order.RoleSender},
		{Number: 14, Kind: order.EventHidden, At: at.Add(time.Second)},
		{Number: 15, Order: o.ID, OrderNumber: "«7» \"a\"\n", Event: 3, Kind: order.EventMarked, At: at.Add(time.Minute), Line: 2,
			From: order.Sent, To: order.FulfilledAssigned, Side: order.RoleReceiver},
		{Number: 16, Order: o.ID, OrderNumber: o.Number, Event: 4, Kind: "retired", At: at.Add(time.Hour), Side: order.RoleSender | order.RoleReceiver},
	}}
}

func TestFeedDocuments(t *testing.T) {
	s, p := second(t), page()
	golden(t, "v2-feed.json", AppendFeed(nil, &p, "qk3v", "?after=12&limit=4", "?after=16&limit=4", s))
	golden(t, "v2-feed-empty.json", AppendFeed(nil, &order.FeedPage{Head: 20, Acknowledged: 20}, "qk3v", "?after=20", "?after=20", s))
	golden(t, "v2-feed-ack.json", AppendAcknowledged(nil, 20, 16, "qk3v", s))
}

// TestFeedIsReadAsWritten: what is appended by hand is what the structs say,
// byte for byte.
func TestFeedIsReadAsWritten(t *testing.T) {
	p := page()
	written := AppendFeed(nil, &p, "qk3v", "?after=12", "?after=16", second(t))
	feed, err := ParseFeed(written)
	if err != nil {
		t.Fatal(err)
	}
	if c := feed.Changes[2]; !c.Time.Equal(p.Changes[2].At) || c.OrderNumber != p.Changes[2].OrderNumber || c.To != "FULLFILLED_ASSIGNED_ORGANIZATION" {
		t.Errorf("read %+v", c)
	}
	if diff := cmp.Diff(tree(t, written), tree(t, pretty(t, feed))); diff != "" {
		t.Errorf("-appended +marshalled:\n%s", diff)
	}
	a, err := ParseAcknowledged(AppendAcknowledged(nil, 20, 16, "qk3v", second(t)))
	if err != nil || a.Head != 20 || a.Acknowledged != 16 || a.Links.Feed.Href != "https://api.order.boknett.no/v2/feed?after=16&epoch=qk3v" || a.Epoch != "qk3v" {
		t.Errorf("read %+v, %v", a, err)
	}
}

// tree is a document with its times as instants, for their digits differ.
func tree(t *testing.T, document []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(document, &v); err != nil {
		t.Fatal(err)
	}
	for _, c := range v.(map[string]any)["changes"].([]any) {
		change := c.(map[string]any)
		at, err := time.Parse(time.RFC3339Nano, change["time"].(string))
		if err != nil {
			t.Fatal(err)
		}
		change["time"] = at
	}
	return v
}
