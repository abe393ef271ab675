//go:build all

package chaos

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/bookgate/bookgate/internal/harness"
)

const (
	quickFlips   = 20
	quickPgFlips = 12
)

// TestBitFlips flips one bit in each of many stored documents, in SQLite's file
// itself, as a decaying disk does, and in PostgreSQL's rows, whose files have
// checksums of their own. A document is then served as it came in or not at all.
func TestBitFlips(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s stage) {
		bitFlips(t, s.engine, map[engine]int{sqlite: quickFlips, postgres: quickPgFlips}[s.engine])
	})
}

func bitFlips(t *testing.T, e engine, flips int) {
	scene := newScene(t, e)
	fillDocuments(t, scene, flips)
	documents := readDocuments(t, scene)
	flipAll(t, scene, documents)
	g := start(t, scene, "--log-level", "error")
	defer g.Stop()
	client := login(t, g, scene.Sender)
	var v verdicts
	for _, encoding := range []string{"identity", "gzip"} {
		for _, d := range documents {
			status, body := original(t, client, d.id, encoding)
			v.judge(d, status, body)
		}
	}
	figures(t, "%d bits flipped in stored documents, each asked for twice: %d refused, %d unharmed, %d wrong (%s)", len(documents), v.refused, v.unharmed, v.wrong, bound(len(documents)))
	if v.wrong > 0 || v.refused == 0 || len(documents) != flips {
		t.Errorf("%d wrong answers, %d refusals over %d documents of %d", v.wrong, v.refused, len(documents), flips)
	}
	bitFlipControl(t, scene, documents)
}

// bitFlipControl serves the same documents with a reader that checks nothing.
func bitFlipControl(t *testing.T, s harness.Scene, flipped []document) {
	var v verdicts
	now := map[string][]byte{}
	for _, d := range readDocuments(t, s) {
		now[d.id] = d.body
	}
	for _, d := range flipped {
		v.judge(d, http.StatusOK, unchecked(now[d.id]))
	}
	figures(t, "control, a reader that checks nothing: %d of %d documents wrong", v.wrong, len(flipped))
	if v.wrong == 0 {
		t.Error("control: a reader that checks nothing was not caught")
	}
}

// verdicts count how documents were served.
type verdicts struct{ refused, unharmed, wrong int }

func (v *verdicts) judge(d document, status int, body []byte) {
	switch {
	case status >= http.StatusInternalServerError && !bytes.Contains(body, []byte("<ItemDetail>")):
		v.refused++
	case status == http.StatusOK && bytes.Equal(body, bodyOf(d.number)):
		v.unharmed++
	default:
		v.wrong++
	}
}
