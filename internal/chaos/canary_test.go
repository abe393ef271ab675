//go:build all

package chaos

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// kind is what a place is that something is written into.
type kind string

// The places. What may stand where is said with each canary.
const (
	inLog      kind = "log" // and crash dump
	inMetrics  kind = "metrics"
	inRefusal  kind = "refusal"
	inCommand  kind = "command" // what commands print, and completion
	inProcess  kind = "process" // the command line that others can see
	inFile     kind = "file"    // temporary files, histories, profiles
	inStore    kind = "store"
	inCopy     kind = "backup"
	inReceiver kind = "receiver" // requests to receivers
	inMail     kind = "mail"
)

// place is what was written somewhere.
type place struct {
	kind kind
	name string
	text []byte
}

// canary is a secret, or something about a person, that is looked for in all
// places. It may stand where it has to.
type canary struct {
	what    string
	text    string
	allowed []kind
}

// mark begins every canary that a run makes up itself, so that all of them are
// found by looking for it.
const mark = "kanari"

// marked finds such canaries in their own form.
var marked = regexp.MustCompile(`(?i)` + mark + `[0-9]{7}`)

// aviary has the canaries of a run, and what it wrote.
type aviary struct {
	mu     sync.Mutex
	made   map[string]canary // by mark and number
	issued []canary          // what the program made, such as tickets
	places []place
}

func newAviary() *aviary { return &aviary{made: map[string]canary{}} }

// secret makes a text that may stand in the allowed places alone.
func (a *aviary) secret(what string, allowed ...kind) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := fmt.Sprintf("%s%07d", mark, len(a.made))
	a.made[id] = canary{what, id + "hemmelig", allowed}
	return a.made[id].text
}

// hold takes a text that the program or a person made; "" is a fault of the run.
func (a *aviary) hold(what, text string, allowed ...kind) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.issued = append(a.issued, canary{what, text, allowed})
	return text
}

// wrote keeps what was written.
func (a *aviary) wrote(k kind, name string, text []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.places = append(a.places, place{k, name, text})
}

// hits looks for every canary in every place, in all forms in which it could
// stand there.
func (a *aviary) hits() (found []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	report := func(p place, c canary, form string, at int) {
		from, to := max(0, at-80), min(len(p.text), at+60)
		found = append(found, fmt.Sprintf("%s (%s) is in the %s %s: %q", c.what, form, p.kind, p.name, p.text[from:to]))
	}
	ofMark := encoded(mark)
	ofIssued := make([]map[string]string, len(a.issued))
	for i, c := range a.issued {
		ofIssued[i] = forms(c.text)
	}
	for _, p := range a.places {
		seen := map[string]bool{}
		for _, at := range marked.FindAllIndex(p.text, -1) {
			id := strings.ToLower(string(p.text[at[0]:at[1]]))
			if c, ok := a.made[id]; ok && !seen[id] && !slices.Contains(c.allowed, p.kind) {
				seen[id] = true
				report(p, c, "as it is", at[0])
			}
		}
		if p.kind != inStore && p.kind != inCopy && p.kind != inMail { // these have documents, encoded as they came
			for form, text := range ofMark {
				if at := bytes.Index(p.text, []byte(text)); at >= 0 {
					report(p, canary{what: "a canary"}, form, at)
				}
			}
		}
		for i, c := range a.issued {
			if slices.Contains(c.allowed, p.kind) {
				continue
			}
			for form, text := range ofIssued[i] {
				if at := bytes.Index(p.text, []byte(text)); at >= 0 {
					report(p, c, form, at)
				}
			}
		}
	}
	return found
}

// partLength is how much of a long secret is looked for: texts are cut.
const partLength = 16

// forms are a text and what it becomes in other encodings; of a long one its
// beginning behind the prefix that all of its kind have, and its end.
func forms(text string) map[string]string {
	all := map[string]string{}
	parts := map[string]string{"as it is": text}
	if len(text) > 2*partLength {
		begin := strings.LastIndexAny(text[:partLength], "_-") + 1
		parts = map[string]string{"its beginning": text[begin : begin+partLength], "its end": text[len(text)-partLength:]}
	}
	for name, part := range parts {
		all[name] = part
		for form, other := range encoded(part) {
			if other != part {
				all[name+", "+form] = other
			}
		}
	}
	return all
}

// encoded are the encodings of a text. Base64 has three forms, by where the text
// stands in what was encoded.
func encoded(text string) map[string]string {
	escaped, _ := json.Marshal(text)
	all := map[string]string{
		"hexadecimal": hex.EncodeToString([]byte(text)), "HEXADECIMAL": strings.ToUpper(hex.EncodeToString([]byte(text))),
		"percent-encoded": url.QueryEscape(text), "in a path": url.PathEscape(text), "in HTML": html.EscapeString(text),
		"in JSON": string(bytes.Trim(escaped, `"`)), "in ASCII": strings.Trim(strconv.QuoteToASCII(text), `"`),
		"every byte percent-encoded": percentAll(text),
	}
	for shift := range 3 {
		for name, coding := range map[string]*base64.Encoding{"base64": base64.StdEncoding, "base64url": base64.URLEncoding} {
			whole := coding.EncodeToString([]byte(strings.Repeat("\x00", shift) + text + "\x00\x00"))
			first, last := (8*shift+5)/6, (8*(shift+len(text)))/6 // characters that the text alone decides
			all[fmt.Sprintf("%s, %d", name, shift)] = whole[first:last]
		}
	}
	for form, other := range all {
		if other == text {
			delete(all, form)
		}
	}
	return all
}

func percentAll(text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, "%%%02X", text[i])
	}
	return b.String()
}
