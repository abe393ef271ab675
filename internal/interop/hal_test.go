//go:build all

package interop

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/harness"
)

// halEnv is what the scripts of HAL clients need: where to begin, how to log
// in, and three orders of two lines.
func halEnv(t *testing.T, g *gateway, prefix string) map[string]string {
	t.Helper()
	var orders []string
	for _, n := range []string{"1", "2", "3"} {
		orders = append(orders, string(harness.OrderXML(prefix+n, 2)))
	}
	text, err := json.Marshal(orders)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"BASE": g.Base, "ORDERS": string(text), "SENDER_ID": g.Scene.Sender.ID, "SENDER_SECRET": g.Scene.Sender.Secret,
		"RECEIVER_ID": g.Scene.Receiver.ID, "RECEIVER_SECRET": g.Scene.Receiver.Secret}
}

// TestKetting walks with ketting from the root to an answered line, pages by
// next, follows what it posted, and takes copies back.
func TestKetting(t *testing.T) {
	t.Parallel()
	g := start(t)
	var seen struct {
		Sent                  []struct{ Number, At string }
		Again                 string
		Listed                []string
		Editx                 string
		Lines, After, History []string
		Line, Order           string
		MayReduce, MayAnswer  bool
		Reduced               int
		Cancelable            bool
		Feed                  []int
	}
	node(t, "hal-ketting.mjs", halEnv(t, g, "ketting-"), &seen)
	if len(seen.Sent) != 3 || seen.Sent[2].Number != "ketting-3" || !strings.HasPrefix(seen.Sent[0].At, g.Base+"/v2/orders/") || seen.Again != seen.Sent[0].At {
		t.Errorf("sent %+v, and the first again: %s", seen.Sent, seen.Again)
	}
	for _, sent := range seen.Sent {
		if !slices.Contains(seen.Listed, sent.At) || len(seen.Listed) != 3 {
			t.Errorf("%s is not once in %q", sent.At, seen.Listed)
		}
	}
	if !strings.HasPrefix(seen.Editx, "application/xml") || !slices.Equal(seen.Lines, []string{"SENT", "SENT"}) || seen.Line != "RECEIVED" || seen.Order != "SENT" ||
		!slices.Equal(seen.After, []string{"RECEIVED", "REJECTED"}) {
		t.Errorf("the order is read and answered as %+v", seen)
	}
	if want := []string{"received", "processed", "marked", "marked", "answered"}; !slices.Equal(seen.History, want) {
		t.Errorf("history %q, want %q", seen.History, want)
	}
	if seen.MayReduce || seen.MayAnswer || seen.Cancelable || seen.Reduced != -1 || !slices.Equal(seen.Feed, []int{2, 2}) {
		t.Errorf("what may be done is %+v", seen)
	}
}

// TestTraverson does the same with traverson, whose steps are the links.
func TestTraverson(t *testing.T) {
	t.Parallel()
	g := start(t)
	var seen struct {
		Status, Listed, Answered, ByTemplate, Event, Next, Cancelled int
		Sent, Editx, Line                                            string
		Lines, After, History                                        []string
	}
	node(t, "hal-traverson.mjs", halEnv(t, g, "traverson-"), &seen)
	if seen.Status != 201 || seen.Sent != "traverson-3" || seen.Listed == 0 || !strings.HasPrefix(seen.Editx, "application/xml") || seen.Answered != 200 ||
		seen.ByTemplate != 200 || seen.Event != 1 || seen.Next != 1 || seen.Cancelled != 200 || seen.Line != "REJECTED" {
		t.Errorf("seen %+v", seen)
	}
	if !slices.Equal(seen.Lines, []string{"SENT", "SENT"}) || !slices.Equal(seen.After, []string{"RECEIVED", "REJECTED"}) || len(seen.History) != 5 {
		t.Errorf("lines %q, then %q; history %q", seen.Lines, seen.After, seen.History)
	}
}
