package client_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

const someID = "0190a1b2-0000-7000-8000-0123456789ab"

// loggedIn answers every login.
func loggedIn(rw http.ResponseWriter, _ *http.Request) {
	rw.Header()["Boknett-TGT"] = []string{"TGT-1-x-example.no"}
	rw.WriteHeader(http.StatusCreated)
}

// scripted serves two handlers: one for logins, one for everything else.
func scripted(t *testing.T, login, rest http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/tickets", login)
	mux.HandleFunc("/", rest)
	s := httptest.NewUnstartedServer(mux)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

func newClient(t *testing.T, url string, change ...func(*client.Config)) *client.Client {
	t.Helper()
	c := client.Config{Base: url, User: "shop", Password: password}
	for _, f := range change {
		f(&c)
	}
	cl, err := client.New(c)
	check(t, err)
	return cl
}

const emptyList = `{"cursor":"abc","_embedded":{"bk:order":[]}}`

func list(t *testing.T, c *client.Client) error {
	_, err := c.List(t.Context(), client.Query{Mode: order.SentToMe})
	return err
}

// TestRetry lists which answers are tried again, and how long that waits.
func TestRetry(t *testing.T) {
	t.Parallel() // it waits
	for name, c := range map[string]struct {
		status     int
		retryAfter string
		tries      int
		pause      time.Duration
	}{
		"busy":           {503, "1", 2, time.Second},
		"throttled":      {429, "", 2, 250 * time.Millisecond},
		"bad gateway":    {502, "0", 2, 250 * time.Millisecond},
		"negative time":  {503, "-9", 2, 250 * time.Millisecond},
		"date":           {503, "Fri, 31 Dec 2999 23:59:59 GMT", 2, 250 * time.Millisecond},
		"long time":      {503, "6", 1, 0},
		"endless time":   {429, "99999999999999999", 1, 0},
		"internal error": {500, "", 1, 0},
		"refusal":        {422, "", 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var tries atomic.Int32
			url := scripted(t, loggedIn, func(rw http.ResponseWriter, _ *http.Request) {
				if tries.Add(1) == 1 {
					rw.Header().Set("Retry-After", c.retryAfter)
					rw.WriteHeader(c.status)
					return
				}
				io.WriteString(rw, emptyList)
			})
			var pause time.Duration
			err := list(t, newClient(t, url, func(cc *client.Config) { cc.Pause = func(d time.Duration) { pause = d } }))
			if int(tries.Load()) != c.tries || pause != c.pause || (err == nil) != (c.tries == 2) {
				t.Errorf("%d tries, pause %s, error %v; want %d and %s", tries.Load(), pause, err, c.tries, c.pause)
			}
		})
	}
}

// TestRetryEnds wants the last answer, not the library's words, after the last
// try.
func TestRetryEnds(t *testing.T) {
	var tries atomic.Int32
	url := scripted(t, loggedIn, func(rw http.ResponseWriter, _ *http.Request) {
		tries.Add(1)
		rw.Header().Set("Content-Type", "application/problem+json")
		rw.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(rw, `{"code":"store-busy","detail":"The store is busy.","hint":"Try again."}`)
	})
	err := list(t, newClient(t, url))
	want(t, err, order.Unavailable, "store-busy")
	if tries.Load() != 3 {
		t.Errorf("%d tries, want 3", tries.Load())
	}
}

// TestRetryAfterReachesCaller passes on a time that is too long to wait for.
func TestRetryAfterReachesCaller(t *testing.T) {
	url := scripted(t, loggedIn, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Retry-After", "23")
		rw.WriteHeader(http.StatusTooManyRequests)
	})
	err := list(t, newClient(t, url))
	var e *order.Error
	if !errors.As(err, &e) || e.Kind != order.TooMany || e.RetryAfter != 23*time.Second {
		t.Errorf("got %+v", err)
	}
}

