package server

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strconv"

	"github.com/gorilla/mux"

	"github.com/bookgate/bookgate/internal/problem"
	"github.com/bookgate/bookgate/order"
)

//go:embed pages.html
var pagesHTML string

// pages are the small pages for people: what a problem and what a link
// relation means. They change with the program only.
type pages struct {
	server *Server
	layout *template.Template
}

func (s *Server) registerPages(r *mux.Router) {
	p := &pages{server: s, layout: template.Must(template.New("pages").Parse(pagesHTML))}
	r.HandleFunc("/problems", p.problems).Methods(http.MethodGet)
	r.HandleFunc("/problems/{code}", p.problem).Methods(http.MethodGet)
	r.HandleFunc("/rels", p.relations).Methods(http.MethodGet)
	r.HandleFunc("/rels/{rel}", p.relation).Methods(http.MethodGet)
}

func (p *pages) problems(w http.ResponseWriter, _ *http.Request) {
	p.write(w, "problems", problem.Catalogue())
}

func (p *pages) problem(w http.ResponseWriter, r *http.Request) {
	code := mux.Vars(r)["code"]
	all := problem.Catalogue()
	i := slices.IndexFunc(all, func(e problem.Entry) bool { return e.Code == code })
	if i < 0 {
		p.missing(w, r, "problem code", "/problems")
		return
	}
	p.write(w, "problem", all[i])
}

func (p *pages) relations(w http.ResponseWriter, _ *http.Request) {
	p.write(w, "relations", relations())
}

func (p *pages) relation(w http.ResponseWriter, r *http.Request) {
	name := mux.Vars(r)["rel"]
	all := relations()
	i := slices.IndexFunc(all, func(rel relation) bool { return rel.Name == name })
	if i < 0 {
		p.missing(w, r, "link relation", "/rels")
		return
	}
	p.write(w, "relation", all[i])
}

func (p *pages) missing(w http.ResponseWriter, r *http.Request, what, index string) {
	p.server.refuse(w, r, order.Errorf(order.NotFound, "not-found", "There is no such %s.", what).
		WithHint("All of them are listed at %s%s.", p.server.config.Public, index))
}

