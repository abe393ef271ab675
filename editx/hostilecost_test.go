package editx

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bookgate/bookgate/order"
)

const (
	// hostileCPU is what a refusal may cost of the processor: a core refuses
	// fifty a second, which is more than the rate limit admits. It is printed.
	hostileCPU = 20 * time.Millisecond

	// hostileHeap is what it may cost of memory beside the body, garbage and all.
	// Without the limits on elements it is eight times as much.
	hostileHeap = 4 << 20
)

// underRace is whether the race detector slows everything down.
var underRace bool

// slowness divides what is tried under the race detector, which finds nothing
// more in a function that starts no goroutine: make test-all tries everything
// without it.
func slowness() int {
	if underRace {
		return 25
	}
	return 1
}

// generated are hostile documents made by rule, each trick in each place.
func generated() []hostileDocument {
	var docs []hostileDocument
	add := func(code, name string, body []byte) { docs = append(docs, hostileDocument{name, body, code}) }
	places := []struct {
		name string
		put  func(string) []byte
	}{
		{"before the root", before},
		{"in the line", inLine},
		{"in a value", func(s string) []byte { return asNumber("HB" + s + "-1") }},
		{"in an unknown element", func(s string) []byte { return inLine("<X>" + s + "</X>") }},
		{"behind the root", func(s string) []byte { return []byte(plainOrder + s) }},
	}
	for _, p := range places {
		for _, d := range []string{
			`<!DOCTYPE Order>`, `<!DOCTYPE Order []>`, `<!DOCTYPE Order SYSTEM "http://127.0.0.1/x.dtd">`, `<!DOCTYPE Order PUBLIC "-//X" "x.dtd" [<!ENTITY a "b">]>`,
			`<!ENTITY % p SYSTEM "file:///etc/passwd">`, `<!NOTATION n SYSTEM "n">`, `<!ATTLIST Order a CDATA "b">`,
		} {
			add("xml-hostile", d+" "+p.name, p.put(d))
		}
	}
	for c := range byte(0x20) {
		if !strings.ContainsRune("\t\r\n", rune(c)) {
			add("xml-character", fmt.Sprintf("byte %#02x in a value", c), asNumber("HB"+string(rune(c))))
			add("xml-malformed", fmt.Sprintf("reference to %#02x", c), asNumber(fmt.Sprintf("HB&#%d;", c)))
		}
	}
	for _, label := range []string{"UTF-32", "UCS-4", "UTF-7", "UTF-1", "SCSU", "IBM273", "ISO-8859-12", "windows-1259", "KOI8-R", "Shift_JIS", "GB18030", "Big5", "x-user-defined", "hex", "../../etc/passwd"} {
		add("xml-encoding", "declared "+label, with(`"UTF-8"`, `"`+label+`"`))
	}
	for _, name := range []string{"Order", "Header", "OrderNumber", "BuyerParty", "PartyID", "ItemDetail", "ProductID", "Summary"} {
		add("", "foreign namespace on "+name, with("<"+name, "<"+name+` xmlns="urn:u"`))
		add("xml-malformed", "end of "+name+" missing", with("</"+name+">", ""))
		add("xml-limit", "attributes on "+name, with("<"+name, "<"+name+flood(5000)))
		add("xml-limit", "depth in "+name, with("<"+name, strings.Repeat("<a>", 40_000)+"<"+name))
	}
	for at := 11; at < strings.LastIndex(plainOrder, ">"); at += 23 {
		add("xml-malformed", fmt.Sprintf("cut at %d", at), []byte(plainOrder[:at]))
	}
	for _, root := range []string{"<Order/>", `<Order version="1.3"></Order>`, plainOrder, "<x/>", "<!-- a --><Order/>"} {
		add("xml-malformed", "second root "+root[:min(len(root), 30)], []byte(plainOrder+root))
	}
	return docs
}