// TestForeignAnswers are those of proxies and other programs.
func TestForeignAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		kind   order.Kind
		code   string
		words  []string
	}{
		"redirect": {func(rw http.ResponseWriter) {
			rw.Header().Set("Location", "https://elsewhere.example/login")
			rw.WriteHeader(http.StatusFound)
		}, order.Malformed, "redirected", []string{"302 Found", "https://elsewhere.example/login"}},
		"html error": {func(rw http.ResponseWriter) {
			rw.Header().Set("Content-Type", "text/html; charset=utf-8")
			rw.WriteHeader(http.StatusForbidden)
			io.WriteString(rw, "<html><script>secret</script></html>")
		}, order.Forbidden, "not-bookgate", []string{"403 Forbidden", "text/html"}},
		"html success": {func(rw http.ResponseWriter) {
			rw.Header().Set("Content-Type", "text/html")
			io.WriteString(rw, "<html>welcome</html>")
		}, order.Unavailable, "not-bookgate", []string{"200 OK", "text/html"}},
		"other json": {func(rw http.ResponseWriter) {
			io.WriteString(rw, `{"hello":"world"}`)
		}, order.Unavailable, "not-bookgate", []string{"200 OK"}},
		"empty": {func(rw http.ResponseWriter) { rw.WriteHeader(http.StatusNotFound) },
			order.NotFound, "not-bookgate", []string{"404 Not Found", "no reason"}},
		"strange status": {func(rw http.ResponseWriter) { rw.WriteHeader(599) },
			order.Internal, "not-bookgate", []string{"599"}},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			url := scripted(t, loggedIn, func(rw http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				c.answer(rw)
			})
			err := list(t, newClient(t, url))
			want(t, err, c.kind, c.code)
			if calls.Load() != 1 {
				t.Errorf("%d calls, want 1", calls.Load())
			}
			for _, word := range c.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q does not tell %q", err, word)
				}
			}
			if strings.Contains(err.Error(), "<html>") {
				t.Errorf("%q repeats the page", err)
			}
		})
	}
}

// TestNetworkWords wants plain words for what the network does.
func TestNetworkWords(t *testing.T) {
	t.Parallel() // it waits
	closed := httptest.NewServer(nil)
	closed.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(loggedIn))
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	defer secure.Close()
	plain := scripted(t, loggedIn, loggedIn)
	hung := scripted(t, hang, silent)
	cut := scripted(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Length", "100")
		rw.WriteHeader(http.StatusCreated)
		panic(http.ErrAbortHandler)
	}, silent)
	dropped := scripted(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, silent)
	for name, c := range map[string]struct{ url, words string }{
		"refused":     {closed.URL, "connection refused"},
		"unknown ca":  {secure.URL, "authority that is not known"},
		"no tls":      {strings.Replace(plain, "http:", "https:", 1), "does not speak https"},
		"hang":        {hung, "no answer in time"},
		"cut short":   {cut, "before the answer was complete"},
		"dropped":     {dropped, "before the answer was complete"},
		"other words": {garbage(t), "the connection failed"},
	} {
		t.Run(name, func(t *testing.T) {
			err := newClient(t, c.url, func(cc *client.Config) { cc.Timeout = 2 * time.Second }).Login(t.Context())
			want(t, err, order.Unavailable, "unreachable")
			if got := err.Error(); !strings.Contains(got, c.words) || strings.Contains(got, "dial tcp") || strings.Contains(got, "EOF") {
				t.Errorf("got %q, want %q and no noise", got, c.words)
			}
		})
	}
}

// broken is a network that fails in one way.
type broken struct{ err error }

func (b broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, b.err }

// TestNetworkCauses wants plain words for failures that cannot be brought
// about here, and no second try where it cannot help.
func TestNetworkCauses(t *testing.T) {
	t.Parallel() // it waits
	for words, c := range map[string]struct {
		err   error
		tries int
	}{
		"there is no host named orders.example.no":          {&net.DNSError{Err: "no such host", Name: "orders.example.no", IsNotFound: true}, 1},
		"the name orders.example.no could not be looked up": {&net.DNSError{Err: "server misbehaving", Name: "orders.example.no"}, 3},
		"no route to host":                    {&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ENETUNREACH}, 3},
		"its certificate is for another name": {&tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}}}, 1},
		"its certificate has ended":           {&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}, 1},
		"its certificate cannot be trusted":   {&tls.CertificateVerificationError{Err: errors.New("x509: odd")}, 1},
	} {
		t.Run(words, func(t *testing.T) {
			tries := 1
			err := newClient(t, "https://orders.example.no", func(cc *client.Config) {
				cc.HTTPClient = &http.Client{Transport: broken{c.err}}
				cc.Pause = func(time.Duration) { tries++ }
			}).Login(t.Context())
			want(t, err, order.Unavailable, "unreachable")
			if !strings.Contains(err.Error(), words) || tries != c.tries {
				t.Errorf("got %q after %d tries, want %q and %d", err, tries, words, c.tries)
			}
		})
	}
}

