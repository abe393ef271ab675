package conformance

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/internal/fulltest"
	"github.com/bookgate/bookgate/internal/server/metrics"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// What is wanted for each of many mutants.
var (
	first = flag.Bool("first", false, "stop TestPolicy at the first wrong cell")
	only  = flag.String("only", "", "routes, as TestPolicy prints them, and steps that it tries, with \"; \" between")
)

// cells runs the policy.
type cells struct {
	*maker
	policy  *policy
	make    map[string]map[string]func() thing
	made    map[string]map[string]thing // of the kinds that last
	show    map[string]map[string]func() sent
	count   int
	routes  int // those tried
	wrong   int
	metrics http.Handler
}

// lastingKind reports whether things of a kind are made once. Of the other kinds
// each cell has its own.
func lastingKind(kind string) bool {
	return slices.Contains([]string{"none", "order", "endpoint", "delivery", "cursor", "device", "installation", "lease",
		"open-lease"}, kind)
}

// The steps of the policy that are no route, as -only names them.
const (
	stepBystander = "bystander"
	stepMethods   = "methods"
	stepVariants  = "variants"
	stepMessages  = "messages"
	stepFormats   = "formats"
	stepStream    = "stream"
)

// run tries every operation with every credential on every object, or what -only
// names. It answers what is written in testdata/policy.txt; what an object holds
// is shown to no other party; for whom it is not there the answer is, with all its
// headers, the one for what is not there; and who was refused has changed nothing.
//
// It is one part of so many, which share the routes and the steps.
func (c *cells) run(only string, part, parts int) {
	before := c.watch()
	c.makeAll()
	for i, r := range c.policy.routes {
		if wanted(only, r.String()) && i%parts == part && (everyCell || !r.again) {
			c.tryRoute(r)
		}
	}
	for i, step := range []struct {
		name string
		try  func()
	}{
		{stepMethods, c.tryOtherMethods}, {stepVariants, c.tryVariants}, {stepMessages, c.tryMessages},
		{stepFormats, c.tryFormats},
		{stepBystander, func() {
			if diff := cmp.Diff(before, c.watch()); diff != "" {
				c.fail("a bystander notices what others do (-before +after):\n%s", diff)
			}
		}},
		{stepStream, c.tryEnds}, // as the last, for it makes an order of the bystander's
	} {
		if !everyCell && (step.name == stepVariants || step.name == stepMethods) {
			continue
		}
		if wanted(only, step.name) && (i%parts == part || step.name == stepBystander) {
			step.try()
		}
	}
}

// wanted reports whether a step is among those of -only.
func wanted(only, step string) bool {
	return only == "" || slices.Contains(strings.Split(only, "; "), step)
}

func newCells(t *testing.T) *cells {
	t.Helper()
	w := newWorld(t, memoryFolder(t))
	for id, name := range map[order.PartyID]string{agent: "Ombud", buyer: "Kjøper", bystander: "Tilskuer"} {
		check(t, w.db.AddParty(t.Context(), order.Party{ID: id, Name: name, Scheme: order.DefaultScheme}))
		check(t, w.db.SetDefaultSeller(t.Context(), id, seller))
	}
	check(t, w.db.Allow(t.Context(), agent, buyer))
	c := &cells{maker: &maker{world: w}, policy: readPolicy(t), made: map[string]map[string]thing{},
		show: map[string]map[string]func() sent{}, metrics: metrics.New().Handler()}
	c.make = c.makers()
	for _, rule := range c.policy.credentials {
		if c.show[rule.surface] == nil {
			c.show[rule.surface] = c.showers(rule.surface)
		}
	}
	return c
}

// memoryFolder is a folder in memory where the machine has such: thousands of
// changes are made, and no power cut is waited for.
func memoryFolder(t *testing.T) string {
	folder, err := os.MkdirTemp("/dev/shm", "policy")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { check(t, os.RemoveAll(folder)) })
	return folder
}

