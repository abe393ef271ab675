package webhook

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// TestWaitingFormatsAreToldOfOnce lets deliveries of formats that are not known
// here come again and again, as they do at every claim.
func TestWaitingFormatsAreToldOfOnce(t *testing.T) {
	var log bytes.Buffer
	d := NewDispatcher(Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	for range 3 {
		for _, format := range []string{LetterName, "hark"} {
			d.try(t.Context(), Task{Endpoint: Endpoint{ID: "ep_" + format, Format: format}})
		}
	}
	if lines := strings.Split(strings.TrimSpace(log.String()), "\n"); len(lines) != 2 || !strings.Contains(lines[0], "letters wait") || !strings.Contains(lines[1], "format=hark") {
		t.Errorf("the log says\n%s", log.String())
	}
}

// TestFaultsAreToldAsTheyAre sees that a format's own words reach the party.
func TestFaultsAreToldAsTheyAre(t *testing.T) {
	if got := words(Result{Status: 550, Err: Fault("no such mailbox")}); got != "no such mailbox" {
		t.Errorf("told as %q", got)
	}
}
