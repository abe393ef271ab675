package server

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

func TestRequestIDIsEchoedOrReplaced(t *testing.T) {
	h := open(t, nil)
	for _, given := range []string{"a", "01JD4Z8M2K", "Root=1-5759e988-bd862e3fe1be46a994272793", strings.Repeat("x", 128)} {
		if r := h.do("GET", "/orders", nil, requestIDHeader, given); r.Header.Get(requestIDHeader) != given {
			t.Errorf("id %q came back as %q", given, r.Header.Get(requestIDHeader))
		}
	}
	seen := map[string]bool{}
	for _, given := range []string{"", strings.Repeat("x", 129), "a b", `a"b`, "é", "a{b", "a,b"} {
		r := h.do("GET", "/nothing", nil, requestIDHeader, given)
		id := r.Header.Get(requestIDHeader)
		if id == given || !safeID(id) || seen[id] {
			t.Errorf("id %q was answered with %q", given, id)
		}
		seen[id] = true
	}
	r := h.do("GET", "/orders", nil, requestIDHeader, "one", requestIDHeader, "two")
	if id := r.Header.Get(requestIDHeader); id == "one" || id == "two" || len(r.Header.Values(requestIDHeader)) != 1 {
		t.Errorf("two ids were answered with %q", r.Header.Values(requestIDHeader))
	}
}

func TestLogLineHoldsTheRecord(t *testing.T) {
	h := open(t, nil)
	h.do("GET", "/orders/4db955a8?password=hush", nil, requestIDHeader, "r1", "Authorization", "Boknett TGT-1-hush")
	entry := h.log.line(t, "request", "r1")
	want := map[string]any{"level": "INFO", "method": "GET", "route": "/orders/{id}", "status": 200.0, "bytes": 8.0,
		"party": "7045", "actor": "bokhandel", "order": "4db955a8", "code": "some-code", "notes": "date-weekday"}
	for name, value := range want {
		if entry[name] != value {
			t.Errorf("%s is %v in the log, want %v", name, entry[name], value)
		}
	}
	if ms, ok := entry["ms"].(float64); !ok || ms < 0 {
		t.Errorf("ms is %v", entry["ms"])
	}
	if strings.Contains(h.log.String(), "hush") {
		t.Errorf("the log holds a secret:\n%s", h.log)
	}
}

func TestLogHoldsNoPathsAndNoTickets(t *testing.T) {
	h := open(t, nil)
	h.do("DELETE", "/v1/tickets/TGT-1-hush-login", nil, requestIDHeader, "known")
	h.do("DELETE", "/v1/ticket/TGT-1-hush-login", nil, requestIDHeader, "unknown")
	h.do("PUT", "/v1/tickets/TGT-1-hush-login?x=hush", nil, requestIDHeader, "method")
	if entry := h.log.line(t, "request", "known"); entry["route"] != "/v1/tickets/{TGT}" {
		t.Errorf("route %v", entry["route"])
	}
	if entry := h.log.line(t, "request", "unknown"); entry["route"] != "" || entry["code"] != "not-found" {
		t.Errorf("entry %v", entry)
	}
	if entry := h.log.line(t, "request", "method"); entry["route"] != "/v1/tickets/{TGT}" || entry["code"] != "method-not-allowed" {
		t.Errorf("entry %v", entry)
	}
	// The rest of a form whose length was counted wrong stands before the method
	// of the next request.
	if r := h.do("hushGET", "/orders", nil, requestIDHeader,
		"rest"); r.StatusCode != http.StatusMethodNotAllowed || strings.Contains(r.body, "hush") {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	if entry := h.log.line(t, "request", "rest"); entry["method"] != "other" {
		t.Errorf("entry %v", entry)
	}
	if strings.Contains(h.log.String(), "hush") {
		t.Errorf("the log holds a ticket:\n%s", h.log)
	}
}

func TestHeadIsLoggedWithoutBytes(t *testing.T) {
	h := open(t, nil)
	h.do("HEAD", "/orders", nil, requestIDHeader, "head")
	if entry := h.log.line(t, "request", "head"); entry["method"] != "HEAD" || entry["route"] != "/orders" || entry["bytes"] != 0.0 {
		t.Errorf("entry %v", entry)
	}
}

func TestHealthIsLoggedQuietly(t *testing.T) {
	h := open(t, nil)
	h.do("GET", "/healthz", nil, requestIDHeader, "h")
	if entry := h.log.line(t, "request", "h"); entry["level"] != slog.LevelDebug.String() {
		t.Errorf("level %v", entry["level"])
	}
}

func TestPanicIsAProblemAndALogEntry(t *testing.T) {
	h := open(t, nil)
	r := h.do("GET", "/panic", nil, requestIDHeader, "p1")
	wantProblem(t, r, http.StatusInternalServerError, "internal")
	for _, word := range []string{"secret", "goroutine", ".go", "panic", "runtime"} {
		if strings.Contains(r.body, word) {
			t.Errorf("the answer shows %q: %s", word, r.body)
		}
	}
	if r.Header.Get("ETag") != "" {
		t.Error("the answer keeps a header of the one that failed")
	}
	if entry := h.log.line(t, "panic", "p1"); !strings.Contains(entry["stack"].(string), "story_test.go") {
		t.Errorf("no stack in the log: %v", entry)
	}
	if entry := h.log.line(t, "request", "p1"); entry["level"] != "ERROR" || entry["status"] != 500.0 || entry["failure"] != "panic: secret of the server" {
		t.Errorf("entry %v", entry)
	}
	if r := h.do("GET", "/orders", nil); r.StatusCode != http.StatusOK {
		t.Error("the server does not go on")
	}
}

func TestLateFailureCutsTheConnection(t *testing.T) {
	h := open(t, nil)
	for _, path := range []string{"/late", "/abort"} {
		conn := h.dial()
		conn.Write([]byte("GET " + path + " HTTP/1.1\r\nHost: x\r\nX-Request-Id: late" + path[1:] + "\r\n\r\n"))
		whole := readsAsWhole(conn)
		conn.Close()
		if whole {
			t.Errorf("%s: half an answer reads like a whole one", path)
		}
		if entry := h.log.line(t, "request", "late"+path[1:]); entry["level"] != "ERROR" || entry["notes"] != "answer cut off" {
			t.Errorf("%s: entry %v", path, entry)
		}
	}
}
