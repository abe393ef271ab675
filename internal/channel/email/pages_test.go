package email

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// form makes the body of an answer.
func form(revision int64, pairs ...string) url.Values {
	f := url.Values{"revision": {fmt.Sprint(revision)}}
	for i := 0; i < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

// mailFor brings an order in, sends its e-mail, and returns order and link.
func (w *world) mailFor(change func(*order.Order)) (order.Order, string) {
	w.T.Helper()
	o := w.order(fmt.Sprintf("N-%d", w.Now().UnixMicro()), change)
	task, _ := w.deliver()
	return o, w.link(task)
}

func TestOrderIsAnsweredOnThePage(t *testing.T) {
	w := newWorld(t)
	o, link := w.mailFor(furnish)
	for range 3 { // scanners and people open links as often as they like
		w.get(link).Want(t, 200, "<form method=\"post\"", "Linje 1: Ærlig talt", "<strong>3</strong>", "Svarer senere", "ikke besvart", fmt.Sprintf(`name="revision" value="%d"`, o.Revision))
		w.do("HEAD", link, "", "").Want(t, 200)
	}
	if w.read(o.ID).Revision != o.Revision {
		t.Fatal("opening the page changed the order")
	}
	w.post(link, form(o.Revision, "line-1", "delivered", "line-2", "reject", "comment-2", "Utsolgt fra forlaget")).
		Want(t, 200, "Takk. Svarene er mottatt", "levert", "avvist", "Utsolgt fra forlaget")
	got := w.read(o.ID)
	if got.Lines[0].Status != order.Fulfilled || got.Lines[1].Status != order.Rejected || got.Lines[1].Answer.Comment != "Utsolgt fra forlaget" {
		t.Errorf("the lines are %+v", got.Lines)
	}
	history, err := w.Exchange.History(t.Context(), shop, o.ID)
	check(t, err)
	if last := history[len(history)-1]; last.Actor != address || last.Via != "email" || last.Party != publisher {
		t.Errorf("the history says %+v", last)
	}
	w.get(link).Want(t, 410, "Denne lenken er brukt", "1.6.2026 kl. 10.00", "Utsolgt fra forlaget", "påminnelser med en ny lenke")
	w.post(link, form(got.Revision, "line-1", "reject", "comment-1", "Ombestemt")).Want(t, 410, "Denne lenken er brukt")
	if w.read(o.ID).Revision != got.Revision {
		t.Error("a used link decided again")
	}
}

func TestLinesCanWait(t *testing.T) {
	w := newWorld(t)
	o, link := w.mailFor(nil)
	w.post(link, form(o.Revision, "line-1", "accept", "line-2", "")).Want(t, 200, "1 linjer er ikke besvart")
	if got := w.read(o.ID); got.Lines[0].Status != order.Received || got.Lines[1].Status != order.Sent {
		t.Errorf("the lines are %+v", got.Lines)
	}
	w.Advance(time.Hour)
	n, err := w.DB.Remind(t.Context(), webhook.MailFormat, w.Now().Add(-time.Minute), 9)
	check(t, err)
	if n != 1 {
		t.Fatalf("%d reminders", n)
	}
	task, _ := w.deliver()
	w.get(w.link(task)).Want(t, 200, "Ingen endring", "Svarer senere", "godtatt")
}

func TestFaultsKeepWhatWasFilledIn(t *testing.T) {
	w := newWorld(t)
	o, link := w.mailFor(nil)
	long := strings.Repeat("æ", maxComment+1)
	for name, c := range map[string]struct {
		form  url.Values
		words []string
	}{
		"nothing":          {form(o.Revision), []string{"minst én linje"}},
		"reject":           {form(o.Revision, "line-1", "reject", "line-2", "accept", "comment-2", "Kommer i uke 30"), []string{"Linje 1 avvises: skriv kort hvorfor", `value="reject" checked`, `value="Kommer i uke 30"`, `href="#line-1"`}},
		"comment alone":    {form(o.Revision, "comment-2", "hei"), []string{"Linje 2 har en kommentar, men ikke noe svar", `value="hei"`}},
		"comment too long": {form(o.Revision, "line-1", "accept", "comment-1", long), []string{"lengre enn 300 tegn", long}},
		"no such choice":   {form(o.Revision, "line-1", "FULFILLED_BLOCKED"), []string{"Linje 1: velg et av svarene"}},
		"all at once":      {form(o.Revision, "line-1", "reject", "line-2", "x"), []string{"Linje 1 avvises", "Linje 2: velg"}},
	} {
		a := w.post(link, c.form).Want(t, 422, append(c.words, `role="alert"`, "<form")...)
		if t.Failed() {
			t.Fatalf("%s: %s", name, a.Body)
		}
	}
	if w.read(o.ID).Revision != o.Revision {
		t.Error("a faulty form changed the order")
	}
	w.post(link, form(o.Revision, "line-1", "accept")).Want(t, 200) // the link is still good
}

func TestOrderThatChangedMeanwhile(t *testing.T) {
	w := newWorld(t)
	o, link := w.mailFor(nil)
	_, err := w.Exchange.Reduce(t.Context(), order.Actor{Party: shop, Name: "b", Via: "ticket"}, o.ID, order.AnyRevision, order.Reduction{EAN: "9788202337926", Number: 2})
	check(t, err)
	w.post(link, form(o.Revision, "line-1", "accept", "comment-1", "alle tre")).
		Want(t, 409, "endret mens siden var åpen", `value="alle tre"`, `value="accept" checked`, "Linje 3", "<strong>-2</strong>", "så mange færre",
			fmt.Sprintf(`name="revision" value="%d"`, o.Revision+1))
	if w.read(o.ID).Lines[0].Status != order.Sent {
		t.Error("an answer to the older order was taken")
	}
	w.post(link, form(o.Revision+1, "line-3", "delivered")).Want(t, 422, "Linje 3: velg")
	w.post(link, form(o.Revision+1, "line-1", "accept", "line-3", "accept")).Want(t, 200)
	if got := w.read(o.ID); got.Lines[2].Status != order.Received {
		t.Errorf("%+v", got.Lines[2])
	}
}

func TestClosedLineHasNoChoices(t *testing.T) {
	w := newWorld(t)
	o, link := w.mailFor(nil)
	_, err := w.Exchange.Mark(t.Context(), order.Actor{Party: publisher, Name: "f", Via: "ticket"}, o.ID, order.AnyRevision, order.LineUpdate{Line: 1, Status: order.FulfilledBlocked})
	check(t, err)
	if body := w.get(link).Want(t, 200).Body; strings.Contains(body, `name="line-1"`) || !strings.Contains(body, `name="line-2"`) {
		t.Errorf("%s", body)
	}
	w.post(link, form(o.Revision+1, "line-1", "reject", "comment-1", "nei", "line-2", "accept")).Want(t, 200)
	if got := w.read(o.ID); got.Lines[0].Status != order.FulfilledBlocked || got.Lines[1].Status != order.Received {
		t.Errorf("%+v", got.Lines)
	}
}

// TestTwoPeopleWithOneLink sends two answers at once, many times: one is taken,
// and the other is not.
func TestTwoPeopleWithOneLink(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		o, link := w.mailFor(nil)
		var all sync.WaitGroup
		got := make([]answer, 2)
		for i, choice := range []string{"accept", "delivered"} {
			all.Go(func() { got[i] = w.post(link, form(o.Revision, "line-1", choice, "line-2", choice)) })
		}
		all.Wait()
		won := 0
		for _, a := range got {
			switch a.Status {
			case 200:
				won++
			case 409, 410:
			default:
				t.Errorf("status %d\n%s", a.Status, a.Body)
			}
		}
		if won != 1 {
			t.Fatalf("%d answers were taken", won)
		}
		want := order.Received
		if got[1].Status == 200 {
			want = order.Fulfilled
		}
		if lines := w.read(o.ID).Lines; lines[0].Status != want || lines[1].Status != want {
			t.Errorf("the lines are %+v, want %s", lines, want)
		}
		w.post(link, form(o.Revision+2, "line-1", "accept")).Want(t, 410)
	}
}

