package webhook

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/bookgate/bookgate/order"
)

// book is a resolver that knows a few names.
type book map[string][]netip.Addr

func (b book) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if addrs, ok := b[host]; ok {
		return addrs, nil
	}
	return nil, errors.New("no such host")
}

func addrs(texts ...string) (all []netip.Addr) {
	for _, text := range texts {
		all = append(all, netip.MustParseAddr(text))
	}
	return all
}

func testBook() book {
	return book{
		"public.example": addrs("93.184.216.34", "2606:2800:220:1::1"), "inside.example": addrs("10.1.2.3"), "localhost": addrs("127.0.0.1", "::1"),
		"both.example": addrs("93.184.216.34", "169.254.169.254"), "mapped.example": addrs("::ffff:127.0.0.1"), "shop.internal": addrs("10.20.0.7"),
		"xn--bker-gra.example": addrs("93.184.216.34"), "xn--intern-bker-ngb.example": addrs("10.1.2.3"),
	}
}

// TestAddresses is the matrix of what may be registered. The second column is
// a part of the refusal, "" where there is none.
func TestAddresses(t *testing.T) {
	guard := NewGuard(netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("fd12::/64"))
	for _, c := range []struct{ url, refused string }{
		{"https://public.example/hook?x=1", ""},
		{"https://public.example.:8443/", ""},
		{"HTTPS://public.example", ""},
		{"https://not-there-yet.example/", ""},
		{"https://93.184.216.34/", ""},
		{"https://[2606:2800:220:1::1]/", ""},
		{"https://[::ffff:93.184.216.34]/", ""},
		{"https://172.15.255.255/", ""},
		{"https://172.32.0.1/", ""},
		{"https://100.63.255.255/", ""},
		{"https://100.128.0.1/", ""},
		{"https://[3ffe::1]/", ""},
		// Networks that the operator allows pass, also unencrypted.
		{"https://shop.internal/", ""},
		{"http://shop.internal/", ""},
		{"http://10.20.0.7:8080/", ""},
		{"http://[::ffff:10.20.0.7]/", ""},
		{"http://[fd12::7]/", ""},
		{"http://10.21.0.7/", "private"},
		{"http://[fd13::7]/", "private"},
		// Names that lead inside.
		{"https://inside.example/", "private"},
		{"https://localhost/", "loopback"},
		{"https://both.example/", "link-local"},
		{"https://mapped.example/", "loopback"},
		// IPv4.
		{"https://0.0.0.0/", "this host"},
		{"https://0.1.2.3/", "this host"},
		{"https://10.0.0.1/", "private"},
		{"https://100.64.0.1/", "carrier-grade NAT"},
		{"https://100.127.255.255/", "carrier-grade NAT"},
		{"https://127.0.0.1/", "loopback"},
		{"https://127.255.255.254:443/", "loopback"},
		{"https://169.254.169.254/latest/meta-data/", "link-local"},
		{"https://172.16.0.1/", "private"},
		{"https://172.31.255.255/", "private"},
		{"https://192.0.0.8/", "protocol assignments"},
		{"https://192.0.2.1/", "documentation"},
		{"https://192.88.99.1/", "6to4"},
		{"https://192.168.1.1/", "private"},
		{"https://198.18.0.1/", "benchmarking"},
		{"https://198.19.255.255/", "benchmarking"},
		{"https://198.51.100.1/", "documentation"},
		{"https://203.0.113.1/", "documentation"},
		{"https://224.0.0.1/", "multicast"},
		{"https://239.255.255.250/", "multicast"},
		{"https://240.0.0.1/", "reserved"},
		{"https://255.255.255.255/", "reserved"},
		// Other forms of IPv4.
		{"https://2130706433/", "is not a valid name or address"},
		{"https://0x7f000001/", "is not a valid name or address"},
		{"https://0x7f.1/", "is not a valid name or address"},
		{"https://0X7F.0.0.0x1/", "is not a valid name or address"},
		{"https://017700000001/", "is not a valid name or address"},
		{"https://0177.0.0.1/", "is not a valid name or address"},
		{"https://127.1/", "is not a valid name or address"},
		{"https://127.0.0.1./", "loopback"},
		{"https://127.0.0.256/", "is not a valid name or address"},
		{"https://127.0.0.0x/", "is not a valid name or address"},
		{"https://①②⑦.0.0.1/", "is not a valid name or address"},
		// IPv6.
		{"https://[::]/", "unspecified"},
		{"https://[::1]/", "loopback"},
		{"https://[0:0:0:0:0:0:0:1]/", "loopback"},
		{"https://[::127.0.0.1]/", "old IPv4 forms"},
		{"https://[::ffff:127.0.0.1]/", "loopback"},
		{"https://[::ffff:7f00:1]/", "loopback"},
		{"https://[::ffff:169.254.169.254]/", "link-local"},
		{"https://[::ffff:0:127.0.0.1]/", "reserved"},
		{"https://[64:ff9b::7f00:1]/", "NAT64"},
		{"https://[64:ff9b::10.0.0.1]/", "NAT64"},
		{"https://[64:ff9b:1::1]/", "NAT64"},
		{"https://[100::1]/", "discard"},
		{"https://[100:0:0:1::1]/", "reserved"},
		{"https://[2001::1]/", "Teredo"},
		{"https://[2001:2::1]/", "protocol assignments"},
		{"https://[2001:db8::1]/", "documentation"},
		{"https://[2002:7f00:1::]/", "6to4"},
		{"https://[3fff::1]/", "documentation"},
		{"https://[5f00::1]/", "segment routing"},
		{"https://[4000::1]/", "reserved"},
		{"https://[fc00::1]/", "private"},
		{"https://[fd00:ec2::254]/", "private"},
		{"https://[fe80::1]/", "link-local"},
		{"https://[fe80::1%25eth0]/", "cannot be used"},
		{"https://[2606:2800:220:1::1%25lo]/", "cannot be used"},
		{"https://[fec0::1]/", "site-local"},
		{"https://[ff02::1]/", "multicast"},
		// No addresses at all, and such as hide where they lead.
		{"", "is not an address"},
		{"public.example", "is not an address"},
		{"//public.example/", "begins with"},
		{"https:public.example", "is not an address"},
		{"https://", "is not an address"},
		{"https://:443/", "is not an address"},
		{"https://user@public.example/", "user or password"},
		{"https://public.example@127.0.0.1/", "user or password"},
		{"https://user:secret@public.example/", "user or password"},
		{"https://public.example/#a", "behind #"},
		{"https://public.example/\u200b", "U+200B"}, {"https://pub\u00adlic.example/", "U+00AD"}, {"\ufeffhttps://public.example/", "not an address"},
		{"https://public.example/\u202ahook", "U+202A"},
		{"http://public.example/", "not encrypted"},
		{"http://not-there-yet.example/", "not encrypted"},
		{"http://93.184.216.34/", "not encrypted"},
		{"ftp://public.example/", "begins with"},
		{"file:///etc/passwd", "is not an address"},
		{"gopher://127.0.0.1/", "begins with"},
		{"https://public.example:port/", "is not an address"},
		{"https://public.example:0/", "number from 1 to 65535"},
		{"https://public.example:65536/", "number from 1 to 65535"},
		{"https://public.example:/", "number from 1 to 65535"},
		{"https://public.example:65535/", ""},
		{"https://bøker.example/krok", ""},
		{"https://BØKER.example/krok", ""},
		{"https://intern-bøker.example/", "private"},
		{"https://xn--intern-bker-ngb.example/", "private"},
		{"https://１２７.0.0.1/", "is not a valid name or address"},
		{"https://127.0.0.①/", "loopback"},
		{"https://ⓛocalhost/", "loopback"},
		{"https://-bøker.example/", "is not a valid host name"},
		{"https://pub lic.example/", "is not an address"},
		{"https://public.example/\x00", "is not an address"},
		{"https://public.example/\r\nX-Evil: 1", "is not an address"},
		{"https://127.0.0.1\\@public.example/", "is not an address"},
		{"https://public.example/" + strings.Repeat("x", maxURL), "is not an address"},
	} {
		err := guard.CheckURL(t.Context(), c.url, testBook())
		switch {
		case c.refused == "" && err != nil:
			t.Errorf("%.80q: %v", c.url, err)
		case c.refused != "" && (order.CodeOf(err) != "webhook-url" || !strings.Contains(err.Error(), c.refused) || hintOf(err) == ""):
			t.Errorf("%.80q: %v, want %q", c.url, err, c.refused)
		}
	}
}

