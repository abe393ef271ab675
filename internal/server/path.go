package server

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/bookgate/bookgate/internal/plant"
)

// normalizePath brings a request's path into the one form that the route table
// knows: single slashes, none at the end, nothing percent-encoded that need
// not be. It never redirects, because clients in the field follow none and
// join base address and path blindly (reference/boknett.md, b22).
//
// A path with a dot segment or a control character names nothing here and is not
// found: whoever sends one wants to be misread. So does an encoded slash, but
// where a dialect has names that may hold one; there it stays encoded, so that
// the route table takes it for a part of the name.
func (s *Server) normalizePath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, raw := cleanSlashes(r.URL.Path), ""
		if hasEncodedSlash(r.URL) {
			path, raw = cleanEncodedSlashes(r.URL.RawPath)
		}
		if invalidPath(r.URL) || raw != "" && !s.slashed(raw) {
			s.writeNotFound(w, r)
			return
		}
		if path != r.URL.Path || raw != r.URL.RawPath {
			u := *r.URL
			u.Path, u.RawPath = path, raw
			r.URL = &u // r is the copy that observe made
		}
		next.ServeHTTP(w, r)
	})
}

// SlashedNames is a dialect that has names with slashes in its paths, such as
// the order 2026/11. A client that encodes it as one part of the path, as
// encodeURIComponent does, sends /orders/2026%2F11.
type SlashedNames interface {
	// TakesSlash reports whether a name below an escaped path may hold a slash.
	TakesSlash(path string) bool
}

// slashed reports whether an encoded slash may stand in a path.
func (s *Server) slashed(path string) bool {
	for _, d := range s.config.Dialects {
		if names, ok := d.(SlashedNames); ok && names.TakesSlash(path) {
			return true
		}
	}
	return false
}

// hasEncodedSlash reports whether a slash in the path is part of a name. RawPath
// is set whenever there is one.
func hasEncodedSlash(u *url.URL) bool { return strings.Contains(strings.ToLower(u.RawPath), "%2f") }

// cleanEncodedSlashes is collapse for a path with encoded slashes, which it leaves
// encoded, and everything else as little as can be. It returns the path decoded
// and encoded.
func cleanEncodedSlashes(raw string) (path, escaped string) {
	var plain, encoded strings.Builder
	for part := range strings.SplitSeq(raw, "/") {
		name, err := url.PathUnescape(part)
		if part == "" || err != nil { // net/http lets no bad escape through
			continue
		}
		plain.WriteString("/" + name)
		encoded.WriteString("/" + url.PathEscape(name))
	}
	return plain.String(), encoded.String()
}

// invalidPath reports whether a path tries to be more than names between slashes.
func invalidPath(u *url.URL) bool {
	if plant.On(plant.PanicOnMagic) && strings.Contains(u.Path, "b00m") {
		panic("the planted fault")
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

// cleanSlashes makes one slash of several and takes the last one off. The path of
// an address without one is the root.
func cleanSlashes(path string) string {
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
