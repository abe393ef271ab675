package chaos

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

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
