package server

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/bookgate/bookgate/internal/reqlog"
)

// proxies are the networks of the proxies that are believed about whom they
// speak for.
type proxies []netip.Prefix

// newProxies returns the networks in the form in which addresses are compared:
// IPv4 that is written as IPv6 is IPv4.
func newProxies(nets []netip.Prefix) proxies {
	p := make(proxies, 0, len(nets))
	for _, n := range nets {
		if n.Addr().Is4In6() && n.Bits() >= mappedBits {
			n = netip.PrefixFrom(n.Addr().Unmap(), n.Bits()-mappedBits)
		}
		p = append(p, n)
	}
	return p
}

// mappedBits are the bits before the IPv4 address in an IPv4-mapped IPv6 address
// (RFC 4291, 2.5.5.2).
const mappedBits = 96

func (p proxies) trust(a netip.Addr) bool {
	for _, n := range p {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// client returns who has sent a request: the address of the connection, or where
// that is a proxy, the rightmost address in Forwarded (RFC 7239) or X-Forwarded-For
// that is not a proxy. What stands left of it is the client's own word. A proxy that
// does not name an address has its own instead.
//
// A proxy adds to one of the two headers and passes the other on as the client has
// made it up. Which one is not known here, so when both are there and disagree,
// neither counts.
func (p proxies) client(r *http.Request) (client netip.Addr, disagree bool) {
	peer, ok := plainAddr(r.RemoteAddr)
	if !ok || !p.trust(peer) {
		return peer, false
	}
	old, standard := r.Header.Values("X-Forwarded-For"), r.Header.Values("Forwarded")
	switch {
	case len(standard) == 0:
		return p.follow(peer, readForwardedFor(old)), false
	case len(old) == 0:
		return p.follow(peer, readForwarded(standard)), false
	}
	a, b := p.follow(peer, readForwardedFor(old)), p.follow(peer, readForwarded(standard))
	if a != b {
		return peer, true
	}
	return a, false
}

// follow goes from the connection towards the client as far as each step was
// named by a proxy.
func (p proxies) follow(peer netip.Addr, hops []string) netip.Addr {
	for i := len(hops) - 1; i >= 0 && p.trust(peer); i-- {
		next, ok := plainAddr(hops[i])
		if !ok {
			break
		}
		peer = next
	}
	return peer
}

// readForwardedFor returns the words of X-Forwarded-For, the last proxy's last.
func readForwardedFor(lines []string) (hops []string) {
	for _, line := range lines {
		for word := range strings.SplitSeq(line, ",") {
			if word = strings.TrimSpace(word); word != "" {
				hops = append(hops, word)
			}
		}
	}
	return hops
}

// readForwarded returns the node of each element's "for", "" where it has none or
// cannot be read. A line is read for itself: one that a client has left open must
// not hide what a proxy adds in the next.
func readForwarded(lines []string) (hops []string) {
	for _, line := range lines {
		for line = strings.TrimSpace(line); line != ""; {
			node, rest, ok := readElement(line)
			if !ok {
				hops = append(hops, "")
				break
			}
			if strings.TrimLeft(line, " \t")[0] != ',' {
				hops = append(hops, node)
			}
			line = strings.TrimLeft(strings.TrimPrefix(rest, ","), " \t")
		}
	}
	return hops
}

// readElement reads one forwarded-element (RFC 7239, 4), and returns what
// follows it. Blanks around the separators are tolerated, and so are brackets
// and colons without quotes, which some proxies forget.
func readElement(s string) (node, rest string, ok bool) {
	seen := false
	for {
		s = strings.TrimLeft(s, " \t")
		end := strings.IndexAny(s, "=;,")
		if end < 0 {
			return node, "", strings.TrimSpace(s) == ""
		}
		name := strings.TrimRight(s[:end], " \t")
		switch s[end] {
		case ',':
			return node, s[end:], name == ""
		case ';':
			if name != "" {
				return "", "", false
			}
			s = s[end+1:]
			continue
		}
		var value string
		if value, s, ok = readValue(strings.TrimLeft(s[end+1:], " \t")); !ok {
			return "", "", false
		}
		if strings.EqualFold(name, "for") {
			if seen { // RFC 7239, 4: each parameter once; which one counts would be a guess
				return "", "", false
			}
			node, seen = value, true
		}
		switch s = strings.TrimLeft(s, " \t"); {
		case s == "" || s[0] == ',':
			return node, s, true
		case s[0] != ';':
			return "", "", false
		}
		s = s[1:]
	}
}

// readValue reads a token or a quoted-string (RFC 9110, 5.6).
func readValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ";, \t\"")
		if end < 0 {
			return s, "", true
		}
		return s[:end], s[end:], s[end] != '"'
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}

// plainAddr reads an address as connections, X-Forwarded-For and Forwarded have
// it: IPv6 with or without brackets, either with or without a port. What stands
// for an address (unknown, _hidden) is none. A zone is of one machine's own.
func plainAddr(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		host := s
		if i := strings.LastIndexByte(s, ':'); i >= 0 && isNodePort(s[i+1:]) {
			host = s[:i]
		}
		bare, bracketed := strings.CutPrefix(host, "[")
		if bracketed {
			bare, bracketed = strings.CutSuffix(bare, "]")
		}
		if a, err = netip.ParseAddr(bare); err != nil || a.Is6() != bracketed {
			return netip.Addr{}, false
		}
	}
	return a.Unmap().WithZone(""), true
}

// isNodePort reports whether s is a port, or what stands for one (RFC 7239, 6).
func isNodePort(s string) bool {
	if obfuscated, ok := strings.CutPrefix(s, "_"); ok {
		return obfuscated != ""
	}
	return s != "" && len(s) <= len("65535") && strings.Trim(s, "0123456789") == ""
}

// nameClient returns the request with the client's address for that of its
// connection, which every later reader of RemoteAddr means. The client's port is
// not in any header.
func (s *Server) nameClient(r *http.Request, rec *reqlog.Event) *http.Request {
	client, disagree := s.proxies.client(r)
	if !client.IsValid() {
		rec.Client = r.RemoteAddr
		return r
	}
	if disagree {
		rec.Note("X-Forwarded-For and Forwarded disagree, so the client is taken for its proxy")
	}
	rec.Client = client.String()
	if peer, _ := plainAddr(r.RemoteAddr); peer != client {
		r.RemoteAddr = netip.AddrPortFrom(client, 0).String()
	}
	return r
}
