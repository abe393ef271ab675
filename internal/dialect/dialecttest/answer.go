package dialecttest

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Call makes a request. Header is names and values by turns.
func (h *Fixture) Call(method, path, body string, header ...string) Answer {
	h.T.Helper()
	req, err := http.NewRequestWithContext(h.T.Context(), method, h.Server.URL+path, strings.NewReader(body))
	check(h.T, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	check(h.T, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(h.T, err)
	return Answer{res.StatusCode, res.Header, string(text)}
}

// Bearer is the header under which a key is shown, and none where there is no
// such key.
func (h *Fixture) Bearer(key string) []string {
	if h.Keys[key] == "" {
		return nil
	}
	return []string{"Authorization", "Bearer " + h.Keys[key]}
}

// DropEmpty returns the names and values of a header without the empty ones.
func DropEmpty(header ...string) (given []string) {
	for i := 0; i < len(header); i += 2 {
		if header[i+1] != "" {
			given = append(given, header[i], header[i+1])
		}
	}
	return given
}

// Want wants a status, and words in the body.
func (a Answer) Want(t testing.TB, status int, words ...string) Answer {
	t.Helper()
	if a.Status != status {
		t.Fatalf("status %d, want %d\n%s", a.Status, status, a.Body)
	}
	for _, word := range words {
		if !strings.Contains(a.Body, word) {
			t.Errorf("%q is not in\n%s", word, a.Body)
		}
	}
	return a
}