func (c *cells) fail(format string, args ...any) {
	c.t.Helper()
	c.wrong++
	if *first {
		c.t.Fatalf(format, args...)
	}
	c.t.Errorf(format, args...)
}

// makeAll makes what lasts.
func (c *cells) makeAll() {
	for _, o := range c.policy.objects {
		if !lastingKind(o.kind) {
			continue
		}
		if c.made[o.kind] == nil {
			c.made[o.kind] = map[string]thing{}
		}
		c.made[o.kind][o.name] = c.make[o.kind][o.name]()
	}
	head, err := c.exchange.Head(c.t.Context(), seller)
	check(c.t, err)
	_, _, err = c.exchange.Acknowledge(c.t.Context(), order.Actor{Party: seller, Name: "mottaker", Via: "ticket"}, head)
	check(c.t, err)
	table, err := montly.ParseTable([]string{"24=7.5"})
	check(c.t, err)
	check(c.t, c.db.SetTariffs(c.t.Context(), stranger, table, webhook.Broadcast{}))
}

// watch is all that a bystander is shown, who has an order of its own and an
// endpoint. It is the same whatever the others do.
func (c *cells) watch() (seen []string) {
	c.t.Helper()
	c.secret("bystander", func() string {
		c.delivery(bystander, bystander, "bystander")
		c.trade(tradeOrder{kind: "bystander", by: bystander, held: true})
		return string(c.trade(tradeOrder{kind: "bystander", by: bystander, seller: agent}).order.ID)
	})
	for _, d := range []client{harkClient(), installerClient(), montlyClient()} {
		c.secret("bystander of "+d.name, func() string {
			return string(c.keyed(d, bystander, "live", func(body string) string { return body }).ID)
		})
	}
	c.deliver() // of the bystander's own orders
	ask := func(path string, header []string) {
		a := c.serve(call{http.MethodGet, path, header, ""})
		if !granted(outcome(a)) && a.status != http.StatusNoContent {
			c.fail("a bystander is refused %s: %s", path, outcome(a))
		}
		seen = append(seen, path+"\n"+a.body)
	}
	for _, base := range []string{"/orders", "/orders/v1", "/v2/orders"} {
		for _, mode := range []string{"ALL", "SENT_TO_ME", "SENT_BY_ME"} {
			ask(base+"?fromDate=20260101000000&mode="+mode, c.asParty(bystander))
			ask(base+"/message?fromDate=20260101000000&mode="+mode, c.asParty(bystander))
		}
	}
	ask("/v2/feed?after=0", c.asParty(bystander))
	ask("/v2/orders/"+c.secrets["bystander"]+"/history", c.asParty(bystander))
	ask("/v2/webhooks", c.asParty(bystander))
	endpoints, err := c.db.Endpoints(c.t.Context(), bystander)
	check(c.t, err)
	for _, e := range endpoints {
		ask("/v2/webhooks/"+e.ID+"/deliveries", c.asParty(bystander))
	}
	key := []string{"Authorization: Bearer " + c.key(bystander, "installer", "live")}
	for _, query := range []string{"", "?direction=asc", "?q=" + installerNumber, "?idempotencyKey=" + installerNumber,
		"?status=0", "?status=1", "?q=les&pageSize=1"} {
		ask("/api/v1/order"+query, key)
	}
	ask("/v1/orders/"+montlyNumber+"/status", []string{"Authorization: Bearer " + c.key(bystander, "montly", "live")})
	ask("/v1/tariffs", []string{"Authorization: Bearer " + c.key(bystander, "montly", "live")})
	user := deviceCall(http.MethodGet, "/graphql", "ordersForUser.orders",
		thing{vars: map[string]string{"user": "kunde-5512"}})
	ask(user.path, []string{"X-API-KEY: " + c.key(bystander, "hark", "live")})
	return seen
}

