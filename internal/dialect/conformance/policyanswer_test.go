package conformance

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// check holds an answer against the policy.
func (c *cells) check(r routeRule, cred credentialRule, o objectRule, g thing, a answer, want, standing string) {
	c.t.Helper()
	if r.method == http.MethodHead {
		want, _, _ = strings.Cut(want, " ") // it has no body to say more in
	}
	if got := outcome(a); got != want {
		c.fail("%s as %s on %s: %s, and the policy says %s (line %d)\n%s", r, cred.name, o.name, got, want, r.line,
			short(a.body))
	}
	asked := pathOf(r.path, g) + " " + strings.Join(g.words, " ")
	if standing == outside || standing == "" {
		asked = g.with(r.path) + " " + strings.Join(askedBy(g), " ")
	}
	c.leak(r, cred, o, a, asked)
	if r.shows && (standing == "sending" || standing == "receiving" || standing == "own") && granted(want) &&
		r.method != http.MethodHead &&
		!slices.ContainsFunc(g.words, func(word string) bool { return strings.Contains(a.body, word) }) {
		c.fail("%s as %s on %s: nothing of it is shown\n%s", r, cred.name, o.name, short(a.body))
	}
	// When the receiver acknowledged an event is for the sending side, and of the
	// first one, which is the sender's own, it is not known.
	early := strings.HasSuffix(r.path, "/history/{event}") && o.name != "lease" // which its sender receives
	if (standing == "receiving" || early) && strings.Contains(a.body, `"fetched"`) {
		c.fail("%s as %s on %s: it is shown when that was acknowledged\n%s", r, cred.name, o.name, short(a.body))
	}
	if strings.Contains(r.path, string(order.SentToMe)) {
		for kind, others := range c.made {
			if other, ok := others["test"]; ok && strings.Contains(a.body, other.words[0]) {
				c.fail("%s as %s: a test order, %s, is received", r, cred.name, kind)
			}
		}
	}
	if r.lists == "" || !granted(want) {
		return
	}
	for name, other := range c.made[r.lists] {
		there := c.rule(r.lists, name).standingOf(cred.who) != outside && name != "gone"
		if there && !strings.Contains(a.body, other.words[0]) {
			c.fail("%s as %s lacks %s %s", r, cred.name, r.lists, name)
		}
	}
}

// askedBy are the names by which a request asks for a thing.
func askedBy(g thing) (names []string) {
	for _, name := range g.vars {
		names = append(names, name)
	}
	return names
}

func (c *cells) rule(kind, name string) objectRule {
	for _, o := range c.policy.objects {
		if o.kind == kind && o.name == name {
			return o
		}
	}
	return objectRule{}
}

// leak looks for what the asker may not see: anything of an object that is not
// there for them, and of one that they receive what is its sender's own.
func (c *cells) leak(r routeRule, cred credentialRule, o objectRule, a answer, asked string) {
	c.t.Helper()
	if a.body == "" && len(a.header) < 3 {
		return
	}
	var head bytes.Buffer
	if err := a.header.Write(&head); err != nil {
		c.t.Error(err)
	}
	text := head.String() + a.body
	for _, rule := range c.policy.objects {
		other := c.made[rule.kind][rule.name]
		standing := rule.standingOf(cred.who)
		words := other.private
		switch {
		case rule.standing["*"] != "" || standing == "sending" || standing == "own":
			continue
		case standing == outside || cred.who == "":
			words = slices.Concat(other.words, other.private)
		}
		for _, word := range words {
			if strings.Contains(text, word) && !strings.Contains(asked, word) {
				c.fail("%s as %s on %s: shown %q of %s %s\n%s", r, cred.name, o.name, word, rule.kind, rule.name, short(text))
				return
			}
		}
	}
}

// alike is an answer without the names that it was asked by.
func (c *cells) alike(a answer, g thing) string {
	head := a.header.Clone()
	id := head.Get("X-Request-Id")
	head.Del("X-Request-Id")
	head.Del("Content-Length") // counts the name that was asked for
	var b strings.Builder
	fmt.Fprintln(&b, a.status)
	if err := head.Write(&b); err != nil {
		c.t.Error(err)
	}
	text := b.String() + a.body
	if id != "" {
		text = strings.ReplaceAll(text, id, "REQUEST")
	}
	for name, value := range g.vars {
		if value != "" {
			text = strings.ReplaceAll(text, value, strings.ToUpper(name))
		}
	}
	return text
}

func short(text string) string { return text[:min(len(text), 600)] }
