//go:build all

package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// password is that of the users of both parties.
const password = "a-password-of-tests"

// addUser lets a party log in with a ticket; its name is "u" and the party's.
func (g *gateway) addUser(t *testing.T, party string) {
	t.Helper()
	cmd := exec.Command(binary, "user", "add", "u"+party, "--party", party, "--password-stdin", "--data", g.Dir)
	cmd.Stdin = strings.NewReader(password + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("user add: %v\n%s", err, out)
	}
}

// job is what a client does through a proxy.
type job struct {
	wire   // the proxy
	proxy  proxy
	ticket string // of the sender
	answer string // the receiver's
	quiet  string // that of a party to which nothing happens
	montly string // a key of the sender
	name   string // makes order numbers of this proxy
}

// withTicket are the headers of a client of the original API.
func withTicket(ticket string, more ...string) []string {
	return append([]string{"Authorization: Boknett " + ticket, "Date: " + time.Now().UTC().Format(http.TimeFormat)}, more...)
}

// login asks for a ticket, and says how its header is spelled.
func (w wire) login(party string) (ticket, spelled string, err error) {
	a, err := w.ask(request{method: "POST", path: "/v1/tickets", header: []string{"Content-Type: application/x-www-form-urlencoded"},
		body: []byte("username=u" + party + "&password=" + password)})
	if err != nil {
		return "", "", err
	}
	for _, name := range a.spelled {
		if strings.EqualFold(name, "Boknett-TGT") {
			spelled = name
		}
	}
	if a.StatusCode != http.StatusCreated {
		err = fmt.Errorf("log in: %s: %s", a.Status, a.body)
	}
	return a.Header.Get("Boknett-TGT"), spelled, err
}

// orderOf writes an order of about size bytes.
func orderOf(number string, size int) []byte {
	text := harness.OrderXML(number, 1)
	end := bytes.LastIndex(text, []byte("</Order>"))
	var b bytes.Buffer
	b.Write(text[:end])
	const most = 100_000 // bytes of one comment
	for b.Len() < size-30 {
		b.WriteString("<!--" + strings.Repeat("x", min(most, size-b.Len()-20)) + "-->")
	}
	b.Write(text[end:])
	return b.Bytes()
}

// want asks and compares the status.
func (j job) want(t *testing.T, status int, q request) reply {
	t.Helper()
	a, err := j.ask(q)
	if err != nil {
		t.Fatalf("%s %s: %v", q.method, q.path, err)
	}
	if a.StatusCode != status {
		t.Fatalf("%s %s: %s, want %d: %.300s", q.method, q.path, a.Status, status, a.body)
	}
	return a
}

// post is a submit of an order with the sender's ticket.
func (j job) post(number string, size int) request {
	return request{method: "POST", path: "/orders", header: withTicket(j.ticket, "Content-Type: application/xml"),
		body: orderOf(j.name+number, size)}
}

// get is a question of the sender's.
func (j job) get(target string, more ...string) request {
	return request{method: "GET", path: target, header: withTicket(j.ticket, more...)}
}

// mark is the receiver's answer to the first line, on condition of an ETag.
func (j job) mark(id, tag, status string) request {
	return request{method: "POST", path: "/orders/" + id + "/lines/1", header: withTicket(j.answer, "If-Match: "+tag),
		body: []byte(`{"status":"` + status + `"}`)}
}

// submit sends an order, waits until the receiver has it, and returns its id.
func (j job) submit(t *testing.T, number string) string {
	t.Helper()
	id := path.Base(j.want(t, http.StatusAccepted, j.post(number, 0)).Header.Get("Location"))
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		a, err := j.ask(request{method: "HEAD", path: "/orders/" + id, header: withTicket(j.answer)})
		switch {
		case err != nil:
			t.Fatal(err)
		case a.StatusCode == http.StatusOK:
			return id
		case time.Now().After(end):
			t.Fatalf("order %s does not reach its receiver: %s", id, a.Status)
		}
	}
}

const list = "orders?mode=SENT_BY_ME&fromDate=20260101000000"

