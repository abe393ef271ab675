package webhook

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"github.com/bookgate/bookgate/order"
)

// refusedNets are the networks to which nothing is sent: a party that may name
// an address must not reach through us what only we can reach.
// The standard library's own questions are not
// enough: it takes CGNAT and NAT64 addresses for public ones.
func refusedNets() []refusedNet {
	return []refusedNet{
		{"0.0.0.0/8", "this host"},
		{"10.0.0.0/8", "private"},
		{"100.64.0.0/10", "carrier-grade NAT"},
		{"127.0.0.0/8", "loopback"},
		{"169.254.0.0/16", "link-local, where clouds keep their secrets"},
		{"172.16.0.0/12", "private"},
		{"192.0.0.0/24", "protocol assignments"},
		{"192.0.2.0/24", "documentation"},
		{"192.88.99.0/24", "6to4 relays"},
		{"192.168.0.0/16", "private"},
		{"198.18.0.0/15", "benchmarking"},
		{"198.51.100.0/24", "documentation"},
		{"203.0.113.0/24", "documentation"},
		{"224.0.0.0/4", "multicast"},
		{"240.0.0.0/4", "reserved, and broadcast"},
		{"::/96", "unspecified, loopback and old IPv4 forms"},
		{"64:ff9b::/96", "NAT64"},
		{"64:ff9b:1::/48", "local NAT64"},
		{"100::/64", "discard"},
		{"2001::/23", "protocol assignments, Teredo among them"},
		{"2001:db8::/32", "documentation"},
		{"2002::/16", "6to4"},
		{"3fff::/20", "documentation"},
		{"5f00::/16", "segment routing"},
		{"fc00::/7", "private"},
		{"fe80::/10", "link-local"},
		{"fec0::/10", "site-local"},
		{"ff00::/8", "multicast"},
		// Of IPv6 only 2000::/3 is given out; what is translated into IPv4
		// addresses lies outside of it as well.
		{"::/3", "reserved"},
		{"4000::/2", "reserved"},
		{"8000::/1", "reserved"},
	}
}

type refusedNet struct{ prefix, what string }

// Guard decides to which addresses requests may go.
type Guard struct {
	refused []namedPrefix
	allowed []netip.Prefix
}

type namedPrefix struct {
	prefix netip.Prefix
	what   string
}

// NewGuard makes a guard that lets the allowed networks pass whatever they
// are.
func NewGuard(allowed ...netip.Prefix) *Guard {
	g := &Guard{}
	for _, n := range refusedNets() {
		g.refused = append(g.refused, namedPrefix{netip.MustParsePrefix(n.prefix), n.what})
	}
	for _, p := range allowed {
		g.allowed = append(g.allowed, p.Masked())
	}
	return g
}

// Check refuses an address of a network that is not to be reached. An IPv4
// address inside an IPv6 one counts as what it is; a zone is never taken.
func (g *Guard) Check(a netip.Addr) error {
	if !a.IsValid() || a.Zone() != "" {
		return fmt.Errorf("the address %s cannot be used", a)
	}
	a = a.Unmap()
	if g.permits(a) {
		return nil
	}
	for _, n := range g.refused {
		if n.prefix.Contains(a) {
			return &addressError{a, n.what}
		}
	}
	return nil
}

// addressError says that a request would have gone where none may go.
type addressError struct {
	addr netip.Addr
	what string
}

func (e *addressError) Error() string {
	return fmt.Sprintf("the address %s is not reachable from here by design (%s)", e.addr, e.what)
}

// control is called by the dialer with the address after its name was looked
// up, so a name that changes its address is no way around.
func (g *Guard) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("the address %s cannot be used", address)
	}
	return g.Check(to.Addr())
}

// Resolver looks up the addresses of a name; [net.Resolver] is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// maxURL bounds an address: longer than any real one, and what proxies take.
const maxURL = 2000

