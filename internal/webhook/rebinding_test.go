package webhook_test

import (
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/internal/webhook/receivertest"
)

func usual() webhook.TestLimits {
	return webhook.TestLimits{Dial: 5 * time.Second, Header: 5 * time.Second, Body: time.Second, Again: 10 * time.Millisecond}
}

// empty is a message that says nothing.
func empty() webhook.Message { return webhook.Message{Header: http.Header{}, Body: []byte("{}")} }

// TestANameThatChangesReachesNothing registers a name that is public, and then
// lets it lead to this machine, where a server listens.
func TestANameThatChangesReachesNothing(t *testing.T) {
	inside := receivertest.Listen(t, receivertest.Answer(200), receivertest.NewAuthority(t).Issue(t, nil))
	dns, resolver := serveNames(t, "93.184.216.34")
	_, port, _ := net.SplitHostPort(inside.Host())
	url := "https://rebind.test:" + port + "/hook"
	guard := webhook.NewGuard()
	ok(t, guard.CheckURL(t.Context(), url, resolver))
	limits := usual()
	limits.Names = resolver
	sender := webhook.NewTestSender(guard, nil, limits)
	for _, to := range []string{"127.0.0.1", "0.0.0.0", "169.254.169.254", "10.0.0.1", "127.0.0.53"} {
		dns.set(to)
		if r := sender.Post(t.Context(), url, empty()); r.Err == nil || r.Status != 0 || !strings.Contains(r.Err.Error(), "by design") {
			t.Errorf("%s: %+v", to, r)
		}
	}
	if n := inside.Conns.Load(); n != 0 {
		t.Errorf("%d connections reached what is inside", n)
	}
	if n := dns.count(); n < 6 {
		t.Errorf("the name was looked up %d times: it is remembered, so nothing was tested", n)
	}
	// The same name reaches the same place where the operator allows it, so
	// that the listener can be seen to count.
	dns.set("127.0.0.1")
	if r := webhook.NewTestSender(loopback(), nil, limits).Post(t.Context(), url, empty()); r.Err == nil || inside.Conns.Load() == 0 {
		t.Errorf("control: %+v, %d connections", r, inside.Conns.Load())
	}
}

// TestAddressesWrittenOddlyReachNothing sends to forms of 127.0.0.1 at a port
// where a server listens, past the check at registration.
func TestAddressesWrittenOddlyReachNothing(t *testing.T) {
	inside := receivertest.Listen(t, receivertest.Answer(200), nil)
	_, port, _ := net.SplitHostPort(inside.Host())
	_, resolver := serveNames(t, "127.0.0.1")
	limits := usual()
	limits.Names = resolver
	sender := webhook.NewTestSender(webhook.NewGuard(), nil, limits)
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "[::1]", "2130706433", "0x7f.1",
		"0177.0.0.1", "127.1", "a.test", "a.test.", "user@127.0.0.1", "[64:ff9b::7f00:1]", "[::127.0.0.1]", "[fe80::1%25lo]"} {
		if r := sender.Post(t.Context(), "http://"+host+":"+port+"/", empty()); r.Err == nil {
			t.Errorf("%s answered %d", host, r.Status)
		}
	}
	if n := inside.Conns.Load(); n != 0 {
		t.Errorf("%d connections reached what is inside", n)
	}
}

// TestProxiesOfTheEnvironmentAreIgnored sets every variable that programs read.
// The name is not a loopback name, for those are never sent to a proxy anyhow.
func TestProxiesOfTheEnvironmentAreIgnored(t *testing.T) {
	proxy, target := receivertest.Listen(t, receivertest.Answer(200), nil), receivertest.Listen(t, receivertest.Answer(200), nil)
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		t.Setenv(name, "http://"+proxy.Host())
	}
	_, port, _ := net.SplitHostPort(target.Host())
	limits := usual()
	_, limits.Names = serveNames(t, "127.0.0.1")
	r := webhook.NewTestSender(loopback(), nil, limits).Post(t.Context(), "http://shop.test:"+port+"/", empty())
	if r.Status != 200 || len(target.Requests()) != 1 || proxy.Conns.Load() != 0 {
		t.Errorf("%+v; the target heard %d requests, the proxy had %d connections", r, len(target.Requests()), proxy.Conns.Load())
	}
	req, _ := http.NewRequest(http.MethodPost, "http://shop.test/", nil)
	if to, err := http.ProxyFromEnvironment(req); err != nil || to == nil {
		t.Errorf("control: the environment names no proxy (%v, %v)", to, err)
	}
}

// TestConnectionsAreReused sends a few messages one after the other, to one
// receiver that is good beside one that is not: the good one's connection
// stays.
func TestConnectionsAreReused(t *testing.T) {
	good, bad := receivertest.Listen(t, receivertest.Drop, nil), receivertest.Listen(t, receivertest.Drop, nil)
	good.Good.Store(true)
	limits := usual()
	limits.Read = new(atomic.Int64)
	sender := webhook.NewTestSender(loopback(), nil, limits)
	for range 5 {
		if r := sender.Post(t.Context(), "http://"+good.Host(), empty()); r.Status != 204 {
			t.Fatalf("%+v", r)
		}
		if r := sender.Post(t.Context(), "http://"+bad.Host(), empty()); r.Err == nil {
			t.Fatalf("%+v", r)
		}
	}
	if n := good.Conns.Load(); n != 1 {
		t.Errorf("%d connections for five messages", n)
	}
	if limits.Read.Load() == 0 {
		t.Error("the bytes were not counted")
	}
}
