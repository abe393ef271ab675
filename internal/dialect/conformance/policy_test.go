package conformance

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// policy is testdata/policy.txt: who may do what, in one place. Its words are
// explained there.
type policy struct {
	credentials []credentialRule
	objects     []objectRule
	routes      []routeRule
	forbidden   map[string]string // by surface: the outcome for a key without the permission
	method      map[string]string // by surface: the outcome of a method that a path does not have
}

// credentialRule says whose a credential is, or how it is refused.
type credentialRule struct {
	surface, name string
	who           string          // "" for one that is refused
	may           map[string]bool // the permissions of a key; nil has all
	outcome       string          // of one that is refused
	stream        string          // the outcome on live streams where it is another, "who" where it is accepted
}

// objectRule says where everybody stands towards an object.
type objectRule struct {
	kind, name string
	standing   map[string]string // by who, "*" for all; who is not named is outside
}

// outside is the standing of a party for which an object is not there.
const outside = "outside"

func (o objectRule) standingOf(who string) string {
	for _, name := range []string{who, "*"} {
		if s := o.standing[name]; s != "" {
			return s
		}
	}
	return outside
}

// routeRule says what an operation answers.
type routeRule struct {
	line                  int
	surface, method, path string // the path as the table has it, with a query where one is sent
	kind                  string // of the objects that it is tried on
	field                 string // of the GraphQL schema
	body                  string // name in bodies
	needs                 []string
	moves, shows, stream  bool
	again                 bool              // it stands under another path too, further down
	partly                bool              // what a key may do of it is done
	lists                 string            // the kind of which all that are the asker's must be listed
	outcomes              map[string]string // by standing, by object, by both with a dot between, by credential behind @
}

func (r routeRule) String() string { return strings.TrimSpace(r.method + " " + r.path + " " + r.field) }

// template is the route without what is asked of it.
func (r routeRule) template() string {
	path, _, _ := strings.Cut(r.path, "?")
	return r.method + " " + path
}

// outcome is what a credential gets for an object of the route's kind.
func (p *policy) outcome(r routeRule, c credentialRule, o objectRule) (want, standing string) {
	if special := r.outcomes["@"+c.name]; special != "" {
		return special, ""
	}
	switch {
	case r.stream && c.stream != "" && c.stream != "who":
		return c.stream, ""
	case c.who == "" && c.outcome != "" || c.stream == "who" && !r.stream:
		return c.outcome, ""
	}
	for _, permission := range r.needs {
		if c.may != nil && !c.may[permission] {
			return p.forbidden[c.surface], ""
		}
	}
	standing = o.standingOf(c.who)
	names := []string{o.name + "." + standing, o.name, standing, "any"}
	if standing == outside { // what is not there for a party has no state of its own for it
		names = []string{o.name + "." + standing, standing, "any"}
	}
	for _, name := range names {
		if want := r.outcomes[name]; want != "" {
			return want, standing
		}
	}
	return "not said", standing
}

// readPolicy reads the file.
func readPolicy(t testing.TB) *policy {
	t.Helper()
	f, err := os.Open("testdata/policy.txt")
	check(t, err)
	defer f.Close()
	p := &policy{forbidden: map[string]string{}, method: map[string]string{}}
	places := map[string][]string{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		if err := p.read(n, words, places); err != nil {
			t.Fatalf("testdata/policy.txt:%d: %v", n, err)
		}
	}
	check(t, lines.Err())
	return p
}

func (p *policy) read(n int, words []string, places map[string][]string) error {
	if len(words) < 3 {
		return fmt.Errorf("%d words", len(words))
	}
	switch words[0] {
	case "place":
		places[words[1]] = words[2:]
	case "forbidden":
		p.forbidden[words[1]] = spoken(words[2])
	case "method":
		p.method[words[1]] = spoken(words[2])
	case "credential":
		c := credentialRule{surface: words[1], name: words[2]}
		for _, w := range words[3:] {
			switch name, value, ok := strings.Cut(w, "="); {
			case !ok:
				c.outcome = spoken(w)
			case name == "who":
				c.who = value
			case name == "may":
				c.may = map[string]bool{}
				for permission := range strings.SplitSeq(value, ",") {
					c.may[permission] = true
				}
			case name == "stream":
				c.stream = spoken(value)
			default:
				return fmt.Errorf("%s is not known", w)
			}
		}
		p.credentials = append(p.credentials, c)
	case "object":
		o := objectRule{kind: words[1], name: words[2], standing: map[string]string{}}
		for _, w := range words[3:] {
			standing, who, _ := strings.Cut(w, "=")
			for name := range strings.SplitSeq(who, ",") {
				o.standing[name] = standing
			}
		}
		p.objects = append(p.objects, o)
	case "route":
		return p.readRoute(n, words[1:], places)
	default:
		return fmt.Errorf("%s is not known", words[0])
	}
	return nil
}

func (p *policy) readRoute(n int, words []string, places map[string][]string) error {
	if len(words) < 4 {
		return fmt.Errorf("a route needs a surface, a method, a path and a kind of object")
	}
	r := routeRule{line: n, surface: words[0], method: words[1], kind: words[3], outcomes: map[string]string{}}
	for _, w := range words[4:] {
		switch name, value, ok := strings.Cut(w, "="); {
		case w == "moves":
			r.moves = true
		case w == "shows":
			r.shows = true
		case w == "stream":
			r.stream = true
		case w == "partly":
			r.partly = true
		case !ok:
			return fmt.Errorf("%s is not known", w)
		case name == "needs":
			r.needs = strings.Split(value, ",")
		case name == "body":
			r.body = value
		case name == "field":
			r.field = value
		case name == "lists":
			r.lists = value
		default:
			r.outcomes[name] = spoken(value)
		}
	}
	place, rest, _ := strings.Cut(words[2], "/")
	if !strings.HasPrefix(place, "$") {
		r.path = words[2]
		p.routes = append(p.routes, r)
		return nil
	}
	place, query, asks := strings.Cut(place, "?")
	if places[place] == nil {
		return fmt.Errorf("%s is no place", place)
	}
	for i, base := range places[place] {
		r.path, r.again = base, i < len(places[place])-1
		if rest != "" {
			r.path = strings.TrimSuffix(base, "/") + "/" + rest
		}
		if asks {
			r.path += "?" + query
		}
		p.routes = append(p.routes, r)
	}
	return nil
}

// spoken is an outcome as outcome says it: with blanks.
func spoken(word string) string {
	return strings.ReplaceAll(strings.ReplaceAll(word, "/", " "), "+", " ")
}

// objectsOf are the objects of a kind.
func (p *policy) objectsOf(kind string) (all []objectRule) {
	for _, o := range p.objects {
		if o.kind == kind {
			all = append(all, o)
		}
	}
	return all
}

func (p *policy) credentialsOf(surface string) (all []credentialRule) {
	for _, c := range p.credentials {
		if c.surface == surface {
			all = append(all, c)
		}
	}
	return all
}

// kinds are those of all objects.
func (p *policy) kinds() []string {
	kinds := map[string]bool{}
	for _, o := range p.objects {
		kinds[o.kind] = true
	}
	return slices.Sorted(maps.Keys(kinds))
}
