//go:build all

package interop

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/bookgate/bookgate/internal/harness"
)

// TestLanguages: a whole exchange by what comes with each language: log in,
// submit, poll, read the document, answer a line and see the answer, with Date
// headers and prices as the language writes them.
func TestLanguages(t *testing.T) {
	t.Parallel()
	type result struct {
		Submit, Poll, EDItX, Answer int
		Number, Status              string
	}
	for _, c := range []struct{ name, program, script string }{
		{"PHP", "php", "php/job.php"},
		{"Perl", "perl", "perl/job.pl"},
		{"Java", "java", "java/Job.java"},
		{"Python", "python3", "python/job.py"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := start(t)
			g.addUser(t, harness.Sender)
			g.addUser(t, harness.Receiver)
			number := "by " + c.name
			cmd := exec.CommandContext(t.Context(), c.program, c.script)
			cmd.Env = append(os.Environ(), "BASE="+g.Base, "PASSWORD="+password, "SENDER=u"+harness.Sender,
				"RECEIVER=u"+harness.Receiver, "TZ=Europe/Oslo")
			cmd.Stdin = bytes.NewReader(harness.OrderXML(number, 2))
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s %s: %v\n%s%s", c.program, c.script, err, out, stderr.Bytes())
			}
			var got result
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatalf("%s printed no JSON: %v\n%s", c.script, err, out)
			}
			if want := (result{202, 200, 200, 200, number, "FULFILLED"}); got != want {
				t.Errorf("it saw %+v, want %+v", got, want)
			}
		})
	}
}