func TestBadLinksLookAlike(t *testing.T) {
	w := newWorld(t)
	_, link := w.mailFor(nil)
	delivery, seal, _ := strings.Cut(strings.TrimPrefix(link, public+answerPath), ".")
	page := w.get(public+answerPath+"nothing").Want(t, 404, "Denne lenken kan ikke brukes", "This link cannot be used").Body
	same := func(name, link string) {
		t.Helper()
		for _, a := range []answer{w.get(link), w.post(link, form(1, "line-1", "accept"))} {
			if a.Want(t, 404); a.Body != page {
				t.Errorf("%s looks otherwise:\n%s", name, a.Body)
			}
		}
	}
	last := "A"
	if strings.HasSuffix(seal, "A") {
		last = "E"
	}
	for name, bad := range map[string]string{
		"unknown":   "msg_0190a1b2-0000-7000-8000-000000000000." + seal,
		"forged":    delivery + "." + seal[:len(seal)-1] + last,
		"cut":       delivery + "." + seal[:20],
		"unsealed":  delivery,
		"empty":     delivery + ".",
		"more":      delivery + "." + seal + "." + seal,
		"very long": strings.Repeat("x", 5000) + "." + seal,
		"hostile":   url.PathEscape(`<script>alert(1)'"--.x`),
	} {
		same(name, public+answerPath+bad)
	}
	w.writeTo("ny@forlag.example")
	same("of the old address", link)
	w.writeTo(address)
	w.get(link).Want(t, 200)
	w.Advance(webhook.LinkLife)
	same("ended", link)
}

