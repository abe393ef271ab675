package conformance

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/internal/server/metrics"
)

// tryOtherMethods tries the methods that a path does not have, and those that
// every path has: HEAD answers as GET does, and OPTIONS lists the methods. Neither
// depends on who asks, or for what.
func (c *cells) tryOtherMethods() {
	taken := map[string][]routeRule{}
	var paths []string
	for _, r := range c.policy.routes {
		path := strings.TrimPrefix(r.template(), r.method+" ")
		if taken[path] == nil {
			paths = append(paths, path)
		}
		taken[path] = append(taken[path], r)
	}
	for _, path := range paths {
		rules := taken[path]
		r := rules[0]
		if r.path == metrics.Path {
			continue // it is no path of the server's
		}
		var allow []string
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
			http.MethodDelete, http.MethodOptions, http.MethodTrace} {
			at := slices.IndexFunc(rules, func(r routeRule) bool { return r.method == method })
			if at >= 0 {
				continue
			}
			get := slices.IndexFunc(rules, func(r routeRule) bool { return r.method == http.MethodGet })
			credentials, objects := c.credentialsOf(r.surface), c.policy.objectsOf(r.kind)
			objects = slices.DeleteFunc(objects, func(o objectRule) bool {
				return o.name != objects[0].name && (!lastingKind(r.kind) || notThere(o) == 0)
			})
			if method != http.MethodHead { // which alone looks at who asks
				credentials = []credentialRule{credentials[0], credentials[len(credentials)/2], credentials[len(credentials)-1]}
			}
			for _, cred := range credentials {
				for _, o := range objects {
					rule, want := r, c.policy.method[r.surface]
					rule.path = path
					switch {
					case method == http.MethodOptions:
						want = "204"
					case method == http.MethodHead && get >= 0 && rules[get].stream:
						continue
					case method == http.MethodHead && get >= 0:
						rule = rules[get]
						want, _ = c.policy.outcome(rule, cred, o)
					}
					g := thing{}
					if lastingKind(o.kind) {
						g = c.made[o.kind][o.name]
					} else if method == http.MethodHead {
						g = c.make[o.kind][o.name]()
					}
					a := c.ask(rule, method, cred, g)
					if g.after != nil {
						g.after()
					}
					got := outcome(a)
					if method == http.MethodHead {
						want, _, _ = strings.Cut(want, " ")
					}
					if got != want {
						c.fail("%s %s as %s on %s: %s, and the policy says %s\n%s", method, path, cred.name, o.name, got, want,
							short(a.body))
					}
					c.leak(rule, cred, o, a, pathOf(rule.path, g)+strings.Join(askedBy(g), " "))
					if value := a.header.Get("Allow"); value != "" {
						if allow = append(allow, value); allow[0] != value {
							c.fail("%s %s as %s on %s: Allow %s, and for others %s", method, path, cred.name, o.name, value, allow[0])
						}
					}
				}
			}
		}
	}
}

// variants are requests that are odd, or conditional: what is foreign must not
// differ from what is not there by what is looked at first.
func variants() map[string]func(*call) {
	header := func(line string) func(*call) { return func(q *call) { q.header = append(q.header, line) } }
	body := func(text string) func(*call) { return func(q *call) { q.body = text } }
	return map[string]func(*call){
		"any tag": header("If-None-Match: *"), "no tag": header("If-None-Match: x"), "for any": header("If-Match: *"),
		"for another": header(`If-Match: "r1-hal-x"`), "for no tag": header("If-Match: x"),
		"since": header("If-Modified-Since: Mon, 01 Jun 2026 10:00:00 GMT"),
		"range": header("Range: bytes=0-0"), "packed": header("Content-Encoding: gzip"),
		"other coding": header("Content-Encoding: br"),
		"other type":   header("Accept: image/png"), "foreign page": header("Origin: https://elsewhere.example.no"),
		"empty": body(""), "half": body(`{"`), "document": body("<Order/>"), "number": body("1"),
		"query": func(q *call) { q.path += "&x=%zz" },
	}
}

// tryVariants compares the answers to odd requests for what is foreign with those
// for what is not there.
func (c *cells) tryVariants() {
	names := slices.Sorted(maps.Keys(variants()))
	for _, r := range c.policy.routes {
		objects := c.policy.objectsOf(r.kind)
		at := slices.IndexFunc(objects, func(o objectRule) bool { return o.name == "absent" })
		if at < 0 || !lastingKind(r.kind) {
			continue
		}
		for _, cred := range c.policy.credentialsOf(r.surface) {
			if !strings.HasSuffix(cred.name, "of-stranger") { // who asks makes no difference to the order of looking
				continue
			}
			for _, name := range names {
				asked := func(o objectRule) string {
					g := c.made[o.kind][o.name]
					request := c.request(r, r.method, cred, g)
					if variants()[name](&request); !strings.Contains(request.path, "?") {
						request.path = strings.Replace(request.path, "&", "?", 1)
					}
					return c.alike(c.serve(request), g)
				}
				var absent string
				for _, o := range objects {
					if o.name == "absent" || o.name == "malformed" || o.standingOf(cred.who) != outside {
						continue
					}
					if absent == "" {
						absent = asked(objects[at])
					}
					if diff := cmp.Diff(absent, asked(o)); diff != "" {
						c.fail("%s as %s on %s, %s: it differs from what is not there (-absent +foreign):\n%s", r, cred.name,
							o.name, name, diff)
					}
				}
			}
		}
	}
}
