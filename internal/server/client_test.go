package server

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
)

func trusted(words ...string) proxies {
	var nets []netip.Prefix
	for _, w := range words {
		nets = append(nets, netip.MustParsePrefix(w))
	}
	return newProxies(nets)
}

func TestClientIsTheLastThatIsNoProxy(t *testing.T) {
	p := trusted("10.0.0.0/8", "::ffff:172.16.0.0/108", "fd00::/8")
	const peer, client = "10.0.0.1:40000", "203.0.113.66"
	for name, c := range map[string]struct {
		peer          string
		xff, standard []string
		want          string
	}{
		"no proxy":                        {"198.51.100.1:5", []string{client}, []string{"for=" + client}, "198.51.100.1"},
		"a proxy that names none":         {peer, nil, nil, "10.0.0.1"},
		"one address":                     {peer, []string{client}, nil, client},
		"made up before it":               {peer, []string{"1.2.3.4, " + client}, nil, client},
		"made up in a line of its own":    {peer, []string{"1.2.3.4", client}, nil, client},
		"a chain of proxies":              {peer, []string{"1.2.3.4, " + client + ",10.9.9.9 , 172.17.0.1"}, nil, client},
		"only proxies":                    {peer, []string{"10.3.3.3, 10.2.2.2"}, nil, "10.3.3.3"},
		"with a port":                     {peer, []string{client + ":5123"}, nil, client},
		"IPv6":                            {peer, []string{"2001:db8::1"}, nil, "2001:db8::1"},
		"IPv6 with a port":                {peer, []string{"[2001:db8::1]:443"}, nil, "2001:db8::1"},
		"IPv6 in brackets":                {peer, []string{"[2001:db8::1]"}, nil, "2001:db8::1"},
		"IPv4 written as IPv6":            {"[::ffff:10.0.0.1]:9", []string{"::ffff:" + client}, nil, client},
		"a proxy over IPv6":               {"[fd00::1%eth0]:9", []string{client}, nil, client},
		"unknown":                         {peer, []string{client + ", unknown"}, nil, "10.0.0.1"},
		"unknown further away":            {peer, []string{"unknown, 10.2.2.2"}, nil, "10.2.2.2"},
		"nonsense":                        {peer, []string{client + ", 300.1.1.1"}, nil, "10.0.0.1"},
		"empty words":                     {peer, []string{client + ", ,"}, nil, client},
		"Forwarded":                       {peer, nil, []string{"for=1.2.3.4, For=" + client + ";proto=https;by=10.0.0.1"}, client},
		"Forwarded, for comes later":      {peer, nil, []string{`proto=http; FOR="` + client + `:80"`}, client},
		"Forwarded, lines":                {peer, nil, []string{"for=1.2.3.4", "for=" + client}, client},
		"Forwarded, IPv6":                 {peer, nil, []string{`for="[2001:db8:cafe::17]"`}, "2001:db8:cafe::17"},
		"Forwarded, IPv6 and port":        {peer, nil, []string{`for="[2001:db8:cafe::17]:4711", for=10.1.1.1`}, "2001:db8:cafe::17"},
		"Forwarded, obfuscated port":      {peer, nil, []string{`for="` + client + `:_gazonk"`}, client},
		"Forwarded, escapes":              {peer, nil, []string{`for="203\.0.113.66"`}, client},
		"Forwarded, no quotes":            {peer, nil, []string{`for=[2001:db8::7]:80`}, "2001:db8::7"},
		"Forwarded, obfuscated":           {peer, nil, []string{"for=" + client + ", for=_hidden"}, "10.0.0.1"},
		"Forwarded, unknown":              {peer, nil, []string{"for=" + client + ", for=unknown"}, "10.0.0.1"},
		"Forwarded without for":           {peer, nil, []string{"for=" + client + ", proto=https"}, "10.0.0.1"},
		"Forwarded, commas in quotes":     {peer, nil, []string{`for=` + client + `;host="a, for=1.2.3.4"`}, client},
		"Forwarded, left open":            {peer, nil, []string{`for=1.2.3.4;host="`, "for=" + client}, client},
		"Forwarded, left open, same line": {peer, nil, []string{`for=1.2.3.4;host=", for=` + client}, "10.0.0.1"},
		"Forwarded, for twice":            {peer, nil, []string{"for=" + client + ";for=1.2.3.4"}, "10.0.0.1"},
		"Forwarded, malformed":            {peer, nil, []string{client}, "10.0.0.1"},
		"Forwarded, empty elements":       {peer, nil, []string{", for=" + client + " , ,"}, client},
		"both agree":                      {peer, []string{"1.2.3.4, " + client}, []string{"for=" + client}, client},
		"both disagree":                   {peer, []string{client}, []string{"for=1.2.3.4"}, "10.0.0.1"},
		"one hides":                       {peer, []string{client}, []string{"for=unknown"}, "10.0.0.1"},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.xff, "Forwarded": c.standard}}
		got, disagree := p.client(r)
		if got.String() != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if disagree != (name == "both disagree" || name == "one hides") {
			t.Errorf("%s: disagree is %v", name, disagree)
		}
	}
	none := proxies(nil)
	if got, _ := none.client(&http.Request{RemoteAddr: "127.0.0.1:1", Header: http.Header{"X-Forwarded-For": {client}}}); got.String() != "127.0.0.1" {
		t.Errorf("without a proxy that is trusted it is %s", got)
	}
}

