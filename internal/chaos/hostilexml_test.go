//go:build all

package chaos

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/plant"
)

const (
	hostileTime   = 3 * time.Second
	hostileAtOnce = 64
	leastHostile  = 200
	mostGrowth    = 256 << 20
	hostileCPU    = 20 * time.Millisecond // what is promised of each document
	mostNested    = 10 * hostileCPU       // of the deepest, which the planted fault exceeds
	everyNth      = 4                     // of the documents that paths get which read as another does
	plantedAtOnce = 12
)

// hostileParty sends what hurts: it has its own shares, so that the good client
// can be asked for everything.
const hostileParty = "666001"

// targetNumber is the order that responses and cancellations are sent to.
const targetNumber = "target-1"

// TestHostileXML sends documents that are made to hurt a reader of XML, one by one
// to every path that takes XML, and then many at once while a good client works.
// In the control elements nest and follow without an end.
func TestHostileXML(t *testing.T) {
	t.Parallel()
	hostileXML(t, hostileTime)
	t.Run("control", func(t *testing.T) {
		run := newHostileRun(t, plantedScene(t, sqlite, plant.NoXMLLimits))
		deep := run.nested(t)
		grown := run.flood(t, plantedAtOnce, hostileTime/3, isNested)
		t.Logf("control, a reader without limits: the deepest document took %s, and resident memory grew by %d MiB", deep, grown>>20)
		if deep <= mostNested {
			t.Errorf("control: without limits the deepest document took %s, which would have passed", deep)
		}
	})
}

func hostileXML(t *testing.T, length time.Duration) {
	t.Helper()
	run := newHostileRun(t, newScene(t, sqlite))
	run.sendEach(t)
	deep := run.nested(t)
	grown := run.flood(t, hostileAtOnce, length, func(hostileDocument) bool { return true })
	run.report(t, grown)
	if grown > mostGrowth || deep > mostNested {
		t.Errorf("resident memory grew by %d MiB, %d MiB are allowed; the deepest document took %s, %s is allowed", grown>>20, mostGrowth>>20, deep, mostNested)
	}
}

// hostileRoute is a path that takes XML, with a document that it would take.
type hostileRoute struct {
	path  string
	by    *harness.Client
	docs  []hostileDocument
	alike bool // it reads as another path does, and gets some of the documents alone
	acks  bool // it answers for each document in a message, so that a 2xx may say that none was taken
}

type hostileRun struct {
	gateway        *harness.Gateway
	good, receiver *harness.Client
	hostile        *harness.Client
	routes         []hostileRoute

	sent   int
	cpu    []time.Duration
	worst  string // the document that took most
	served []time.Duration
}

func newHostileRun(t *testing.T, scene harness.Scene) *hostileRun {
	t.Helper()
	var c harness.Credentials
	for _, args := range [][]string{{"party", "add", hostileParty, "--name", "Fiendtlig"}, {"client", "add", "--party", hostileParty, "--json"}} {
		out, err := scene.Admin(args...)
		if err != nil {
			t.Fatal(err)
		}
		json.Unmarshal(out, &c)
	}
	g := start(t, scene, quiet...)
	t.Cleanup(g.Kill)
	run := &hostileRun{gateway: g, good: login(t, g, scene.Sender), receiver: login(t, g, scene.Receiver), hostile: login(t, g, c)}
	text := strings.ReplaceAll(string(harness.OrderXML("LEAF", 1)), "<Identifier>"+harness.Sender+"<", "<Identifier>"+hostileParty+"<")
	id, err := run.hostile.Submit([]byte(strings.Replace(text, "LEAF", targetNumber, 1)))
	if err != nil {
		t.Fatal(err)
	}
	orders := hostileDocuments(template{text, "Order"})
	_, order, _ := strings.Cut(text, "?>\n")
	envelope := hostileDocuments(template{fmt.Sprintf(envelopeText, hostileParty, harness.Receiver, order), "EDItXMessage"})
	cancellation := slices.DeleteFunc(hostileDocuments(template{fmt.Sprintf(cancellationText, hostileParty), "OrderCancelation"}), func(d hostileDocument) bool {
		return len(d.body) == 0 // which takes back what is left
	})
	response := hostileDocuments(template{fmt.Sprintf(responseText, hostileParty, harness.Receiver), "OrderResponse"})
	run.routes = []hostileRoute{
		{path: "/orders", by: run.hostile, docs: orders}, {path: "/orders/v1", by: run.hostile, docs: orders, alike: true}, {path: "/v2/orders", by: run.hostile, docs: orders, alike: true},
		{path: "/orders", by: run.hostile, docs: envelope, acks: true}, {path: "/v2/orders", by: run.hostile, docs: envelope, alike: true, acks: true},
	}
	for n, base := range []string{"/v2/orders/", "/orders/", "/orders/v1/"} {
		run.routes = append(run.routes, hostileRoute{path: base + id + "/response", by: run.receiver, docs: response, alike: n > 0},
			hostileRoute{path: base + id + "/cancellation", by: run.hostile, docs: cancellation, alike: n > 0})
	}
	return run
}

