package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/bookgate/bookgate/internal/neterr"
)

// plainHost returns the host and port of an address as browsers and certificates
// write them: in lower case, an internationalised name by its A-labels (RFC 5890),
// and without the port that the scheme has anyway.
func plainHost(u *url.URL) (string, error) {
	host, port := strings.ToLower(u.Hostname()), strings.TrimLeft(u.Port(), "0")
	if u.Port() != "" && port == "" || strings.HasSuffix(u.Host, ":") || port != "" && !isPort(port) {
		return "", fmt.Errorf("the port is no number from 1 to 65535")
	}
	if strings.ContainsFunc(host, func(r rune) bool { return r >= 0x80 }) {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", fmt.Errorf("%s is no name of a host: %w", host, err)
		}
		host = ascii
	}
	if host == "" {
		return "", errors.New("it names no host")
	}
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		host = "[" + strings.ReplaceAll(a.String(), "%", "%25") + "]"
	}
	if port == "" || u.Scheme == "http" && port == "80" || u.Scheme == "https" && port == "443" {
		return host, nil
	}
	return host + ":" + port, nil
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

// publicURL reads an address of this exchange as clients see it. Links begin with
// it, so an internationalised name is written as every client can use it.
func (r *settingReader) publicURL(o origin) string {
	if o.Value == "" {
		return ""
	}
	u, err := url.Parse(o.Value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.User != nil {
		r.refuse(o, "an address such as https://orders.example.no")
		return ""
	}
	host, err := plainHost(u)
	if err != nil {
		r.refuse(o, fmt.Sprintf("an address such as https://orders.example.no; %v", err))
		return ""
	}
	return u.Scheme + "://" + host + strings.TrimRight(u.EscapedPath(), "/")
}

// origins reads the origins (RFC 6454) whose pages may read what this exchange
// answers, in the form in which browsers send them.
func (r *settingReader) origins(o origin) (all []string) {
	for word := range strings.FieldsFuncSeq(o.Value, func(c rune) bool { return c == ',' || c == ' ' }) {
		plain, err := plainOrigin(word)
		if err != nil {
			r.refuse(o, fmt.Sprintf("origins such as https://console.example, with commas between; %v", err))
			return nil
		}
		all = append(all, plain)
	}
	return all
}

func plainOrigin(word string) (string, error) {
	shown := neterr.Shown(word)
	switch {
	case word == "*":
		return "", errors.New("* would let the pages of every site in; name those that you know")
	case word == "null":
		return "", errors.New("null is the origin of files and sandboxes, of which everybody can make one")
	case strings.Contains(word, "*"):
		return "", fmt.Errorf("%s has a *; name each origin", shown)
	}
	u, err := url.Parse(word)
	switch {
	case err != nil || u.Scheme == "" || u.Host == "":
		return "", fmt.Errorf("%s is no origin; write scheme and host", shown)
	case u.User != nil:
		return "", fmt.Errorf("%s has a user; an origin has none", shown)
	case u.Path == "/" && u.RawQuery == "" && u.Fragment == "":
		return "", fmt.Errorf("%s has a slash at the end; browsers send the origin without it", shown)
	case u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(word, "#"):
		return "", fmt.Errorf("%s has a path; an origin is scheme, host and port alone", shown)
	}
	host, err := plainHost(u)
	if err != nil {
		return "", fmt.Errorf("%s: %w", word, err)
	}
	return u.Scheme + "://" + host, nil
}
