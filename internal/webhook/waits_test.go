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
		for format, url := range map[string]string{"some-mail": "mailto:a@b.example", "hark": "https://a.example"} {
			d.Try(t.Context(), Task{Endpoint: Endpoint{ID: "ep_" + format, Format: format, URL: url}})
		}
	}
	if text := log.String(); strings.Count(text, "\n") != 2 || strings.Count(text, "letters wait") != 1 || strings.Count(text, "format=hark") != 1 {
		t.Errorf("the log says\n%s", text)
	}
}

// TestFaultsAreToldAsTheyAre sees that a format's own words reach the party.
func TestFaultsAreToldAsTheyAre(t *testing.T) {
	if got := resultText(Result{Status: 550, Err: Fault("no such mailbox")}); got != "no such mailbox" {
		t.Errorf("told as %q", got)
	}
}
