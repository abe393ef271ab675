package chaos

import (
	"bytes"
	"net/http"
	"testing"
)

const quickFlips = 100

// TestBitFlips flips one bit in each of many stored documents, in the file
// itself, as a decaying disk does. A document is then served as it came in or
// not at all.
func TestBitFlips(t *testing.T) {
	t.Parallel()
	bitFlips(t, quickFlips)
}

func bitFlips(t *testing.T, flips int) {
	scene := newScene(t)
	fillDocuments(t, scene, flips)
	documents := readDocuments(t, scene.Dir)
	flipAll(t, scene.Dir, documents)
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
	t.Logf("%d bits flipped in stored documents, each asked for twice: %d refused, %d unharmed, %d wrong (%s)", len(documents), v.refused, v.unharmed, v.wrong, bound(len(documents)))
	if v.wrong > 0 || v.refused == 0 || len(documents) != flips {
		t.Errorf("%d wrong answers, %d refusals over %d documents of %d", v.wrong, v.refused, len(documents), flips)
	}
	bitFlipControl(t, scene.Dir, documents)
}

// bitFlipControl serves the same documents with a reader that checks nothing.
func bitFlipControl(t *testing.T, dir string, flipped []document) {
	var v verdicts
	now := map[string][]byte{}
	for _, d := range readDocuments(t, dir) {
		now[d.id] = d.body
	}
	for _, d := range flipped {
		v.judge(d, http.StatusOK, unchecked(now[d.id]))
	}
	t.Logf("control, a reader that checks nothing: %d of %d documents wrong", v.wrong, len(flipped))
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
