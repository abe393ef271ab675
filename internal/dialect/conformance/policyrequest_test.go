package conformance

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/bookgate/bookgate/internal/server/metrics"
)

// ask makes a request of a route.
func (c *cells) ask(r routeRule, method string, cred credentialRule, g thing) answer {
	c.t.Helper()
	return c.serve(c.request(r, method, cred, g))
}

// request is the request of a route for a thing.
func (c *cells) request(r routeRule, method string, cred credentialRule, g thing) call {
	c.t.Helper()
	s := c.show[cred.surface][cred.name]()
	request := call{method: method, path: pathOf(r.path, g)}
	if r.field != "" {
		request = deviceCall(r.method, r.path, r.field, g)
		request.method = method
	}
	if r.body != "" && method == r.method {
		text, mediaType := bodies()[r.body]()
		request.body = g.with(text)
		if mediaType != "" {
			request.header = append(request.header, "Content-Type: "+mediaType)
		}
	}
	request.header = append(request.header, s.header...)
	if s.query != "" {
		joint := "?"
		if strings.Contains(request.path, "?") {
			joint = "&"
		}
		request.path += joint + s.query
	}
	return request
}

// pathOf fills a route's path for a thing. A variable that names nothing of it is
// a word of the path that is taken in any case.
func pathOf(path string, g thing) string {
	return strings.NewReplacer("{line}", "1", "{event}", "1", "{attempt}", "1", "{code}", "order-not-found", "{rel}",
		"orders", "{", "", "}", "").Replace(g.with(path))
}

// serve asks the server without a connection, so that thousands of cells are
// tried in seconds. A live stream ends once all that there is was sent.
func (c *cells) serve(request call) answer {
	c.t.Helper()
	ctx, stop := context.WithCancel(c.t.Context())
	defer stop()
	req := httptest.NewRequestWithContext(ctx, request.method, "http://orders.example.no"+request.path,
		strings.NewReader(request.body))
	for _, line := range request.header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Add(strings.TrimSuffix(name, ":"), value)
	}
	h := c.server.Config.Handler
	if request.path == metrics.Path {
		h = c.metrics
	}
	w := &streamReader{ResponseRecorder: httptest.NewRecorder(), leave: func() {
		for c.exchange.Waiters() == 0 && ctx.Err() == nil { // it waits once all that there is was sent
			time.Sleep(time.Millisecond / 5)
		}
		stop()
	}}
	func() {
		defer func() {
			if end := recover(); end != nil && end != http.ErrAbortHandler { // with which a stream is cut off
				panic(end)
			}
		}()
		h.ServeHTTP(w, req)
	}()
	c.count++
	if w.Code >= http.StatusInternalServerError {
		c.fail("%s %s: %d %s", request.method, request.path, w.Code, w.Body)
	}
	if request.method == http.MethodHead {
		w.Body.Reset() // as a connection does
	}
	return answer{w.Code, w.Header(), w.Body.String()}
}

// streamReader leaves a live stream when it has heard what there was at its
// beginning.
type streamReader struct {
	*httptest.ResponseRecorder
	leave func()
	once  sync.Once
}

// SetWriteDeadline is for the server, which sets one for every chunk.
func (s *streamReader) SetWriteDeadline(time.Time) error { return nil }

// Flush is called after each part of a stream.
func (s *streamReader) Flush() {
	s.ResponseRecorder.Flush()
	if strings.HasPrefix(s.Header().Get("Content-Type"), "text/event-stream") {
		s.once.Do(func() { go s.leave() })
	}
}