// CheckURL refuses an address that could not be sent to, as early as it can be
// known. A name that cannot be looked up now is taken: it may be there later,
// and the dialer looks again each time.
func (g *Guard) CheckURL(ctx context.Context, text string, names Resolver) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > maxURL || u.Hostname() == "" || u.Opaque != "":
		return badURL("This is not an address.").WithHint("Write it like https://shop.example.no/bookgate.")
	case u.Scheme != "https" && u.Scheme != "http":
		return badURL("The address begins with %q.", order.Truncate(u.Scheme)).WithHint("It must begin with https://.")
	case u.User != nil:
		return badURL("The address holds a user or password.").WithHint("Messages are signed; verify the signature instead.")
	case strings.HasSuffix(u.Host, ":") || u.Port() != "" && !isPort(u.Port()):
		return badURL("The address has no port behind the colon that is a number from 1 to 65535.").WithHint("Leave the port out for 443.")
	case strings.ContainsFunc(text, unseen):
		r, _ := utf8.DecodeRuneInString(text[strings.IndexFunc(text, unseen):])
		return badURL("The address has the character %U, which cannot be seen.", r).WithHint("Type it anew; the character came with a copied text.")
	case u.Fragment != "":
		return badURL("The address has a part behind #, which is never sent.").WithHint("Leave it out.")
	}
	return g.checkHost(ctx, u, names)
}

// unseen reports a character without width. The two joiners are left to IDNA,
// which allows them in the names of some scripts.
func unseen(r rune) bool { return unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' }

func (g *Guard) checkHost(ctx context.Context, u *url.URL, names Resolver) error {
	written := strings.TrimSuffix(u.Hostname(), ".")
	host, err := asciiHost(written)
	if endsInNumber(written) || endsInNumber(host) {
		return badURL("%s is not a valid name or address.", order.Truncate(written)).WithHint("Write an address as four numbers up to 255, or use a name.")
	}
	if err != nil {
		return badURL("%s is not a valid host name.", order.Truncate(written)).WithHint("Write the name as it is registered.")
	}
	addrs := []netip.Addr{}
	if a, err := netip.ParseAddr(host); err == nil {
		addrs = append(addrs, a)
	} else if found, err := names.LookupNetIP(ctx, "ip", host); err == nil {
		addrs = found
	}
	for _, a := range addrs {
		if err := g.Check(a); err != nil {
			return badURL("%s: %s.", order.Truncate(host), err).
				WithHint("Name an address on the public internet. The operator can allow a network: --allow-webhook-net %s.", netOf(a))
		}
		if u.Scheme == "http" && !g.permits(a) {
			return errUnencrypted()
		}
	}
	if u.Scheme == "http" && len(addrs) == 0 {
		return errUnencrypted()
	}
	return nil
}

// asciiHost is the host that net/http will look up: an internationalised name by
// its A-labels (RFC 5890). Digits of other scripts become those of an address.
func asciiHost(host string) (string, error) {
	if !strings.ContainsFunc(host, func(r rune) bool { return r >= 0x80 }) {
		return host, nil
	}
	return idna.Lookup.ToASCII(host)
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

func errUnencrypted() error {
	return badURL("The address is not encrypted.").WithHint("Use https://. http:// is taken only for networks that the operator allows.")
}

// endsInNumber reports whether a host is an IPv4 address in a form that some
// resolvers take and ours does not: 2130706433, 0x7f.1, 0177.0.0.1. No name on
// the internet ends in a number.
func endsInNumber(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	last := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	digits, hex := strings.CutPrefix(last, "0x")
	if hex {
		return strings.Trim(digits, "0123456789abcdef") == ""
	}
	return strings.Trim(digits, "0123456789") == ""
}

// permits reports whether the operator named the network of a.
func (g *Guard) permits(a netip.Addr) bool {
	a = a.Unmap()
	return slices.ContainsFunc(g.allowed, func(p netip.Prefix) bool { return p.Contains(a) })
}

func badURL(format string, args ...any) *order.Error {
	return order.Errorf(order.Invalid, "webhook-url", format, args...)
}

// netOf is the smallest network that an operator would name for a.
func netOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	return netip.PrefixFrom(a, a.BitLen())
}

// dialer connects to addresses that the guard lets pass.
func (g *Guard) dialer(names *net.Resolver, limit time.Duration) *net.Dialer {
	return &net.Dialer{Timeout: limit, Control: g.control, Resolver: names}
}