// thing is an object that is tried: one that lasts, or one for this cell alone.
func (c *cells) thing(o objectRule, fresh bool) thing {
	if lastingKind(o.kind) && !fresh {
		return c.made[o.kind][o.name]
	}
	return c.make[o.kind][o.name]()
}

// tryRoute tries a route with every credential on every object, what is not there
// first.
func (c *cells) tryRoute(r routeRule) {
	objects := slices.Clone(c.policy.objectsOf(r.kind))
	slices.SortStableFunc(objects, func(a, b objectRule) int { return notThere(b) - notThere(a) })
	absent := map[string]string{}
	begun := c.heads()
	credentials := c.credentialsOf(r.surface)
	if !fulltest.On && !everyCell { // make test tries each route with some of them, and each of them on some routes
		c.routes++
		credentials = fulltest.Cases(credentials[min(c.routes%3, len(credentials)-1):], 3)
	}
	for _, o := range objects {
		for _, cred := range credentials {
			if cred.who == "" && o.name != objects[0].name && o.name != objects[len(objects)/2].name {
				continue // who is refused is refused whatever is asked for: one that is not there and one that is will do
			}
			want, standing := c.policy.outcome(r, cred, o)
			does := r.moves && (granted(want) || r.partly)
			g, heads := c.thing(o, does), ""
			if !does && (r.moves || !lastingKind(r.kind)) {
				heads = c.heads() + c.reports(g)
			}
			a := c.ask(r, r.method, cred, g)
			c.check(r, cred, o, g, a, want, standing)
			switch {
			case o.name == "absent":
				absent[cred.name] = c.alike(a, g)
			case standing == outside && absent[cred.name] != "" && o.name != "malformed" &&
				want == absentOutcome(c.policy, r, cred):
				if diff := cmp.Diff(absent[cred.name], c.alike(a, g)); diff != "" {
					c.fail("%s as %s on %s: it differs from what is not there (-absent +foreign):\n%s", r, cred.name, o.name, diff)
				}
			}
			if heads != "" && c.heads()+c.reports(g) != heads {
				c.fail("%s as %s on %s: refused, and something changed", r, cred.name, o.name)
			}
			if g.after != nil {
				g.after()
			}
		}
	}
	if !r.moves && lastingKind(r.kind) && begun != c.heads() {
		c.fail("%s: something changed", r)
	}
}

// reports are the endpoint of a thing and what is on its way there.
func (c *cells) reports(g thing) string {
	c.t.Helper()
	id := g.vars["endpoint"]
	if id == "" {
		return ""
	}
	for _, party := range []order.PartyID{sender, seller, stranger} {
		e, err := c.db.Endpoint(c.t.Context(), party, id)
		if order.KindOf(err) == order.NotFound {
			continue
		}
		check(c.t, err)
		deliveries, err := c.db.Deliveries(c.t.Context(), webhook.DeliveryQuery{Party: party, Endpoint: id,
			Limit: webhook.MaxDeliveries})
		check(c.t, err)
		return fmt.Sprintf("%+v %+v", e, deliveries)
	}
	return ""
}

// credentialsOf are the credentials of a surface that are tried: all of them, or of
// each party and each reason for a refusal the first.
func (c *cells) credentialsOf(surface string) (some []credentialRule) {
	type like struct {
		who            string
		limited, other bool
	}
	seen := map[like]bool{}
	for _, cred := range c.policy.credentialsOf(surface) {
		l := like{cred.who, cred.may != nil, cred.outcome != "" && cred.who != ""}
		if everyCell || !seen[l] || strings.HasSuffix(cred.name, "of-stranger") {
			some = append(some, cred)
		}
		seen[l] = true
	}
	return some
}

func notThere(o objectRule) int {
	if o.name == "absent" {
		return 1
	}
	return 0
}

// absentOutcome is what a credential gets for what is not there.
func absentOutcome(p *policy, r routeRule, c credentialRule) string {
	want, _ := p.outcome(r, c, objectRule{kind: r.kind, name: "absent"})
	return want
}