// write renders into memory first, so that a fault of a template is a 500 and
// not half a page.
func (p *pages) write(w http.ResponseWriter, name string, data any) {
	var buf bytes.Buffer
	page := struct {
		Base string // public address, before every link
		Data any
	}{p.server.config.Public, data}
	if err := p.layout.ExecuteTemplate(&buf, name, page); err != nil {
		panic(err) // caught by protect
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	h.Set("Content-Length", strconv.Itoa(buf.Len()))
	w.Write(buf.Bytes())
}

// relation explains one of our own link relations, which documents write as
// bk:NAME.
type relation struct{ Name, Meaning string }

func relations() []relation {
	return []relation{
		{"order",
			"An order. In a list it is embedded, one for each order of the page; a history and a line lead to " +
				"the order that they are of. GET answers its HAL document."},
		{"line",
			"A line of an order, embedded in the order's document and a document of its own: one product, how " +
				"many of it, and what the receiver answered."},
		{"event",
			"Something that happened to an order, embedded in its history and a document of its own: who did " +
				"it, when, and from which status to which."},
		{"find",
			"The list of orders, by mode, fromDate, next and pagesize. Each may be left out: then it is all " +
				"orders, from the beginning."},
		{"lookup", "An order, by its id."},
		{"answer", "POST answers a line as its receiver: {\"status\": \"RECEIVED\"}, with comment, valid_from, valid_to, price, code, expected_date, quantities and substitute where there is something to say. The link is on an order as long as one of its lines takes an answer, with {line} for the line's number, and on each line that does."},
		{"respond",
			"POST answers many lines at once as their receiver, with an EDItX OrderResponse: all of it or " +
				"nothing. The link is there as long as a line takes an answer."},
		{"reduce", "POST takes copies back as the sender: {\"ean\": \"9788202337926\", \"number\": -1}. The link is there as long as a copy can be taken back, on the order for any line of a product and on a line for that line alone."},
		{"cancel",
			"POST withdraws as the sender what is neither fulfilled nor rejected: the whole order with an " +
				"empty body, some lines of it with an EDItX OrderCancelation. The link is there as long as there " +
				"is something to withdraw."},
		{"response", "The receiver's answers to an order as an EDItX OrderResponse."},
		{"status-report", "What has become of every line of an order as an EDItX OrderStatusReport."},
		{"editx",
			"The order as an EDItX Trade Order 1.3 document in UTF-8, written from what the exchange keeps, " +
				"with later reductions in it."},
		{"original",
			"The document in which the order came, byte for byte as the sender sent it. Repr-Digest carries " +
				"its SHA-256."},
		{"history", "Everything that happened to an order, oldest first."},
		{"orders",
			"The orders of the party that asks, in clean HAL: the list with GET, without values all of them " +
				"from the beginning; and a new EDItX order with POST, which is answered with 201 and the order."},
		{"orders-v2", "The same as bk:orders: _links and _embedded, RFC 3339 times, and everything that is known."},
		{"orders-legacy",
			"The same orders in the documents of the Boknett API: a plain array of objects, whose links say " +
				"rel and href."},
		{"feed",
			"Every change that the party that asks could see, oldest first, each under a number of its own; " +
				"the numbers have no holes. GET waits for the next change when it is asked to, and POST to its ack " +
				"link says how far it was read."},
		{"events",
			"What happens to the orders of the party that asks, as it happens, as Server-Sent Events: id is " +
				"the epoch and the change number of the feed, event the type, data the body that a webhook has. " +
				"Last-Event-ID, or after, resumes without a gap, also after a restore."},
		{"ack", "POST says how far the feed was read: {\"through\": 17}. The link names the epoch in which its page counts, so a number from before a restore does no harm."},
		{"webhooks",
			"The endpoints of the party that asks: addresses to which its events are sent as Standard " +
				"Webhooks. POST adds one and shows its secret, once."},
		{"webhook",
			"An endpoint, embedded in the list of them. Its own address takes PATCH (a merge patch) and " +
				"DELETE, and POST below it: rotate, pause, resume, test and resend."},
		{"rotate", "POST makes a new secret of an endpoint and shows it, once. The old one signs beside it for a day."},
		{"pause", "POST holds the events of an endpoint back. The link is there while the endpoint is active."},
		{"resume",
			"POST makes an endpoint active again, whatever ended it, and sends what waits. The link is there " +
				"while the endpoint is not active."},
		{"test", "POST sends a test event to an endpoint and answers its delivery."},
		{"deliveries", "What was sent to an endpoint or waits for it, newest first."},
		{"delivery", "One event on its way to one endpoint: how far it is, and when it is tried next."},
		{"attempts", "Every try of a delivery: when, how long it took, and what was answered, with secrets masked."},
		{"attempt", "A try, embedded in the list of a delivery's tries and a document of its own."},
		{"resend", "On a delivery: POST sends it again, with its tries counted anew and the same webhook-id. On an endpoint: POST sends again what its body names, {\"failed\": true}, {\"since\": \"2026-11-21T09:00:00Z\"}, or both."},
		{"tickets",
			"Logging in: POST a form with username and password, and the answer carries a ticket in its " +
				"Boknett-TGT header."},
		{"token", "An access token by OAuth 2.0 client credentials: POST grant_type, client_id and client_secret."},
		{"devices",
			"Device orders in GraphQL: POST a query or mutation with an API key in X-API-KEY. Introspection " +
				"returns the schema."},
		{"installations", "Installation orders in JSON: POST an order, and GET the list, with an API key as Bearer."},
		{"leases",
			"Lease orders: POST an order as JSON with an API key as Bearer token. Below it are cancel, shipped " +
				"and status; beside it /v1/tariffs and /v1/config."},
		{"problems", "The page of every problem code, with its cause and its remedy."},
	}
}
