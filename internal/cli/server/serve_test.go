package server

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/bookgate/bookgate/internal/app"
)

// hostileText has what a terminal acts on, and what it shows as it is.
const hostileText = "NR\u202e1000-KO\u202c A\u2066B\u2069\u2028C\u2029 \u200fD\u061c \x1b[2J\x07\u009b1m \u00adE\ufeff\u200b \U000e0041 æøå €"

func actsOnTerminal(r rune) bool {
	return r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// TestLogIsHarmless: order numbers and answers of receivers stand in it.
func TestLogIsHarmless(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		settings := app.Config{LogFormat: format, LogLevel: "info"}
		sink := newSink(&out, settings)
		newLog(sink, settings).Info("a delivery failed", "number", hostileText)
		sink.Close(logPatience)
		var entry map[string]string
		if format == "json" && (json.Unmarshal(out.Bytes(), &entry) != nil || entry["number"] != hostileText) {
			t.Errorf("%q", out.String())
		}
		if strings.ContainsFunc(out.String(), actsOnTerminal) || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%s: %q", format, out.String())
		}
	}
}