// TestTheDialerDecides asks what the dialer asks for each connection.
func TestTheDialerDecides(t *testing.T) {
	guard := NewGuard(netip.MustParsePrefix("10.20.7.9/16"))
	for address, pass := range map[string]bool{
		"93.184.216.34:443": true, "[2606:2800:220:1::1]:443": true, "10.20.0.1:80": true, "[::ffff:10.20.0.1]:80": true,
		"127.0.0.1:443": false, "[::1]:443": false, "[::ffff:127.0.0.1]:443": false, "[fe80::1%lo]:443": false, "10.21.0.1:80": false,
		"[64:ff9b::a14:1]:80": false, "/run/x.sock": false, "localhost:80": false, "": false,
	} {
		if err := guard.control("tcp", address, nil); (err == nil) != pass {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// FuzzAddress registers any address, under a resolver that knows any name by
// any address. What is taken leads to no network of this machine's, in
// whatever reader: the library, a resolver that takes old forms of numbers, and one
// that folds characters first.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"https://public.example/hook?x=1", "https://①②⑦.0.0.1/", "https://[::ffff:127.0.0.1]:443/", "https://0x7f.1/", "https://2130706433",
		"https://shop.example\u00ad@127.0.0.1/", "http://10.20.0.7:8080/", "https://[fe80::1%25lo]/", "//x", "https://127.0.0.1\\@x/", "https://127。0。0。1/"} {
		f.Add(seed, []byte{127, 0, 0, 1})
		f.Add(seed, []byte{93, 184, 216, 34})
		f.Add(seed, netip.MustParseAddr("64:ff9b::a00:1").AsSlice())
	}
	guard := NewGuard()
	f.Fuzz(func(t *testing.T, text string, known []byte) {
		resolved, ok := netip.AddrFromSlice(known)
		if ok && guard.Check(resolved) == nil && blocked(resolved) {
			t.Errorf("%s may be reached", resolved)
		}
		err := guard.CheckURL(t.Context(), text, anyName(resolved))
		if err != nil {
			if order.CodeOf(err) != "webhook-url" {
				t.Errorf("%q is refused by %v", text, err)
			}
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" || u.User != nil {
			t.Fatalf("%q is taken: %v", text, err)
		}
		for _, host := range []string{u.Hostname(), norm.NFKC.String(u.Hostname())} {
			for _, read := range []func(string) (netip.Addr, bool){readStrictly, readOldForms} {
				if a, ok := read(strings.TrimSuffix(host, ".")); ok && blocked(a) {
					t.Errorf("%q is taken and leads to %s", text, a)
				}
			}
		}
		if _, literal := readStrictly(u.Hostname()); !literal && ok && blocked(resolved) {
			t.Errorf("%q is taken while its name leads to %s", text, resolved)
		}
	})
}

// anyName is a resolver that has the same address for all names, and none for
// the zero address.
type anyName netip.Addr

func (a anyName) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	if addr := netip.Addr(a); addr.IsValid() {
		return []netip.Addr{addr}, nil
	}
	return nil, errors.New("no such host")
}