// jobs are the quick ones.
var jobs = []struct {
	name string
	do   func(*testing.T, job)
}{
	{"login", func(t *testing.T, j job) {
		if _, spelled, err := j.login(harness.Sender); err != nil || spelled != j.proxy.ticket {
			t.Errorf("the ticket's header is spelled %q (%v), want %q", spelled, err, j.proxy.ticket)
		}
	}},
	{"10 KB", func(t *testing.T, j job) { j.want(t, http.StatusAccepted, j.post("10k", 10_000)) }},
	{"4 MB", func(t *testing.T, j job) { j.want(t, http.StatusAccepted, j.post("4m", 4_000_000)) }},
	{"chunked", func(t *testing.T, j job) {
		q := j.post("chunked", 200_000)
		q.chunked = true
		j.want(t, http.StatusAccepted, q)
	}},
	{"Expect", func(t *testing.T, j job) {
		q := j.post("expect", 200_000)
		q.expect = true
		j.want(t, http.StatusAccepted, q)
	}},
	{"HTTP/1.0", func(t *testing.T, j job) {
		q := j.post("http10", 10_000)
		q.version = "1.0"
		j.want(t, http.StatusAccepted, q)
	}},
	{"paths", func(t *testing.T, j job) {
		id := j.submit(t, "paths")
		for _, target := range []string{"/" + list, "//" + list, strings.Replace("/"+list, "?", "/?", 1), "/orders/" + id + "/",
			"//orders//" + id + "//editx/", "/orders/" + strings.ToUpper(id) + "/EDITX", "/orders/v1/" + id} {
			j.want(t, http.StatusOK, j.get(target))
		}
	}},
	{"slash in an orderId", func(t *testing.T, j job) {
		lease := fmt.Sprintf(leaseOrder, j.name+"/11")
		key := "Authorization: Bearer " + j.montly
		j.want(t, http.StatusCreated, request{method: "POST", path: "/v1/orders",
			header: []string{key, "Content-Type: application/json"}, body: []byte(lease)})
		for _, slash := range []string{"/", "%2F", "%2f"} {
			j.want(t, http.StatusOK, request{method: "GET", path: "/v1/orders/" + j.name + slash + "11/status", header: []string{key}})
		}
	}},
	{"HEAD", func(t *testing.T, j job) {
		q := j.get("/" + list)
		q.method = "HEAD"
		if a := j.want(t, http.StatusOK, q); a.Header.Get("ETag") == "" || len(a.body) > 0 {
			t.Errorf("HEAD: %v, %d bytes", a.Header, len(a.body))
		}
	}},
	{"OPTIONS", func(t *testing.T, j job) {
		if a := j.want(t, http.StatusNoContent, request{method: "OPTIONS", path: "/orders"}); !strings.Contains(a.Header.Get("Allow"), "POST") {
			t.Errorf("Allow: %q", a.Header.Get("Allow"))
		}
	}},
	{"401 names both schemes", func(t *testing.T, j job) {
		a := j.want(t, http.StatusUnauthorized, request{method: "GET", path: "/" + list})
		all := strings.Join(a.Header.Values("WWW-Authenticate"), ", ")
		if !strings.Contains(all, "Boknett") || !strings.Contains(all, "Bearer") {
			t.Errorf("WWW-Authenticate: %q", all)
		}
		isProblem(t, a)
	}},
	{"304", func(t *testing.T, j job) {
		id := j.submit(t, "304")
		for _, target := range []string{"/orders/" + id, "/orders/" + id + "/editx", "/v2/orders/" + id,
			strings.Replace("/"+list, "?", "/message?", 1)} {
			tag := j.want(t, http.StatusOK, j.get(target, "Accept-Encoding: gzip")).Header.Get("ETag")
			j.want(t, http.StatusNotModified, j.get(target, "Accept-Encoding: gzip", "If-None-Match: "+tag))
		}
	}},
	{"If-Match", ifMatch},
	{"413 of 6 MB", func(t *testing.T, j job) { refused(t, j, http.StatusRequestEntityTooLarge, j.post("6m", 6_000_000)) }},
	{"413 of 8 MB", func(t *testing.T, j job) { refused(t, j, http.StatusRequestEntityTooLarge, j.post("8m", 8_000_000)) }},
	{"413 of 8 MB in chunks", func(t *testing.T, j job) {
		q := j.post("8mc", 8_000_000)
		q.chunked = true
		refused(t, j, http.StatusRequestEntityTooLarge, q)
	}},
	{"401 of 1 MB", func(t *testing.T, j job) { refused(t, j, http.StatusUnauthorized, ended(j, 1_000_000)) }},
	{"401 of 4 MB", func(t *testing.T, j job) { refused(t, j, http.StatusUnauthorized, ended(j, 4_000_000)) }},
	{"415 of 1 MB", func(t *testing.T, j job) {
		q := j.post("415", 1_000_000)
		q.header = withTicket(j.ticket, "Content-Type: application/xml", "Content-Encoding: br")
		refused(t, j, http.StatusUnsupportedMediaType, q)
	}},
	{"404 of 1 MB", func(t *testing.T, j job) {
		q := j.post("404", 1_000_000)
		q.path = "/nothing-here"
		refused(t, j, http.StatusNotFound, q)
	}},
	{"405 of 1 MB", func(t *testing.T, j job) {
		q := j.post("405", 1_000_000)
		q.method = "PUT"
		refused(t, j, http.StatusMethodNotAllowed, q)
	}},
	{"events at once", func(t *testing.T, j job) {
		s, err := j.listen("/v2/events", withTicket(j.answer)...)
		if err == nil {
			defer s.Close()
			err = s.until("retry:")
		}
		if err != nil {
			t.Fatal(err)
		}
		// One of some is enough: this machine may be busy, and a proxy that holds
		// events back does it every time.
		const soon = 150 * time.Millisecond
		best := time.Hour
		for i := 0; i < 20 && best > soon; i++ {
			begun := time.Now()
			id := path.Base(j.want(t, http.StatusAccepted, j.post(fmt.Sprint("event-", i), 0)).Header.Get("Location"))
			if err := s.until(id); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(begun))
		}
		if best > soon {
			t.Errorf("an event comes %s after the order was sent", best)
		}
	}},
}