func FuzzForwarded(f *testing.F) {
	for _, seed := range []string{"for=192.0.2.43, for=198.51.100.17", `for="[2001:db8:cafe::17]:4711";by=_x`, `for="a\"b", ;;,`, "for", `for="`, "=,=;", "for=_hidden, for=unknown"} {
		f.Add(seed)
	}
	p := trusted("10.0.0.0/8")
	f.Fuzz(func(t *testing.T, left string) {
		// Whatever a client writes, what its proxy adds in a line of its own counts.
		for _, h := range []http.Header{{"Forwarded": {left, `for="203.0.113.66:1"`}}, {"X-Forwarded-For": {left, "203.0.113.66:1"}}} {
			if got, _ := p.client(&http.Request{RemoteAddr: "10.0.0.1:1", Header: h}); got.String() != "203.0.113.66" {
				t.Errorf("%q: %s", left, got)
			}
		}
		// In the same line it counts, or nothing does.
		got, _ := p.client(&http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{"Forwarded": {left + ", for=203.0.113.66"}}})
		if s := got.String(); s != "203.0.113.66" && s != "10.0.0.1" {
			t.Errorf("%q in the same line: %s", left, s)
		}
	})
}

// behind is a server whose proxies are on this machine.
func behind(t *testing.T, nets ...string) *fixture {
	return open(t, func(c *Config, l *limits) { c.Proxies, l.header = trusted(nets...), 300*time.Millisecond })
}

func (h *fixture) client(id string) any { return h.log.line(h.t, "request", id)["client"] }

func TestLogNamesTheClient(t *testing.T) {
	h := behind(t, "127.0.0.0/8")
	h.do("GET", "/orders", nil, "X-Request-Id", "one", "X-Forwarded-For", "1.2.3.4, 203.0.113.66")
	h.do("GET", "/orders", nil, "X-Request-Id", "two")
	h.do("GET", "/orders", nil, "X-Request-Id", "three", "X-Forwarded-For", "203.0.113.66", "Forwarded", "for=1.2.3.4")
	if one, two := h.client("one"), h.client("two"); one != "203.0.113.66" || two != "127.0.0.1" {
		t.Errorf("the clients are %v and %v", one, two)
	}
	if e := h.log.line(t, "request", "three"); e["client"] != "127.0.0.1" || !strings.Contains(e["notes"].(string), "disagree") {
		t.Errorf("headers that disagree: %v", e)
	}
	h = open(t, nil)
	h.do("GET", "/orders", nil, "X-Request-Id", "four", "X-Forwarded-For", "203.0.113.66", "Forwarded", "for=203.0.113.66")
	if four := h.client("four"); four != "127.0.0.1" {
		t.Errorf("from an address that is not trusted the client is %v", four)
	}
}