func flood(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d="%d"`, i, i)
	}
	return b.String()
}

// TestHostileIsCheap holds that each attack is refused under every profile, in
// our words, and costs little.
func TestHostileIsCheap(t *testing.T) {
	docs := append(hostile(), generated()...)
	if len(docs) < 200 {
		t.Errorf("there are %d hostile documents only", len(docs))
	}
	var worst cost
	for n, d := range docs {
		if n%slowness() != 0 {
			continue
		}
		if d.code != "" {
			refusedEverywhere(t, d)
		}
		if underRace {
			continue // what it costs without the detector decides
		}
		c := dearest(d.body)
		worst.cpu, worst.heap = max(worst.cpu, c.cpu), max(worst.heap, c.heap)
		if c.heap > hostileHeap {
			t.Errorf("%s: %d KiB of heap beside a body of %d KiB", d.name, c.heap>>10, len(d.body)>>10)
		}
	}
	t.Logf("%d documents; the dearest took %v (wanted: %v) and %d KiB", len(docs), worst.cpu, hostileCPU, worst.heap>>10)
}

// refusedEverywhere holds that a document is refused under each profile, and
// that the report says it where it is.
func refusedEverywhere(t *testing.T, d hostileDocument) {
	t.Helper()
	for _, p := range []Profile{Strict, Trade, Lenient} {
		o, _, err := DecodeAs(d.body, p)
		if err == nil || o.Number != "" || o.Lines != nil || o.Extensions != nil {
			t.Errorf("%s: %s takes it: %v", d.name, p, err)
		}
		if len(d.body) > MaxBytes {
			continue // a report on it would say the same
		}
		r := mustCheck(t, d.body, p)
		if !r.Refused {
			t.Errorf("%s: the report under %s does not refuse it", d.name, p)
		}
		for _, f := range r.Findings {
			if f.Code == "" || f.Path == "" || !strings.HasSuffix(f.Message, ".") && !strings.HasSuffix(f.Message, "`") && !strings.HasSuffix(f.Message, "?>.") {
				t.Errorf("%s: %+v is no clear finding", d.name, f)
			}
		}
	}
}

// cost is what one refusal took.
type cost struct {
	cpu  time.Duration
	heap uint64
}

// dearest measures Decode. The rest of the machine can only make it look
// dearer, so the cheapest of several tries is the truth.
func dearest(body []byte) cost {
	best := decodeCost(body)
	for tries := 0; tries < 8 && (best.cpu > hostileCPU/2 || best.heap > hostileHeap/2); tries++ {
		again := decodeCost(body)
		best.cpu, best.heap = min(best.cpu, again.cpu), min(best.heap, again.heap)
	}
	return best
}

func decodeCost(body []byte) cost {
	// A collection that happens to fall into the measurement is not its cost.
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := processTime()
	_, _, _ = Decode(body)
	end := processTime()
	runtime.ReadMemStats(&after)
	return cost{end - begin, after.TotalAlloc - before.TotalAlloc}
}

// processTime is what the processor has done for this process so far.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestForeignElementsAreBounded is of documents that are not written again: what
// is passed over in them is bounded too, beyond some for each line.
func TestForeignElementsAreBounded(t *testing.T) {
	for name, read := range map[string]func([]byte) error{
		"<OrderResponse version=\"1.3\">|</OrderResponse>":       func(b []byte) error { _, _, err := DecodeResponse(b); return err },
		"<OrderCancelation version=\"1.1\">|</OrderCancelation>": func(b []byte) error { _, _, err := DecodeCancellation(b); return err },
	} {
		begin, end, _ := strings.Cut(name, "|")
		for n, limited := range map[int]bool{maxUnknown: false, maxUnknown + 1: true} {
			err := read([]byte(begin + strings.Repeat("<a/>", n) + end))
			if got := order.CodeOf(err) == "xml-limit"; got != limited {
				t.Errorf("%d elements in %s: %v", n, begin, err)
			}
		}
	}
}
