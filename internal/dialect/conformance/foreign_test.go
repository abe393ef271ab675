package conformance

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// checkForeign wants the target as it was, and nothing of it in the answer but
// the name that it was asked for by, and what was answered before it was there.
func (w *world) checkForeign(op operation, p probe, at target, a, before answer, state string) {
	w.t.Helper()
	if diff := cmp.Diff(state, w.state(at)); diff != "" {
		w.t.Errorf("%s moved it:\n%s", p.name, diff)
	}
	if op.does == creates {
		return // the asker's own has the same words in it
	}
	asked := op.call(at)
	for _, word := range slices.Concat(at.names(), personal()) {
		if strings.Contains(a.body, word) && !strings.Contains(asked.path+asked.body+before.body, word) {
			w.t.Errorf("%s is shown %q:\n%s", p.name, word, a.body)
		}
	}
}

// checkAlike compares what is answered for the target with what was answered for
// one that is not there.
func (w *world) checkAlike(p probe, at, absent target, a, before answer) {
	w.t.Helper()
	visible := func(a answer, names []string) string {
		head := http.Header{}
		for _, name := range []string{"Content-Type", "WWW-Authenticate", "Location", "ETag", "Allow", "Cache-Control", "Last-Modified"} {
			if values := a.header.Values(name); len(values) > 0 {
				head[name] = values
			}
		}
		var b strings.Builder
		b.WriteString(http.StatusText(a.status) + "\n")
		if err := head.Write(&b); err != nil {
			w.t.Error(err)
		}
		text := b.String() + a.body
		for i, name := range names {
			if name != "" {
				text = strings.ReplaceAll(text, name, "NAME"+string(rune('0'+i)))
			}
		}
		return masked(text)
	}
	if diff := cmp.Diff(visible(before, absent.names()), visible(a, at.names())); diff != "" {
		w.t.Errorf("%s can tell what is foreign from what is not there (-not there +foreign):\n%s", p.name, diff)
	}
}