// proxyHeader is what a proxy sends before all else.
func proxyHeader(t *testing.T, version byte, source, destination net.Addr) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := proxyproto.HeaderProxyFromAddrs(version, source, destination).WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestProxyProtocol(t *testing.T) {
	h := behind(t, "127.0.0.0/8")
	tcp := func(host string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(host), Port: 4711} }
	local := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}
	local2 := &proxyproto.Header{Version: 2, Command: proxyproto.LOCAL, TransportProtocol: proxyproto.UNSPEC}
	var check bytes.Buffer
	if _, err := local2.WriteTo(&check); err != nil {
		t.Fatal(err)
	}
	for id, c := range map[string]struct{ before, header, want string }{
		"v1":          {proxyHeader(t, 1, tcp("203.0.113.66"), local), "", "203.0.113.66"},
		"v2":          {proxyHeader(t, 2, tcp("203.0.113.66"), local), "", "203.0.113.66"},
		"v1-IPv6":     {proxyHeader(t, 1, tcp("2001:db8::1"), tcp("2001:db8::2")), "", "2001:db8::1"},
		"v2-IPv6":     {proxyHeader(t, 2, tcp("2001:db8::1"), tcp("2001:db8::2")), "", "2001:db8::1"},
		"v1-unknown":  {"PROXY UNKNOWN\r\n", "", "127.0.0.1"},
		"v2-local":    {check.String(), "", "127.0.0.1"},
		"v2-socket":   {proxyHeader(t, 2, &net.UnixAddr{Net: "unix", Name: "/run/x"}, &net.UnixAddr{Net: "unix", Name: "/run/y"}), "", "127.0.0.1"},
		"plain":       {"", "", "127.0.0.1"},
		"plain-named": {"", "X-Forwarded-For: 203.0.113.66\r\n", "203.0.113.66"},
		"chain":       {proxyHeader(t, 1, tcp("127.0.0.9"), local), "X-Forwarded-For: 203.0.113.66\r\n", "203.0.113.66"},
		"made-up":     {proxyHeader(t, 1, tcp("203.0.113.66"), local), "X-Forwarded-For: 1.2.3.4\r\n", "203.0.113.66"},
	} {
		conn := h.dial()
		io.WriteString(conn, c.before+"GET /orders HTTP/1.1\r\nHost: x\r\nX-Request-Id: "+id+"\r\n"+c.header+"Connection: close\r\n\r\n")
		b, err := io.ReadAll(conn)
		conn.Close()
		if err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 200") {
			t.Errorf("%s: %q %v", id, b, err)
			continue
		}
		if got := h.client(id); got != c.want {
			t.Errorf("%s: the client is %v, want %s", id, got, c.want)
		}
	}
}

// TestProxyProtocolOfOthers is not looked for, so it is no HTTP.
func TestProxyProtocolOfOthers(t *testing.T) {
	h := behind(t, "192.0.2.0/24")
	if r := h.raw("PROXY TCP4 203.0.113.66 127.0.0.1 4711 80\r\nGET /orders HTTP/1.1\r\nHost: x\r\n\r\n"); r.StatusCode != http.StatusBadRequest {
		t.Errorf("answered %d", r.StatusCode)
	}
}

// TestProxyThatSaysNothing is cut, and holds no other up meanwhile.
func TestProxyThatSaysNothing(t *testing.T) {
	h := behind(t, "127.0.0.0/8")
	silent := h.dial()
	defer silent.Close()
	io.WriteString(silent, "PROXY TCP4 203")
	if r := h.do("GET", "/orders", nil); r.StatusCode != http.StatusOK {
		t.Errorf("beside it %d", r.StatusCode)
	}
	silent.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadAll(silent); err != nil {
		t.Errorf("it is not cut: %v", err)
	}
}
