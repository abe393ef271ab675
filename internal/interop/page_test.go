//go:build all

package interop

import (
	"slices"
	"testing"

	"github.com/bookgate/bookgate/internal/harness"
)

// TestPageListens lets each EventSource of npm listen as a page does, by stream
// tokens, and connect again behind the last event, also after a refusal.
func TestPageListens(t *testing.T) {
	t.Parallel()
	g := start(t)
	shop, err := g.Login(g.Sender)
	if err != nil {
		t.Fatal(err)
	}
	numbers := []string{"page-1", "page-2", "page-3"}
	for _, number := range numbers {
		if _, err := shop.Submit(harness.OrderXML(number, 1)); err != nil {
			t.Fatal(err)
		}
	}
	for _, client := range []string{"eventsource-2", "eventsource-3", "eventsource-4", "eventsource-5"} {
		t.Run(client, func(t *testing.T) {
			var got struct {
				Heard  []string `json:"heard"`
				Tokens int      `json:"tokens"`
			}
			node(t, "page.mjs", map[string]string{"CLIENT": client, "BASE": g.Base, "CLIENT_ID": g.Receiver.ID, "CLIENT_SECRET": g.Receiver.Secret, "LAST": numbers[2]}, &got)
			if !slices.Equal(got.Heard, numbers) || got.Tokens != 4 {
				t.Errorf("%+v, want each order once, and a token for each and one that was refused", got)
			}
		})
	}
}