// ifMatch changes a line under the tag that the order was read with, as it was
// and as it is when something on the way has compressed it.
func ifMatch(t *testing.T, j job) {
	id := j.submit(t, "if-match")
	read := request{method: "GET", path: "/orders/" + id, header: withTicket(j.answer, "Accept-Encoding: gzip")}
	tag := func() string { return j.want(t, http.StatusOK, read).Header.Get("ETag") }
	before := tag()
	j.want(t, http.StatusOK, j.mark(id, before, "RECEIVED"))
	j.want(t, http.StatusPreconditionFailed, j.mark(id, before, "REJECTED"))
	j.want(t, http.StatusOK, j.mark(id, "W/"+strings.TrimPrefix(tag(), "W/"), "REJECTED"))
	j.want(t, http.StatusOK, j.mark(id, strings.TrimSuffix(strings.TrimPrefix(tag(), "W/"), `"`)+`-gzip"`, "RECEIVED"))
}

// refused asks ten times for what is refused, with a large body: the refusal
// itself arrives each time, and no page of the proxy's.
func refused(t *testing.T, j job, status int, q request) {
	t.Helper()
	for range 10 {
		isProblem(t, j.want(t, status, q))
	}
}

// ended is an order with a ticket that is none any more.
func ended(j job, size int) request {
	q := j.post("ended", size)
	q.header = withTicket("TGT-1-ended", "Content-Type: application/xml")
	return q
}

func isProblem(t *testing.T, a reply) {
	t.Helper()
	var p struct {
		Status int
		Code   string
	}
	if err := json.Unmarshal(a.body, &p); err != nil || p.Status != a.StatusCode || p.Code == "" {
		t.Fatalf("%s says %.200q (%v), which is not a problem document", a.Status, a.body, err)
	}
}

// leaseOrder is an order of the third dialect; its number stands for %s.
const leaseOrder = `{"orderId": "%s", "firstName": "Anna", "lastName": "Ek", "company": "Ek AB", "orgNumber": "559089-4308",
"email": "anna@ek.example", "phone": "09 61 64 48 49", "customerIp": "192.0.2.7", "totalAmount": 1010000, "VAT": 252500,
"shippingAmount": 10000, "shippingVAT": 2500, "currency": "SEK", "months": 24, "tariff": 5, "billing": {"address": "Gatan 1",
"city": "Lund", "postalCode": "222 22", "country": "SE"}, "items": [{"name": "Desk", "productId": "D1", "quantity": 2,
"unitAmount": 500000, "totalAmount": 1000000, "VAT": 250000}]}`

type slowJob struct {
	name string
	do   func(job) error
}

// slowJobs wait for what happens by itself.
var slowJobs = []slowJob{
	{"the longest wait", func(j job) error {
		begun := time.Now()
		a, err := j.ask(request{method: "GET", path: "/v2/feed?wait=50", header: withTicket(j.quiet)})
		if err != nil {
			return err
		}
		if took := time.Since(begun); a.StatusCode != http.StatusOK || took < 40*time.Second {
			return fmt.Errorf("wait=50: %s after %s: %.200s", a.Status, took, a.body)
		}
		return nil
	}},
	{"signs of life", func(j job) error {
		s, err := j.listen("/v2/events", withTicket(j.quiet)...)
		if err != nil {
			return err
		}
		defer s.Close()
		for range 3 {
			if err := s.until(": still here"); err != nil {
				return err
			}
		}
		return nil
	}},
}

