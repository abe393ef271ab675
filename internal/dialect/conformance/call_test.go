package conformance

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
)

// call is a request: its first line, its header as lines of "Name: value", and
// its body.
type call struct {
	method, path string
	header       []string
	body         string
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// patience bounds an answer. A live stream has no end, and is read for a while:
// what there is to tell at its beginning comes at once.
const (
	patience         = 30 * time.Second
	patienceOfStream = 300 * time.Millisecond
)

// do sends a call. A live stream is read for a while; everything else to its
// end.
func (w *world) do(c call) answer {
	w.t.Helper()
	if w.instead != nil {
		return w.instead(c)
	}
	ctx, stop := context.WithTimeout(w.t.Context(), patience)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, c.method, w.server.URL+c.path, strings.NewReader(c.body))
	check(w.t, err)
	for _, line := range c.header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Add(name, value)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	check(w.t, err)
	defer res.Body.Close()
	streams := strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream")
	if streams {
		defer time.AfterFunc(patienceOfStream, stop).Stop()
	}
	body, err := io.ReadAll(res.Body)
	if !streams {
		check(w.t, err)
	}
	if res.StatusCode >= http.StatusInternalServerError {
		w.t.Errorf("%s %s: %s\n%s", c.method, c.path, res.Status, body)
	}
	return answer{res.StatusCode, res.Header, string(body)}
}

// want checks the status of an answer.
func (w *world) want(a answer, status int) answer {
	w.t.Helper()
	if a.status != status {
		w.t.Fatalf("status %d, want %d\n%s", a.status, status, a.body)
	}
	return a
}

// outcome is the status of an answer and the code of its error, wherever the
// dialect writes that.
func outcome(a answer) string {
	var e struct {
		Code   string
		Error  json.RawMessage
		Errors []struct{ Extensions struct{ Code string } }
	}
	status := strconv.Itoa(a.status)
	if json.Unmarshal([]byte(a.body), &e) != nil {
		return status // a page, or nothing
	}
	code := e.Code // of a problem document
	var inner struct{ Code string }
	switch {
	case len(e.Errors) > 0 && e.Errors[0].Extensions.Code != "":
		code = e.Errors[0].Extensions.Code
	case json.Unmarshal(e.Error, &inner) == nil:
		code = inner.Code
	case len(e.Error) > 0:
		code = strings.Trim(string(e.Error), `"`)
	}
	return strings.TrimSpace(status + " " + code)
}

// granted reports whether an outcome is that of a request that was carried out.
func granted(outcome string) bool { return len(outcome) == 3 && outcome[0] == '2' }

// requestFile returns the head and body of the request that a client sends, by the
// client's name.
func requestFile(name string) (head, body []byte, err error) {
	text, err := os.ReadFile("testdata/requests/" + name + ".http")
	head, body, _ = bytes.Cut(text, []byte("\n\n"))
	return head, body, err
}

// post sends a client's request over a socket as it stands, with a credential. The
// body is sent byte for byte as change leaves it.
func (w *world) post(d client, credential string, change func(body string) string, header ...string) answer {
	w.t.Helper()
	head, stored, err := requestFile(d.name)
	check(w.t, err)
	body := change(string(stored))
	filled := strings.NewReplacer("HOST", w.server.Listener.Addr().String(), "CREDENTIAL", credential, "DATE", w.now().Format(http.TimeFormat),
		"LENGTH", strconv.Itoa(len(body)), "\n", "\r\n").Replace(string(head) + "\n" + strings.Join(append(header, ""), "\n") + "\n")
	res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(dialecttest.Wire(w.t, w.server, filled+body))), nil)
	check(w.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(w.t, err)
	return answer{res.StatusCode, res.Header, string(text)}
}

// another is the body of a client's request under a number that nothing else in
// the tests has.
func another(name, number string) string {
	_, body, err := requestFile(name)
	if err != nil {
		panic(err) // the story has read it before
	}
	return strings.ReplaceAll(string(body), number, ninth(number))
}

// ninth is the number of another order.
func ninth(number string) string { return number[:len(number)-1] + "9" }
