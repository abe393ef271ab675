package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"unicode"

	"github.com/bookgate/bookgate/internal/cli"
)

// hostileText has what a terminal acts on, and what it shows as it is.
const hostileText = "NR\u202e1000-KO\u202c A\u2066B\u2069\u2028C\u2029 \u200fD\u061c \x1b[2J\x07\u009b1m \u00adE\ufeff\u200b \U000e0041 æøå €"

func actsOnTerminal(r rune) bool {
	return r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// TestErrorsAreHarmless lets commands refuse what others wrote.
func TestErrorsAreHarmless(t *testing.T) {
	for _, args := range [][]string{
		{hostileText}, {"order", hostileText}, {"user", "add", hostileText, "--party", "7045"}, {"party", hostileText},
		{"editx", "check", hostileText}, {"backup", "verify", hostileText}, {"serve", "--listen", hostileText},
		{"serve", "--" + hostileText}, {"editx", "explain", hostileText}, {"config", "show", "--env-file", hostileText},
	} {
		var out, words bytes.Buffer
		code := run(context.Background(), args, cli.App{In: strings.NewReader(""), Out: &out, Err: &words, Environ: []string{"HOME=" + t.TempDir()}})
		if code == cli.ExitOK || words.Len() == 0 {
			t.Errorf("%q: exit %d, %q", args, code, words.String())
		}
		if strings.ContainsFunc(words.String()+out.String(), actsOnTerminal) {
			t.Errorf("%q says %q", args, words.String()+out.String())
		}
	}
}
