package conformance

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// crawler follows every link of every HAL document as one party.
type crawler struct {
	*world
	party   order.PartyID
	seen    map[string]bool // addresses
	rels    map[string]bool // that a document has
	samples *strings.Replacer
}

// crawl follows all links from the root, and from an order where the party sees
// it: none is refused, on either surface.
func (w *world) crawl(id order.ID) {
	w.t.Helper()
	for _, party := range []order.PartyID{sender, seller, stranger} {
		c := crawler{w, party, map[string]bool{}, map[string]bool{}, strings.NewReplacer("{line}", "1", "{id}", string(id))}
		_, err := w.exchange.Order(w.t.Context(), party, id)
		if err != nil {
			c.samples = strings.NewReplacer("/{id}", "") // there is none to look for
		}
		c.follow("self", public+"/")
		if err == nil {
			c.follow("self", public+"/v2/orders/"+string(id))
			c.follow("self", public+"/orders/"+string(id))
			if !c.seen[public+"/v2/orders/"+string(id)+"/lines/1"] || !c.seen[public+"/orders/"+string(id)+"/lines/1"] {
				w.t.Errorf("%s does not get from the order to its line", party)
			}
		}
		for _, rel := range []string{"bk:orders", "bk:feed", "bk:webhooks"} {
			if !c.rels[rel] {
				w.t.Errorf("%s found no %s: %v", party, rel, c.rels)
			}
		}
	}
}

// query is the part of a template that may be left out.
var query = regexp.MustCompile(`\{[?&][^}]*\}`)

// follow asks for what a link leads to, and goes on from there. A link to a
// change is known by the method that its target allows.
func (c *crawler) follow(rel, href string) {
	c.t.Helper()
	href = c.samples.Replace(query.ReplaceAllString(href, ""))
	if c.seen[href] || rel == "curies" {
		return
	}
	c.seen[href] = true
	path, ours := strings.CutPrefix(href, public)
	if !ours || strings.ContainsAny(path, "{}") {
		c.t.Errorf("%s: %s leads to %s", c.party, rel, href)
		return
	}
	method := http.MethodGet
	if rel == "bk:events" {
		method = http.MethodHead // a stream has no end
	}
	a := c.do(call{method, path, c.asParty(c.party), ""})
	allow := c.do(call{http.MethodOptions, path, c.asParty(c.party), ""}).header.Get("Allow")
	changes := strings.Contains(allow, http.MethodPost)
	switch {
	case a.status/100 == 2:
	case a.status == http.StatusMethodNotAllowed && changes:
	case a.status/100 == 4 && changes && slices.Contains([]string{"bk:devices", "bk:installations", "bk:leases"}, rel): // with an API key
	default:
		c.t.Errorf("%s: %s leads to %s, which is refused: %d %s", c.party, rel, path, a.status, a.body)
	}
	if a.header.Get("Content-Type") == "application/hal+json" && a.status == http.StatusOK && a.body[0] == '{' {
		var doc any
		check(c.t, json.Unmarshal([]byte(a.body), &doc))
		c.walk(doc, path)
	}
}

// walk follows the links of a document and of all that is embedded in it.
func (c *crawler) walk(doc any, of string) {
	c.t.Helper()
	switch doc := doc.(type) {
	case []any:
		for _, inner := range doc {
			c.walk(inner, of)
		}
	case map[string]any:
		links, _ := doc["_links"].(map[string]any)
		for rel, link := range links {
			c.page(rel)
			if l, ok := link.(map[string]any); ok {
				c.follow(rel, l["href"].(string))
			}
		}
		embedded, _ := doc["_embedded"].(map[string]any)
		for rel, inner := range embedded {
			if strings.HasPrefix(of, "/v2/") {
				c.page(rel)
			}
			for _, r := range inner.([]any) {
				if l, _ := r.(map[string]any)["_links"].(map[string]any); l["self"] == nil {
					c.t.Errorf("%s: a %s in %s has no self link", c.party, rel, of)
				}
			}
			c.walk(inner, of)
		}
		c.walk(doc["changes"], of)
	}
}

// page wants the page of a relation of ours.
func (c *crawler) page(rel string) {
	c.t.Helper()
	name, ours := strings.CutPrefix(rel, "bk:")
	if c.rels[rel] || !ours {
		return
	}
	c.rels[rel] = true
	if a := c.do(call{http.MethodGet, "/rels/" + name, nil, ""}); a.status != http.StatusOK {
		c.t.Errorf("%s has no page: %d", rel, a.status)
	}
}
