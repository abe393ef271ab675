package server

import (
	"net/http"
	"net/url"
	"strings"
)

// plainPath brings a request's path into the one form that the route table
// knows: single slashes, none at the end, nothing percent-encoded that need
// not be. It never redirects, because clients in the field follow none and
// join base address and path blindly (reference/boknett.md, b22).
//
// A path with a dot segment, a control character, or an encoded slash names
// nothing here and is not found: whoever sends one wants to be misread.
func (s *Server) plainPath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if crooked(r.URL) {
			s.nothingHere(w, r)
			return
		}
		if path := collapse(r.URL.Path); path != r.URL.Path || r.URL.RawPath != "" {
			u := *r.URL
			u.Path, u.RawPath = path, ""
			r.URL = &u // r is the copy that observe made
		}
		next.ServeHTTP(w, r)
	})
}

// crooked reports whether a path tries to be more than names between slashes.
// RawPath is set whenever an encoded slash is in it.
func crooked(u *url.URL) bool {
	if strings.Contains(strings.ToLower(u.RawPath), "%2f") {
		return true
	}
	for i := range len(u.Path) {
		if c := u.Path[i]; c < ' ' || c == 0x7f || c == '\\' {
			return true
		}
	}
	if !strings.Contains(u.Path, "/.") {
		return false
	}
	for part := range strings.SplitSeq(u.Path, "/") {
		if part == "." || part == ".." {
			return true
		}
	}
	return false
}

// collapse makes one slash of several and takes the last one off. The path of
// an address without one is the root.
func collapse(path string) string {
	if !strings.Contains(path, "//") {
		if path != "/" {
			path = strings.TrimSuffix(path, "/")
		}
		return orRoot(path)
	}
	var b strings.Builder
	for part := range strings.SplitSeq(path, "/") {
		if part != "" {
			b.WriteByte('/')
			b.WriteString(part)
		}
	}
	return orRoot(b.String())
}

func orRoot(path string) string {
	if path == "" {
		return "/"
	}
	return path
}