// TestProxies runs the work of a client through every proxy of deploy/proxy.
func TestProxies(t *testing.T) {
	t.Parallel()
	unchanged := func(_, text string) string { return text }
	waited := through(t, proxies(), unchanged, slowJobs, func(j job) {
		for _, do := range jobs {
			t.Run(j.proxy.name+"/"+do.name, func(t *testing.T) { do.do(t, j) })
		}
	})
	for name, err := range waited {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// through starts the proxies before one gateway and does some work through each,
// while the slow jobs run through all. It returns how those ended.
func through(t *testing.T, all []proxy, change func(name, text string) string,
	slow []slowJob, work func(job)) map[string]error {
	t.Helper()
	g := start(t)
	for _, party := range []string{harness.Sender, harness.Receiver} {
		g.addUser(t, party)
	}
	if _, err := g.Admin("party", "add", quietParty, "--name", "Eksempel Skole"); err != nil {
		t.Fatal(err)
	}
	g.addUser(t, quietParty)
	key, err := g.Admin("key", "add", "--party", harness.Sender, "--dialect", "montly")
	if err != nil {
		t.Fatal(err)
	}
	tickets := map[string]string{}
	for _, party := range []string{harness.Sender, harness.Receiver, quietParty} {
		if tickets[party], _, err = wire(strings.TrimPrefix(g.Base, "http://")).login(party); err != nil {
			t.Fatal(err)
		}
	}
	var ready []job
	for i, p := range all {
		j := job{proxy: p, ticket: tickets[harness.Sender], answer: tickets[harness.Receiver], quiet: tickets[quietParty],
			montly: strings.TrimSpace(string(key)), name: fmt.Sprint("p", i, "-")}
		j.wire = p.start(t, g, func(text string) string { return change(p.name, text) })
		ready = append(ready, j)
	}
	results, ends := make(chan slowResult), map[string]error{}
	for _, j := range ready {
		for _, do := range slow {
			go func() { results <- slowResult{j.proxy.name + "/" + do.name, do.do(j)} }()
		}
	}
	for _, j := range ready {
		work(j)
	}
	for range len(ready) * len(slow) {
		r := <-results
		ends[r.name] = r.err
	}
	return ends
}

// compressing are the proxies that can compress what they pass on, each with
// what has it do so. It is not in deploy/proxy: operators have it from elsewhere.
var compressing = map[string]*strings.Replacer{
	"nginx": strings.NewReplacer("location / {", "location / {\n"+
		"gzip on; gzip_proxied any; gzip_min_length 0; gzip_types application/hal+json application/xml;"),
	"apache": strings.NewReplacer("DeflateAlterETag NoChange", "AddOutputFilterByType DEFLATE application/hal+json application/xml"),
	"haproxy": strings.NewReplacer("backend bookgate\n", "backend bookgate\n"+
		"compression algo gzip\ncompression type application/hal+json application/xml\n"),
	"varnish with VCL": strings.NewReplacer("vcl 4.1;", "vcl 4.1; sub vcl_backend_response { set beresp.do_gzip = true; }"),
	"caddy":            strings.NewReplacer("reverse_proxy", "encode {\ngzip\nminimum_length 1\nmatch header Content-Type *\n}\nreverse_proxy"),
}

// TestProxiesCompress: a tag that a proxy has changed, because it compressed
// what it stands for, is known when it comes back.
func TestProxiesCompress(t *testing.T) {
	t.Parallel()
	var all []proxy
	for _, p := range proxies() {
		if compressing[p.name] != nil {
			all = append(all, p)
		}
	}
	change := func(name, text string) string { return compressing[name].Replace(text) }
	through(t, all, change, nil, func(j job) {
		t.Run(j.proxy.name, func(t *testing.T) {
			id := j.submit(t, "compressed")
			for _, target := range []string{"/orders/" + id, "/orders/" + id + "/editx", "/v2/orders/" + id} {
				a := j.want(t, http.StatusOK, j.get(target, "Accept-Encoding: gzip"))
				if tag := a.Header.Get("ETag"); a.Header.Get("Content-Encoding") != "gzip" || tag == "" {
					t.Errorf("%s is not compressed on its way: %v", target, a.Header)
				} else {
					t.Logf("%s has the tag %s", target, tag)
					j.want(t, http.StatusNotModified, j.get(target, "Accept-Encoding: gzip", "If-None-Match: "+tag))
				}
			}
			ifMatch(t, j)
		})
	})
}

const quietParty = "116"

type slowResult struct {
	name string
	err  error
}