// blocked asks the standard library, which knows fewer networks than the guard,
// about an address and the IPv4 address in it.
func blocked(a netip.Addr) bool {
	a = a.WithZone("").Unmap()
	if b := a.As16(); a.Is6() && (netip.MustParsePrefix("64:ff9b::/96").Contains(a) || netip.MustParsePrefix("::/96").Contains(a)) {
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	return a.IsLoopback() || a.IsPrivate() || a.IsUnspecified() || a.IsMulticast() || a.IsLinkLocalUnicast() || a.IsInterfaceLocalMulticast()
}

func readStrictly(host string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(host)
	return a, err == nil
}

// readOldForms reads IPv4 addresses as inet_aton does: one to four numbers, each
// decimal, octal or hexadecimal, the last of which fills what is left.
func readOldForms(host string) (netip.Addr, bool) {
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var whole uint64
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 0, 32)
		limit := uint64(1) << 8
		if i == len(parts)-1 {
			limit = 1 << (8 * (5 - len(parts)))
		}
		if err != nil || n >= limit || strings.Contains(part, "_") {
			return netip.Addr{}, false
		}
		whole = whole*limit + n
	}
	return netip.AddrFrom4([4]byte{byte(whole >> 24), byte(whole >> 16), byte(whole >> 8), byte(whole)}), true
}
