package installer

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/internal/jsontext"
)

// TestBodies sends what is no order: each is refused in the dialect's envelope,
// at the place where it is wrong, and nothing is stored.
func TestBodies(t *testing.T) {
	w := newWorld(t)
	good := text(t, draft(nil))
	inside := func(member string) string { return strings.TrimSuffix(good, "}") + "," + member + "}" }
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, c := range map[string]struct {
		body   string
		status int
		code   string
		says   string
	}{
		"empty":                  {" \n", 400, "json-malformed", "body is empty"},
		"BOM alone":              {"\xef\xbb\xbf", 400, "json-malformed", "empty"},
		"a comment":              {"{ // x\n}", 400, "json-malformed", "'/' where a name in quotes is wanted (line 1, column 3)"},
		"a comma missing":        {"{\n \"a\": 1\n \"b\": 2 }", 400, "json-malformed", "(line 3, column 2)"},
		"a comma too many":       {`{"a":1,}`, 400, "json-malformed", "} after a comma; take the comma away (line 1, column 8)"},
		"a bare word":            {`{"a": boolean}`, 400, "json-malformed", "the word boolean without quotes"},
		"no end":                 {`{"a": [1`, 400, "json-malformed", "the end of the body where a comma or ]"},
		"an open text":           {"{\"a\": \"x\n\"}", 400, "json-malformed", "a control character (0x0a) within quotes"},
		"a text cut off":         {`{"a": "x`, 400, "json-malformed", "never closed"},
		"single quotes":          {`{'a': 1}`, 400, "json-malformed", "where a name in quotes is wanted (line 1, column 2)"},
		"something behind":       {good + "  x", 400, "json-malformed", "after the end of the object"},
		"two orders":             {good + good, 400, "json-malformed", "after the end of the object"},
		"a list":                 {"[" + good + "]", 400, "json-malformed", "'[' where a JSON object begins"},
		"a text":                 {`"x"`, 400, "json-malformed", "'\"' where a JSON object begins"},
		"null":                   {" null", 400, "json-malformed", "'n' where a JSON object begins with { (line 1, column 2)"},
		"a number":               {"12", 400, "json-malformed", "'1' where a JSON object begins"},
		"a form":                 {"email=a&b=c", 400, "json-malformed", "'e' where a JSON object begins"},
		"no UTF-8":               {inside("\"name\":\"\xe5\""), 400, "json-malformed", "not UTF-8"},
		"a name twice":           {inside(`"email":"a@b.no"`), 400, "json-duplicate-key", `"email" stands twice`},
		"a name twice, escaped":  {inside(`"\u0065mail":"a@b.no"`), 400, "json-duplicate-key", `"email"`},
		"a name twice, deep":     {inside(`"metadata":{"a":[{"b":1,"b":2}]}`), 400, "json-duplicate-key", `"b"`},
		"a name twice, unknown":  {inside(`"x":1,"x":1`), 400, "json-duplicate-key", `"x"`},
		"nested too deep":        {inside(`"metadata":{"a":` + nested(maxDepth-1) + `}`), 400, "json-too-deep", "64 levels"},
		"nested ten thousand":    {inside(`"x":` + nested(20_000)), 400, "", ""},
		"too large":              {inside(`"metadata":{"a":"` + strings.Repeat("x", maxBody) + `"}`), 413, "body-too-large", "256 KiB"},
		"an offer of many lines": {inside(`"offer":{"lines":[` + strings.Repeat("{},", 1000) + `{}]}`), 400, "installation-fields", "offer.lines"},
	} {
		a := w.send("good", http.MethodPost, ordersPath, c.body)
		if a.status != c.status || a.StatusCode != c.status || c.code != "" && a.Code != c.code || !strings.Contains(a.Message, c.says) || a.Error != http.StatusText(c.status) {
			t.Errorf("%s: %d %.400s, want %s with %q", name, a.status, a.raw, c.code, c.says)
		}
	}
	for name, c := range map[string]struct{ body, header, value string }{
		"a form":   {good, "Content-Type", "application/x-www-form-urlencoded"},
		"a text":   {good, "Content-Type", "text/plain"},
		"XML":      {"<Order/>", "Content-Type", "application/xml"},
		"a zipped": {good, "Content-Encoding", "zstd"},
	} {
		if a := w.send("good", http.MethodPost, ordersPath, c.body, c.header, c.value); a.status != 415 || a.StatusCode != 415 || a.Error != "Unsupported Media Type" {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	if n := w.count(Source); n != 0 {
		t.Errorf("%d orders are stored of what was refused", n)
	}
}

// TestBodiesThatAreTaken tries what looks odd and is an order.
func TestBodiesThatAreTaken(t *testing.T) {
	w := newWorld(t)
	good := text(t, draft(nil))
	for name, c := range map[string]struct{ body, label string }{
		"BOM":              {"\xef\xbb\xbf" + good, "application/json"},
		"blanks":           {"\r\n\t " + good + " \n", "application/json"},
		"charset":          {good, "application/json; charset=utf-8"},
		"another JSON":     {good, "application/vnd.api+json"},
		"no label":         {good, ""},
		"as deep as taken": {strings.TrimSuffix(good, "}") + `,"x":` + strings.Repeat("[", maxDepth-1) + strings.Repeat("]", maxDepth-1) + "}", "application/json"},
	} {
		a := w.send("good", http.MethodPost, ordersPath, c.body, "Content-Type", c.label)
		if a.status != http.StatusCreated {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		} else if got := w.look("good", a.ID); got.status != http.StatusOK || !strings.Contains(got.raw, "ola@nordmann.no") {
			t.Errorf("%s, read: %d %s", name, got.status, got.raw)
		}
	}
}

// TestCutBody ends a request in the middle.
func TestCutBody(t *testing.T) {
	w := newWorld(t)
	answer := make(chan string, 1)
	go func() {
		answer <- dialecttest.Wire(t, w.Server, "POST /api/v1/order HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+w.Keys["good"]+"\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
	}()
	select {
	case got := <-answer:
		if !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.Contains(got, `"statusCode":400,"code":"body-unreadable"`) {
			t.Error(got)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("no answer")
	}
}

// FuzzReadOrder reads whatever comes: it is refused in words, or what is read is
// written and read again without a difference.
func FuzzReadOrder(f *testing.F) {
	for _, name := range []string{"seed-literal.txt", "seed-placeholders.json", "seed-repaired.json"} {
		f.Add([]byte(file(f, name)))
	}
	f.Add([]byte(text(f, draft(offering("a", "b")))))
	phones := newPhoneBook(MinPhones)
	f.Fuzz(func(t *testing.T, sent []byte) {
		in, err := readOrder(sent, phones)
		if err != nil {
			if e, _ := envelopeOf(t.Context(), err); e.StatusCode != http.StatusBadRequest || e.Message == "" {
				t.Fatalf("%q: %+v", sent, e)
			}
			return
		}
		written, err := jsontext.Marshal(in)
		check(t, err)
		again, err := readOrder(written, phones)
		check(t, err)
		twice, err := jsontext.Marshal(again)
		check(t, err)
		if !bytes.Equal(written, twice) {
			t.Fatalf("%s\n%s", written, twice)
		}
	})
}