const (
	envelopeText = `<?xml version="1.0" encoding="UTF-8"?>
<EDItXMessage version="1.2"><EDItXMessageHeader><InterchangeReference>I-1</InterchangeReference><MessageNumber>1</MessageNumber>
<DocumentType>Order</DocumentType><VersionNumber>1.3</VersionNumber><NumberOfDocuments>1</NumberOfDocuments>
<Sender><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>%s</Identifier></PartyID></Sender>
<Receiver><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>%s</Identifier></PartyID></Receiver>
<PurposeCode>Original</PurposeCode><SentDateTime>20261121T0930</SentDateTime></EDItXMessageHeader>
<EDItXMessagePayload>%s</EDItXMessagePayload></EDItXMessage>`

	cancellationText = `<?xml version="1.0" encoding="UTF-8"?>
<OrderCancelation version="1.1"><Header><OrderCancelationNumber>LEAF</OrderCancelationNumber><IssueDateTime>20261121T0930</IssueDateTime>
<ReferenceCoded><ReferenceTypeCode>BuyersOrderReference</ReferenceTypeCode><ReferenceNumber>other</ReferenceNumber></ReferenceCoded>
<PurposeCode>Original</PurposeCode><BuyerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>%s</Identifier></PartyID></BuyerParty></Header></OrderCancelation>`

	responseText = `<?xml version="1.0" encoding="UTF-8"?>
<OrderResponse version="1.3"><Header><OrderResponseNumber>LEAF</OrderResponseNumber><IssueDateTime>20261121T0930</IssueDateTime>
<ReferenceCoded><ReferenceTypeCode>BuyersOrderReference</ReferenceTypeCode><ReferenceNumber>other</ReferenceNumber></ReferenceCoded><PurposeCode>Original</PurposeCode>
<BuyerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>%s</Identifier></PartyID></BuyerParty>
<SellerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>%s</Identifier></PartyID></SellerParty></Header></OrderResponse>`
)

// each calls do with every document of every path that gets it.
func (run *hostileRun) each(do func(hostileRoute, hostileDocument)) {
	for _, route := range run.routes {
		for n, d := range route.docs {
			if !route.alike || n%everyNth == 0 {
				do(route, d)
			}
		}
	}
}

// sendEach sends one document after the other, and looks at what each cost and
// what was stored.
func (run *hostileRun) sendEach(t *testing.T) {
	t.Helper()
	for _, route := range run.routes {
		if len(route.docs) < leastHostile {
			t.Errorf("%s: %d documents", route.path, len(route.docs))
		}
	}
	var worst time.Duration
	run.each(func(route hostileRoute, d hostileDocument) {
		begun := processorTime(t, run.gateway)
		res, body, err := route.by.Do(http.MethodPost, route.path, d.body, "application/xml")
		took := processorTime(t, run.gateway) - begun
		run.sent++
		if run.cpu = append(run.cpu, took); took > worst {
			worst, run.worst = took, d.name+" to "+route.path
		}
		if said := run.refused(route, d, res, body, err); said != "" {
			t.Errorf("%s to %s: %s", d.name, route.path, said)
		}
	})
	items, err := run.hostile.List("SENT_BY_ME")
	if err != nil || len(items) == 0 {
		t.Fatal(err)
	}
	for _, o := range items {
		if o.Number != targetNumber && !strings.HasPrefix(o.Number, mildNumber) {
			t.Errorf("the order %s was stored", o.Number)
		}
	}
}

// refused says what is wrong with an answer, or "".
func (run *hostileRun) refused(route hostileRoute, d hostileDocument, res *http.Response, body []byte, err error) string {
	var problem struct {
		Code, Detail string
		Status       int
	}
	switch {
	case err != nil:
		return err.Error()
	case res.StatusCode/100 == 2 && route.acks:
		if strings.Contains(string(body), ">Accepted<") && !d.mild {
			return fmt.Sprintf("taken: %s", body)
		}
		return ""
	case res.StatusCode/100 == 2 && d.mild:
		return ""
	case !slices.Contains([]int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity}, res.StatusCode):
		return fmt.Sprintf("%s: %s", res.Status, body)
	case json.Unmarshal(body, &problem) != nil || problem.Code == "" || problem.Detail == "" || problem.Status != res.StatusCode:
		return fmt.Sprintf("refused without a reason: %s", body)
	}
	return ""
}

