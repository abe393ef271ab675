package email

import (
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// furnish fills in what a person reads of an order beside the numbers.
func furnish(o *order.Order) {
	o.Lines[0].Detail.Title = "Ærlig talt: «Æ, Ø & Å» på norsk"
	o.Header.ShippingInstructions = "Ring før levering"
	o.Header.ShipTo = &order.TradeParty{ID: order.Identifier{Type: "NBSN", Value: "1"}, Names: []string{"Ås skole"},
		Address: &order.Address{Lines: []string{"Skoleveien 1"}, PostalCode: "1430", City: "ÅS"}}
	o.Header.Buyer.Contacts = []order.Contact{{Name: "Ola Nordmann", Communication: []order.Communication{{Type: "Phone", Locator: "22 33 44 55"}}}}
}

func TestEmailShowsTheOrder(t *testing.T) {
	w := newWorld(t)
	o := w.order("N-4711", furnish)
	task, got := w.deliver()
	if got.Subject != "Ordre N-4711 fra Blåbærhuset Bokhandel" {
		t.Errorf("the subject is %q", got.Subject)
	}
	link := w.link(task)
	for _, words := range []string{"Hei, Eksempel Forlag.", "Blåbærhuset Bokhandel har sendt dere en ordre.", "N-4711", "«Æ, Ø & Å»", "9788202337926, 3 eks.",
		"9788202339296, 1 eks.", "Ås skole", "Skoleveien 1", "1430 ÅS", "Ring før levering", link, "31.7.2026", "blir ikke lest",
		"Ola Nordmann, 22 33 44 55", "order-N-4711.xml"} {
		if !strings.Contains(got.Text, words) {
			t.Errorf("%q is not in the text\n%s", words, got.Text)
		}
		if words = strings.ReplaceAll(words, "&", "&amp;"); !strings.Contains(got.HTML, words) && !strings.Contains(words, " eks.") {
			t.Errorf("%q is not in the HTML\n%s", words, got.HTML)
		}
	}
	sent, findings, err := editx.Decode(got.File)
	if err != nil || got.FileName != "order-N-4711.xml" || sent.Number != "N-4711" || len(sent.Lines) != 2 {
		t.Errorf("the attachment %s: %v, %v", got.FileName, findings, err)
	}
	for name, want := range map[string]string{"Message-Id": "<" + task.Delivery.ID + "@bookgate.example>", "To": "<" + address + ">", "Auto-Submitted": "auto-generated", "Content-Language": "nb"} {
		if value := got.Header.Get(name); value != want {
			t.Errorf("%s is %q, want %q", name, value, want)
		}
	}
	if w.read(o.ID).Revision != o.Revision {
		t.Error("the e-mail changed the order")
	}
}

func TestEmailInTheLanguageOfTheParty(t *testing.T) {
	w := newWorld(t)
	w.party(publisher, "Example Press", "en")
	w.order("N-1", furnish)
	task, got := w.deliver()
	if got.Subject != "Order N-1 from Blåbærhuset Bokhandel" || !strings.Contains(got.Text, "Hello, Example Press.") || !strings.Contains(got.Text, "Replies to this e-mail are not read") {
		t.Errorf("%q\n%s", got.Subject, got.Text)
	}
	w.get(w.link(task)).Want(t, 200, `lang="en"`, "Send the answers", "Rejected, we cannot deliver")
}

func TestSameEmailIsSentAgainUnderItsName(t *testing.T) {
	w := newWorld(t)
	w.order("N-1", nil)
	task := w.task()
	for range 2 { // as after a crash between the server's answer and ours
		if r := w.channel.send(t.Context(), task); r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	got := w.mailServer.Messages()
	if len(got) != 2 || got[0].Header.Get("Message-Id") != got[1].Header.Get("Message-Id") || got[0].Text != got[1].Text {
		t.Errorf("%d e-mails, %v", len(got), got)
	}
}

func TestReductionAndReminder(t *testing.T) {
	w := newWorld(t)
	o := w.order("N-1", nil)
	w.deliver()
	_, err := w.Exchange.Reduce(t.Context(), order.Actor{Party: shop, Name: "b", Via: "ticket"}, o.ID, order.AnyRevision, order.Reduction{EAN: "9788202337926", Number: 2})
	check(t, err)
	_, got := w.deliver()
	if got.Subject != "Endring i ordre N-1 fra Blåbærhuset Bokhandel" || !strings.Contains(got.Text, "-2 eks.") {
		t.Errorf("%q\n%s", got.Subject, got.Text)
	}
	w.Advance(time.Hour)
	remind := func(want int64) {
		t.Helper()
		if n, err := w.DB.Remind(t.Context(), webhook.MailFormat, w.Now().Add(-30*time.Minute), 9); err != nil || n != want {
			t.Fatalf("%d reminders, %v; want %d", n, err, want)
		}
	}
	remind(1)
	first, got := w.deliver()
	if got.Subject != "Påminnelse: ordre N-1 fra Blåbærhuset Bokhandel venter på svar" {
		t.Errorf("%q", got.Subject)
	}
	sent := w.mailServer.Messages()
	if thread := got.Header.Get("References"); thread != sent[0].Header.Get("Message-Id")+" "+sent[1].Header.Get("Message-Id") || got.Header.Get("In-Reply-To") != sent[1].Header.Get("Message-Id") || sent[0].Header.Get("References") != "" {
		t.Errorf("the reminder follows %q", thread)
	}
	w.Advance(time.Hour)
	remind(1)
	task := w.task()
	w.post(w.link(first), form(w.read(o.ID).Revision, "line-1", "accept", "line-2", "accept")).Want(t, 200)
	before := len(w.mailServer.Messages())
	if r := w.channel.send(t.Context(), task); r.Err != nil || !r.Skip || len(w.mailServer.Messages()) != before {
		t.Errorf("an order that was answered is reminded of: %+v", r)
	}
}

// TestCancellationIsOneQuestion cancels an order of 60 lines.
func TestCancellationIsOneQuestion(t *testing.T) {
	t.Parallel() // it waits
	for name, c := range map[string]struct {
		form   []string
		status int
		line   order.Status // of line 61, the first that takes back
		other  order.Status // of the others that do
	}{
		"accepted":          {[]string{"taken", "accept"}, 200, order.Received, order.Received},
		"refused":           {[]string{"taken", "reject", "comment-taken", "Pakket"}, 200, order.Rejected, order.Rejected},
		"but for one":       {[]string{"taken", "accept", "line-61", "reject", "comment-61", "Pakket"}, 200, order.Rejected, order.Received},
		"one alone":         {[]string{"line-61", "accept"}, 200, order.Received, order.Requested},
		"without reason":    {[]string{"taken", "reject"}, 422, order.Requested, order.Requested},
		"comment alone":     {[]string{"comment-taken", "Hei"}, 422, order.Requested, order.Requested},
		"no answer of ours": {[]string{"taken", "delivered"}, 422, order.Requested, order.Requested},
		"too long":          {[]string{"taken", "accept", "comment-taken", strings.Repeat("x", maxComment+1)}, 422, order.Requested, order.Requested},
	} {
		w := newWorld(t)
		o := w.order("N-60", func(o *order.Order) {
			for n := len(o.Lines); n < 60; n++ {
				l := o.Lines[0]
				l.Number, l.Products = n+1, []order.Identifier{{Type: "EAN13", Value: harness.EAN(n)}}
				o.Lines = append(o.Lines, l)
			}
		})
		w.deliver()
		_, err := w.Exchange.Cancel(t.Context(), order.Actor{Party: shop, Name: "b", Via: "ticket"}, o.ID, order.AnyRevision, order.Cancellation{OrderNumber: "N-60"})
		check(t, err)
		task, got := w.deliver() // the one e-mail that is due
		if !strings.HasPrefix(got.Subject, "Endring i ordre N-60") {
			t.Errorf("%q", got.Subject)
		}
		link, revision := w.link(task), w.read(o.ID).Revision
		page := w.get(link).Want(t, 200, "Avsenderen vil trekke tilbake 60 linjer", `name="taken" value="accept"`, `name="taken" value="reject"`).Body
		if strings.Count(page, "<legend>Avsenderen") != 1 || !strings.Contains(page, "<details>") ||
			strings.Contains(page[:strings.Index(page, "<details>")], `name="line-`) || strings.Contains(page[strings.Index(page, "</details>"):], `name="line-`) {
			t.Errorf("the page asks otherwise:\n%s", page)
		}
		done := w.post(link, form(revision, c.form...)).Want(t, c.status)
		after := w.read(o.ID)
		if settled := name == "accepted"; settled != (len(openLines(&after)) == 0) || settled && (strings.Contains(done.Body, "ikke besvart") || !strings.Contains(done.Body, "trukket tilbake")) {
			t.Errorf("%s: %d lines wait for an answer:\n%s", name, len(openLines(&after)), done.Body)
		}
		w.Advance(72 * time.Hour)
		if _, err := w.DB.Remind(t.Context(), webhook.MailFormat, w.Now().Add(-time.Hour), 9); err != nil {
			t.Fatal(err)
		}
		for _, task := range w.Due() {
			if r := w.channel.send(t.Context(), task); r.Err != nil || r.Skip != (name == "accepted") {
				t.Errorf("%s: the reminder: %+v", name, r)
			}
		}
		for i := range after.Lines {
			l, want := &after.Lines[i], c.other
			switch {
			case !l.Adjustment:
				want = order.Sent
			case l.Number == 61:
				want = c.line
			}
			if l.Status != want {
				t.Errorf("%s: line %d is %s, want %s", name, l.Number, l.Status, want)
				break
			}
		}
	}
}

func TestEmailOfATestEvent(t *testing.T) {
	w := newWorld(t)
	e, _, err := endpoint(t.Context(), w.DB, publisher)
	check(t, err)
	_, err = w.DB.AddTest(t.Context(), publisher, e.ID)
	check(t, err)
	task, got := w.deliver()
	if got.Subject != "Test-e-post til Eksempel Forlag" || strings.Contains(got.Text, answerPath) || len(got.File) != 0 {
		t.Errorf("%q\n%s", got.Subject, got.Text)
	}
	w.get(w.link(task)).Want(t, 404)
}

// TestSenderIsNotAskedToAnswer writes to a shop that orders and has a mail
// address too.
func TestSenderIsNotAskedToAnswer(t *testing.T) {
	w := newWorld(t)
	check(t, SetAddress(t.Context(), w.DB, shop, "ordre@shop.example", w.Now()))
	o := w.order("N-1", nil)
	_, err := w.Exchange.Reduce(t.Context(), order.Actor{Party: shop, Name: "b", Via: "ticket"}, o.ID, order.AnyRevision, order.Reduction{EAN: "9788202337926", Number: 2})
	check(t, err)
	for _, task := range w.Due() {
		own := task.Delivery.Party == shop
		if r := w.channel.send(t.Context(), task); r.Err != nil || r.Skip != own {
			t.Errorf("%s to %s: %+v", task.Delivery.Type, task.Delivery.Party, r)
		}
	}
	for _, l := range w.mailServer.Messages() {
		if to := l.Header.Get("To"); to != "<"+address+">" {
			t.Errorf("written to %s: %s", to, l.Subject)
		}
	}
	if n := len(w.mailServer.Messages()); n != 1 { // one for each order at a time
		t.Errorf("%d e-mails", n)
	}
}

func TestWhatTheMailServerSaysDecides(t *testing.T) {
	w := newWorld(t)
	w.order("N-1", nil)
	task := w.task()
	for code, final := range map[int]bool{450: false, 550: true} {
		w.mailServer.Refuse(code, "no mailbox")
		r := w.channel.send(t.Context(), task)
		if r.Status != code || r.Final != final || r.Err == nil || !strings.Contains(r.Err.Error(), "no mailbox") {
			t.Errorf("%d: %+v", code, r)
		}
	}
	task.Endpoint.URL = "https://forlag.example/"
	if r := w.channel.send(t.Context(), task); !r.Final {
		t.Errorf("an address that is none: %+v", r)
	}
}

func TestWithoutMailServerEmailsWait(t *testing.T) {
	d := New(actionmail.Config{})
	if len(d.Formats()) != 0 {
		t.Error("there is a format without a mail server")
	}
	if f := newWorld(t).channel.Formats(); len(f) != 1 || f[0].Name != webhook.MailFormat || f[0].Timeout >= 30*time.Second {
		t.Errorf("%+v; a try must end before its lease", f)
	}
}

func TestAddressOfAParty(t *testing.T) {
	w := newWorld(t)
	want := func(address string, endpoints int) {
		t.Helper()
		got, err := Address(t.Context(), w.DB, publisher)
		all, errAll := w.DB.Endpoints(t.Context(), publisher)
		if err != nil || errAll != nil || got != address || len(all) != endpoints {
			t.Errorf("%q in %d endpoints, %v %v; want %q", got, len(all), err, errAll, address)
		}
	}
	want(address, 1)
	w.writeTo("ola@forlag.example")
	want("ola@forlag.example", 1)
	if err := SetAddress(t.Context(), w.DB, publisher, "Ola <ola@forlag.example>", w.Now()); order.KindOf(err) != order.Invalid {
		t.Errorf("a bad address gave %v", err)
	}
	if err := SetAddress(t.Context(), w.DB, "unknown", "ola@forlag.example", w.Now()); order.KindOf(err) != order.NotFound {
		t.Errorf("an unknown party gave %v", err)
	}
	for _, had := range []bool{true, false} {
		if dropped, err := DropAddress(t.Context(), w.DB, publisher); err != nil || dropped != had {
			t.Errorf("dropped %v, %v", dropped, err)
		}
	}
	want("", 0)
}