func TestForms(t *testing.T) {
	w := newWorld(t)
	o, link := w.mailFor(nil)
	good := form(o.Revision, "line-1", "accept").Encode()
	const urlencoded = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		contentType, body string
		status            int
	}{
		"no type":     {"", good, 415},
		"JSON":        {"application/json", `{"line-1":"accept"}`, 415},
		"multipart":   {"multipart/form-data; boundary=x", good, 415},
		"no revision": {urlencoded, "line-1=accept", 400},
		"negative":    {urlencoded, "revision=-1&line-1=accept", 400},
		"malformed":   {urlencoded, "revision=1&line-1=%zz", 400},
		"too large":   {urlencoded, good + "&comment-1=" + strings.Repeat("x", maxForm), 413},
	} {
		if a := w.do("POST", link, c.contentType, c.body); a.Status != c.status || !strings.Contains(a.Body, "Svarene kunne ikke leses") {
			t.Errorf("%s: %d\n%s", name, a.Status, a.Body)
		}
	}
	w.do("POST", link+"?line-1=accept&line-2=accept&revision="+fmt.Sprint(o.Revision), urlencoded, fmt.Sprintf("revision=%d", o.Revision)).Want(t, 422, "minst én linje")
	w.do("PUT", link, urlencoded, good).Want(t, 405)
	if w.read(o.ID).Revision != o.Revision {
		t.Error("a form that is none changed the order")
	}
	w.do("POST", link, urlencoded+"; charset=utf-8", good).Want(t, 200)
}

func TestPagesReachNothingElse(t *testing.T) {
	w := newWorld(t)
	o, link := w.mailFor(furnish)
	pages := []answer{w.get(link), w.post(link, form(o.Revision)), w.post(link, form(o.Revision, "line-1", "accept")),
		w.get(link), w.get(public + answerPath + "x")}
	for _, a := range pages {
		dialecttest.CheckPage(t, a)
	}
}

func TestHostileTextStaysText(t *testing.T) {
	w := newWorld(t)
	const hostile = `</title></textarea><script>alert(1)</script><img src=x onerror=alert(1)>" onmouseover="x`
	w.party(shop, hostile, "")
	w.party(publisher, "Forlag\u202e "+hostile, "")
	o := w.order("N", func(o *order.Order) {
		o.Number = `N<1>"'`
		o.Lines[0].Detail.Title = "En\r\nBcc: x@y.example\r\n\r\n" + hostile
		o.Header.ShippingInstructions = hostile
	})
	task, got := w.deliver()
	link := w.link(task)
	if strings.ContainsAny(got.Subject, "\r\n") || got.Header.Get("Bcc") != "" || !strings.Contains(got.Text, "1. En Bcc: x@y.example </title>") || strings.Contains(got.Text, "\u202e") {
		t.Errorf("%q\n%s", got.Subject, got.Text)
	}
	if got.FileName != "order-N_1___.xml" {
		t.Errorf("the attachment is called %q", got.FileName)
	}
	bodies := []string{got.HTML, w.get(link).Body,
		w.post(link, form(o.Revision, "line-1", hostile, "comment-1", hostile)).Body,
		w.post(link, form(o.Revision, "line-1", "accept", "comment-1", hostile)).Want(t, 200).Body,
		w.get(link).Body}
	for i, body := range bodies {
		if strings.Contains(body, "<script") || strings.Contains(body, "<img") || strings.Contains(body, `" onmouseover="x`) {
			t.Errorf("%d: text became markup:\n%s", i, body)
		}
		if !strings.Contains(body, "&lt;script&gt;") {
			t.Errorf("%d: the text is not shown:\n%s", i, body)
		}
	}
}
