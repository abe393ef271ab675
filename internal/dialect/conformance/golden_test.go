package conformance

import (
	"bytes"
	"encoding/json"
	"flag"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// masked puts words in the place of what is different in every run.
func masked(text string) string {
	return dialecttest.Masks{
		{`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`, "UUID"},
		{`BG-[0-9A-Z]{5}-[0-9A-Z]{5}`, "BG-ID"},
		{`key_[0-9a-f]{16}`, "key_ID"},
		{`ep_[A-Z2-7]{26}`, "ep_ID"},
		{`"requestId": ?"[^"]+"`, `"requestId":"REQUEST"`},
		{`[0-9]{4}-[0-9]{2}-[0-9]{2}[TZ][0-9:.]+(Z|[+-][0-9:]+)?`, "TIME"},
		{`bkst_[A-Za-z0-9_-]{74,}`, "STREAM-TOKEN"},
		{`ended [0-9hms]+ ago`, "ended TIME ago"},
		{`<IssueDateTime>[^<]+<`, "<IssueDateTime>TIME<"},
		{`"issuedAt": "[^"]+"`, `"issuedAt": "TIME"`},
	}.Over(text)
}

// indented makes a JSON text easy to read and to compare.
func indented(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return b.String()
}

// book is a golden file in the making: the steps of a telling, each with what
// there was to be seen. Of what was seen at the step before, only the lines that
// changed are written.
type book struct {
	b    strings.Builder
	last map[string][]string
}

// write adds what a step showed.
func (k *book) write(step, view, text string) {
	if k.last == nil {
		k.last = map[string][]string{}
	}
	lines := strings.Split(masked(strings.TrimSpace(text)), "\n")
	before, seen := k.last[view]
	k.last[view] = lines
	if seen {
		lines = changed(before, lines)
	}
	k.b.WriteString("-- " + step + ": " + view + " --\n" + strings.Join(append(lines, ""), "\n"))
}

// changed returns the lines that went, behind a minus, and those that came,
// behind a plus, around the longest sequence that stayed.
func changed(before, after []string) (lines []string) {
	stay := make([][]int, len(before)+1) // how many lines stay behind each place in both
	stay[len(before)] = make([]int, len(after)+1)
	for i := len(before) - 1; i >= 0; i-- {
		stay[i] = make([]int, len(after)+1)
		for j := len(after) - 1; j >= 0; j-- {
			if stay[i][j] = max(stay[i+1][j], stay[i][j+1]); before[i] == after[j] {
				stay[i][j] = stay[i+1][j+1] + 1
			}
		}
	}
	for i, j := 0, 0; i < len(before) || j < len(after); {
		switch {
		case i < len(before) && j < len(after) && before[i] == after[j]:
			i, j = i+1, j+1
		case j == len(after) || i < len(before) && stay[i+1][j] >= stay[i][j+1]:
			lines, i = append(lines, "- "+before[i]), i+1
		default:
			lines, j = append(lines, "+ "+after[j]), j+1
		}
	}
	return lines
}

// compare holds a book against the one that is stored.
func (k *book) compare(t testing.TB, name string) {
	t.Helper()
	dialecttest.Compare(t, *update, "testdata/golden/"+name+".txt", k.b.String())
}