// hang answers never. The body is read, for only then the server notices that
// the client has left.
func hang(_ http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func silent(http.ResponseWriter, *http.Request) {}

// garbage is a server that speaks something else.
func garbage(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, "SSH-2.0-OpenSSH_9.2\r\n\r\n")
			conn.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

// TestEndlessBody must end by our own bound, not by memory.
func TestEndlessBody(t *testing.T) {
	url := scripted(t, loggedIn, func(rw http.ResponseWriter, r *http.Request) {
		chunk := make([]byte, 1<<20)
		for r.Context().Err() == nil {
			if _, err := rw.Write(chunk); err != nil {
				return
			}
		}
	})
	want(t, list(t, newClient(t, url)), order.Unavailable, "answer-too-large")
}

// TestCallerStopsWaiting wants the caller's own error back, at once.
func TestCallerStopsWaiting(t *testing.T) {
	url := scripted(t, loggedIn, hang)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	begun := time.Now()
	err := newClient(t, url).Each(ctx, client.Query{Mode: order.All}, func(hal.List) error { return nil })
	if !errors.Is(err, context.Canceled) || time.Since(begun) > time.Second {
		t.Errorf("got %v after %s", err, time.Since(begun))
	}
}

// TestLostAnswers drops the connection after the server has done its work: the
// next try must do no harm.
func TestLostAnswers(t *testing.T) {
	w := newWorld(t)
	var sends atomic.Int32
	w.front = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			lost := r.Method == http.MethodPost && (r.URL.Path == "/orders" || strings.HasSuffix(r.URL.Path, "/update"))
			if lost && sends.Add(1) == 1 {
				next.ServeHTTP(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			}
			next.ServeHTTP(rw, r)
		})
	}
	id := w.send("A-1", 1)
	shop := w.client("shop")
	n := 0
	check(t, shop.Each(t.Context(), client.Query{Mode: order.SentByMe}, func(l hal.List) error {
		n += len(l.Embedded.Orders)
		return nil
	}))
	if sends.Load() != 2 || n != 1 {
		t.Fatalf("%d requests made %d orders, want 2 and 1", sends.Load(), n)
	}
	sends.Store(0)
	line, err := shop.Reduce(t.Context(), id, order.Reduction{EAN: "9788202337926", Number: 1})
	check(t, err)
	doc, _, err := shop.Order(t.Context(), id)
	check(t, err)
	if sends.Load() != 2 || line.Number != 2 || len(doc.Embedded.Lines) != 2 {
		t.Errorf("%d requests, line %d, %d lines on the order; want 2, 2 and 2", sends.Load(), line.Number, len(doc.Embedded.Lines))
	}
}

// TestReduceAfterChange makes the reduction anew when the other side was
// faster.
func TestReduceAfterChange(t *testing.T) {
	w := newWorld(t)
	id := w.send("A-1", 1)
	publisher := w.client("publisher")
	var once atomic.Bool
	w.front = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/update") && once.CompareAndSwap(false, true) {
				if err := publisher.Mark(context.WithoutCancel(r.Context()), id, "", order.LineUpdate{Line: 1, Status: order.Received}); err != nil {
					t.Error(err)
				}
			}
			next.ServeHTTP(rw, r)
		})
	}
	line, err := w.client("shop").Reduce(t.Context(), id, order.Reduction{EAN: "9788202337926", Number: 1})
	check(t, err)
	if line.Quantity != -1 || line.Number != 2 {
		t.Errorf("added line %+v", line)
	}
}

// TestDigest refuses a document that changed on its way.
func TestDigest(t *testing.T) {
	w := newWorld(t)
	id := w.send("A-1", 1)
	w.front = func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			for k, v := range rec.Header() {
				rw.Header()[k] = v
			}
			rw.WriteHeader(rec.Code)
			io.WriteString(rw, strings.Replace(rec.Body.String(), "A-1", "A-7", 1))
		})
	}
	_, err := w.client("shop").EDItX(t.Context(), id, true)
	want(t, err, order.Unavailable, "digest-mismatch")
}