func isNested(d hostileDocument) bool {
	return strings.HasPrefix(d.name, strconv.Itoa(deepest)+" elements")
}

// nested is what the deepest documents take of the processor, the least of
// three times.
func (run *hostileRun) nested(t *testing.T) time.Duration {
	t.Helper()
	route := run.routes[0]
	d := route.docs[slices.IndexFunc(route.docs, isNested)]
	least := time.Hour
	for range 3 {
		begun := processorTime(t, run.gateway)
		if _, _, err := route.by.Do(http.MethodPost, route.path, d.body, "application/xml"); err != nil {
			t.Fatal(err)
		}
		least = min(least, processorTime(t, run.gateway)-begun)
	}
	return least
}

// flood sends the documents that are wanted many at once, while a good client
// submits and polls. It returns how much resident memory grew.
func (run *hostileRun) flood(t *testing.T, atOnce int, length time.Duration, wanted func(hostileDocument) bool) (grown int64) {
	t.Helper()
	type shot struct {
		route hostileRoute
		hostileDocument
	}
	var shots []shot
	run.each(func(route hostileRoute, d hostileDocument) {
		if wanted(d) {
			shots = append(shots, shot{route, d})
		}
	})
	before, err := run.gateway.Usage()
	if err != nil {
		t.Fatal(err)
	}
	var sent atomic.Int64
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				s := shots[rand.IntN(len(shots))]
				res, body, err := s.route.by.Do(http.MethodPost, s.route.path, s.body, "application/xml")
				sent.Add(1)
				if err != nil || res.StatusCode == http.StatusServiceUnavailable || res.StatusCode == http.StatusTooManyRequests {
					time.Sleep(10 * time.Millisecond) // the party has all that it may have
				} else if res.StatusCode >= http.StatusInternalServerError {
					t.Errorf("%s: %s %s", s.name, res.Status, body)
				}
			}
		})
	}
	peak := before.Resident
	for began, n := time.Now(), 0; time.Since(began) < length && run.gateway.Running(); n++ {
		run.work(t, n)
		if u, err := run.gateway.Usage(); err == nil {
			peak = max(peak, u.Peak)
		}
	}
	close(stop)
	all.Wait()
	run.sent += int(sent.Load())
	return peak - before.Resident
}

// work is what the good client does again and again.
func (run *hostileRun) work(t *testing.T, n int) {
	t.Helper()
	number := orderNumber("good", n, 1)
	begun := time.Now()
	if _, err := run.good.Submit(bodyOf(number)); err != nil && run.gateway.Running() {
		t.Errorf("a good order was refused: %v", err)
	}
	run.served = append(run.served, time.Since(begun))
	begun = time.Now()
	res, _, err := run.good.Do(http.MethodGet, "/v2/feed?limit=10&after=0", nil, "")
	if run.gateway.Running() && (err != nil || res.StatusCode != http.StatusOK) {
		t.Errorf("a poll was refused: %v", err)
	}
	run.served = append(run.served, time.Since(begun))
}

func (run *hostileRun) report(t *testing.T, grown int64) {
	t.Helper()
	if !run.gateway.Running() {
		t.Fatalf("the gateway has ended\n%s", run.gateway.Log())
	}
	slices.Sort(run.cpu)
	slices.Sort(run.served)
	figures(t, "%d hostile documents for each of %d paths, %d requests: half take %s of the processor, 99 %% at most %s, the worst %s (%s; goal %s); %d good requests beside %d at once, 0 failed (%s), 99 %% within %s; memory grew by %d MiB",
		len(run.routes[0].docs), len(run.routes), run.sent, run.cpu[len(run.cpu)/2].Round(10*time.Microsecond), percentOf(run.cpu, 99), percentOf(run.cpu, 100), run.worst, hostileCPU,
		len(run.served), hostileAtOnce, bound(len(run.served)), percentOf(run.served, 99), grown>>20)
}

// processorTime is what all threads of the gateway have had of the processors, to
// the nanosecond.
func processorTime(t *testing.T, g *harness.Gateway) (sum time.Duration) {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", g.PID()))
	if err != nil || len(tasks) == 0 {
		t.Fatalf("no threads of the gateway: %v\n%s", err, g.Log())
	}
	for _, task := range tasks {
		if text, err := os.ReadFile(task); err == nil { // one may just have ended
			first, _, _ := strings.Cut(string(text), " ")
			n, _ := strconv.ParseInt(first, 10, 64)
			sum += time.Duration(n)
		}
	}
	return sum
}
