//go:build all

package chaos

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// hastyHolds is how many orders a hasty front has in its hands at most: few
// enough that the gateway refuses none, so that only a kill loses any.
const hastyHolds = 16

// hastyFront plants the fault that a kill loop is there to find: standing
// before the gateway, it acknowledges an order first and passes it on later.
func hastyFront(t *testing.T, g *harness.Gateway) (base string, end func()) {
	t.Helper()
	held := make(chan struct{}, hastyHolds)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		held <- struct{}{}
		w.WriteHeader(http.StatusAccepted)
		go func() {
			passOn(g.Base+r.URL.Path, r.Header, body)
			<-held
		}()
	}))
	return front.URL, front.Close
}

func passOn(target string, header http.Header, body []byte) {
	req, err := http.NewRequest(http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return
	}
	req.Header = header.Clone()
	if res, err := http.DefaultClient.Do(req); err == nil {
		res.Body.Close()
	}
}

// frontPatience is how long an impatient front waits for an answer: longer than
// one takes while the database is there, and shorter than its absence.
const frontPatience = 300 * time.Millisecond

// impatientFront plants a gateway that takes the silence of its database for
// success: it acknowledges an order that is not answered in time, and stops
// the request.
func impatientFront(t *testing.T, g *harness.Gateway) (base string) {
	t.Helper()
	target, err := url.Parse(g.Base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{ResponseHeaderTimeout: frontPatience}
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusAccepted) }
	front := httptest.NewServer(proxy)
	t.Cleanup(front.Close)
	return front.URL
}

// lyingFront plants a gateway that takes a refusal of the disk for success: it
// turns every 503 into an acknowledgement.
func lyingFront(t *testing.T, g *harness.Gateway) (base string) {
	t.Helper()
	target, err := url.Parse(g.Base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(res *http.Response) error {
		if res.StatusCode == http.StatusServiceUnavailable {
			res.StatusCode = http.StatusAccepted
			res.Header.Set("Location", "/orders/00000000-0000-7000-8000-000000000000")
		}
		return nil
	}
	front := httptest.NewServer(proxy)
	t.Cleanup(front.Close)
	return front.URL
}
