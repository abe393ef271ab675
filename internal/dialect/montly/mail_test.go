package montly

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// signedLink is the part of a link that no two e-mails have in common.
var signedLink = regexp.MustCompile(`msg_[0-9a-f-]{36}\.[A-Za-z0-9_-]{43}`)

// TestEmailsAreWrittenAsAgreed compares both e-mails, in both languages and
// both forms, with what people have read and found good.
func TestEmailsAreWrittenAsAgreed(t *testing.T) {
	for _, language := range []string{"sv", "en"} {
		s := newScene(t)
		s.speak(language)
		id := s.place(false)
		s.accept(id)
		for _, name := range []string{actionSign, actionDelivery} {
			got, link := s.deliver()
			all := "Subject: " + got.Subject + "\n\n" + got.Text + "\n" + got.HTML
			all = strings.ReplaceAll(signedLink.ReplaceAllString(all, "LINK"), s.read(id).Number, "NUMBER")
			dialecttest.Compare(t, *update, "testdata/mails/"+name+"."+language+".txt", all)
			for header, want := range map[string]string{"To": "<" + buyer + ">", "Auto-Submitted": "auto-generated", "Content-Language": language} {
				if value := got.Header.Get(header); value != want {
					t.Errorf("%s is %q, want %q", header, value, want)
				}
			}
			if name == actionSign {
				s.press(link).Want(t, http.StatusOK)
				s.ship(id)
			}
		}
	}
}

func TestRecipients(t *testing.T) {
	s := newScene(t)
	id := s.place(false, `"authorizedSignatory":null`, `"authorizedSignatory":"`+signatory+`"`)
	s.accept(id)
	got, link := s.deliver()
	if to := got.Header.Get("To"); to != "<"+signatory+">" {
		t.Errorf("who signs is %s", to)
	}
	s.press(link).Want(t, http.StatusOK)
	s.ship(id)
	got, link = s.deliver()
	if to := got.Header.Get("To"); to != "<"+buyer+">" {
		t.Errorf("who confirms is %s", to)
	}
	s.press(link).Want(t, http.StatusOK)
	who := map[order.Status]string{}
	history, err := s.Exchange.History(t.Context(), butik, id)
	check(t, err)
	for _, ev := range history {
		if ev.Kind == order.EventStateChanged {
			who[ev.To] = ev.Actor + " via " + ev.Via
		}
	}
	if who[signed] != signatory+" via montly" || who[deliveryApproved] != buyer+" via montly" {
		t.Errorf("the history says %v", who)
	}
	id = s.place(false, `"authorizedSignatory":null`, `"authorizedSignatory":""`)
	s.accept(id)
	if got, _ := s.deliver(); got.Header.Get("To") != "<"+buyer+">" {
		t.Errorf("an empty signatory is written to at %s", got.Header.Get("To"))
	}
}

// TestTheStepStoresItsEmail looks into the store at once after each step: the
// e-mail is there, and no other.
func TestTheStepStoresItsEmail(t *testing.T) {
	s := newScene(t)
	id := s.place(false)
	waiting := func(want ...string) {
		t.Helper()
		all, err := s.DB.Deliveries(t.Context(), webhook.DeliveryQuery{Party: butik, Endpoint: endpointName(id), State: webhook.Pending, Limit: 99})
		check(t, err)
		var got []string
		for _, d := range all {
			got = append(got, string(d.Event.To))
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("e-mails of %q wait, want %q", got, want)
		}
	}
	check(t, s.mailer.subscribe(t.Context(), butik, id)) // and the process ended here
	waiting()
	s.accept(id)
	waiting(accepted)
	_, link := s.deliver()
	waiting()
	s.press(link).Want(t, http.StatusOK)
	if len(s.Due()) != 1 { // the step to signed, about which there is no e-mail
		t.Error("more than one step is reported")
	}
	s.ship(id)
	waiting(shipped, signed)
}

// TestSubscribingIsOnce subscribes to one order many times at once, as replicas may.
func TestSubscribingIsOnce(t *testing.T) {
	s := newScene(t)
	id := s.place(false)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if err := s.mailer.subscribe(t.Context(), butik, id); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s.accept(id)
	s.deliver() // wants one e-mail
	if err := s.mailer.subscribe(t.Context(), "unknown", id); order.KindOf(err) != order.NotFound {
		t.Errorf("for a party that is not there: %v", err)
	}
}

func TestShippedThroughTheExchangeSendsAnEmail(t *testing.T) {
	s := newScene(t)
	id, link := s.toSign()
	s.press(link).Want(t, http.StatusOK)
	s.mark(id, order.Fulfilled)
	if got, link := s.deliver(); !strings.Contains(link, pages+actionDelivery) || !strings.Contains(got.Text, link) {
		t.Errorf("%s\n%s", link, got.Text)
	}
}

func TestNothingIsAskedOfAnOrderThatWentOn(t *testing.T) {
	s := newScene(t)
	id := s.place(false)
	s.accept(id)
	_, err := s.Exchange.Apply(t.Context(), s.shop(), id, func(o *order.Order) ([]order.Event, error) { return cancel(o, s.shop(), s.Now()) })
	check(t, err)
	for _, d := range s.Due() {
		if r := s.mailer.send(t.Context(), d); !r.Skip || r.Err != nil {
			t.Errorf("an order that was cancelled is asked for: %+v", r)
		}
	}
	if n := len(s.mailServer.Messages()); n != 0 {
		t.Errorf("%d e-mails came", n)
	}
}

func TestSameEmailIsSentAgainUnderItsName(t *testing.T) {
	s := newScene(t)
	s.accept(s.place(false))
	d := s.Due()[0]
	for range 2 { // as after a crash between the server's answer and ours
		if r := s.mailer.send(t.Context(), d); r.Err != nil {
			t.Fatal(r.Err)
		}
		s.Advance(time.Hour)
	}
	got := s.mailServer.Messages()
	if len(got) != 2 || got[0].Text != got[1].Text || got[0].HTML != got[1].HTML || got[0].Header.Get("Message-Id") != "<"+d.Delivery.ID+"@bookgate.example>" ||
		got[0].Header.Get("Message-Id") != got[1].Header.Get("Message-Id") {
		t.Errorf("%d e-mails, %v", len(got), got)
	}
}

func TestWhatTheMailServerSaysDecides(t *testing.T) {
	s := newScene(t)
	s.accept(s.place(false))
	d := s.Due()[0]
	for code, final := range map[int]bool{450: false, 550: true} {
		s.mailServer.Refuse(code, "no mailbox "+buyer+" here")
		r := s.mailer.send(t.Context(), d)
		if r.Status != code || r.Final != final || r.Err == nil || !strings.Contains(r.Err.Error(), "no mailbox the customer here") {
			t.Errorf("%d: %+v", code, r)
		}
	}
}

// TestEmailIsResent sends the pending e-mail once more: the same e-mail, whose link
// is valid, and none at a step that asks for nothing.
func TestEmailIsResent(t *testing.T) {
	s := newScene(t)
	id := s.place(false)
	again := func() error { return s.api.ResendMail(t.Context(), id) }
	if err := again(); order.CodeOf(err) != "lease-email" {
		t.Errorf("a pending order: %v", err)
	}
	s.accept(id)
	first, link := s.deliver()
	check(t, again())
	second, same := s.deliver()
	if second.Text != first.Text || same != link {
		t.Errorf("%s\n%s", second.Text, same)
	}
	s.press(link).Want(t, http.StatusOK)
	if err := again(); order.CodeOf(err) != "lease-email" {
		t.Errorf("a signed order: %v", err)
	}
	s.ship(id)
	s.deliver()
	check(t, again())
	if message, _ := s.deliver(); !strings.Contains(message.Text, "/delivery/") {
		t.Errorf("%s", message.Text)
	}
}

// TestErasedOrderSendsNoEmail erases an order whose e-mail is under way: it
// is not written any more, and nothing is left that could send another.
func TestErasedOrderSendsNoEmail(t *testing.T) {
	s := newScene(t)
	id := s.place(false)
	s.accept(id)
	task := s.Due()[0]
	_, err := s.Exchange.Erase(t.Context(), s.by(), id, "case 1")
	check(t, err)
	if r := s.mailer.send(t.Context(), task); !r.Final || r.Err == nil {
		t.Errorf("%+v", r)
	}
	if e, err := s.DB.Endpoint(t.Context(), butik, endpointName(id)); order.KindOf(err) != order.NotFound {
		t.Errorf("its steps are reported: %+v, %v", e, err)
	}
}

func TestEmailsOfTestOrdersSaySo(t *testing.T) {
	s := newScene(t)
	id := s.place(true)
	s.accept(id)
	for range 2 {
		got, link := s.deliver()
		if !strings.Contains(got.Text, "Det här är ett test") || !strings.Contains(got.HTML, "Det här är ett test") {
			t.Errorf("%s", got.Text)
		}
		s.look(link).Want(t, http.StatusOK, "Det här är ett test")
		s.press(link).Want(t, http.StatusOK, "Det här är ett test")
		if o := s.read(id); state(&o) == signed {
			s.ship(id)
		}
	}
	if o := s.read(id); state(&o) != deliveryApproved {
		t.Errorf("a test order ended %s", state(&o))
	}
}

func TestWithoutMailServerEmailsWait(t *testing.T) {
	if f := NewMailer(actionmail.Config{}).Formats(); len(f) != 0 {
		t.Errorf("there is a format without a mail server: %+v", f)
	}
	if f := newScene(t).mailer.Formats(); len(f) != 1 || f[0].Name != MailName || f[0].Timeout != mail.SendTimeout || len(f[0].Schedule) != 40 {
		t.Errorf("%+v", f)
	}
}

// TestForeignOrdersAreNotSubscribed accepts an order of another dialect, and one
// that is not there.
func TestForeignOrdersAreNotSubscribed(t *testing.T) {
	s := newScene(t)
	o := order.Order{ID: order.NewID(s.Now()), Number: "1", Source: "hark", Buyer: butik, Lines: []order.Line{{Number: 1, Quantity: 1}}}
	_, err := s.Exchange.Submit(t.Context(), s.shop(), o, order.NewDocument("application/json", []byte("{}")))
	check(t, err)
	for _, id := range []order.ID{o.ID, order.NewID(s.Now())} {
		if _, err := s.api.Accept(t.Context(), s.by(), id); order.CodeOf(err) != "order-not-found" {
			t.Errorf("%v", err)
		}
		if _, err := s.DB.Endpoint(t.Context(), butik, endpointName(id)); order.KindOf(err) != order.NotFound {
			t.Errorf("its steps are reported: %v", err)
		}
	}
}

// TestAddressesThatCannotBeWrittenTo are refused with the order, not when the
// e-mail is due.
func TestAddressesThatCannotBeWrittenTo(t *testing.T) {
	for _, address := range []string{"åsa\u200b@montly.example", "åsa@-å-.example", "a b@montly.example", "a,b@montly.example", "Åsa <asa@montly.example>", "asa@montly"} {
		for _, field := range []string{"email", "authorizedSignatory"} {
			_, bad := read(t, func(o map[string]any) { o[field] = address }, terms{})
			if len(bad) != 1 || bad[0].Field != field {
				t.Errorf("%s %s: %+v", field, address, bad)
			}
		}
	}
}

// TestDomainsBeyondASCII are written to in the form that mail servers know, and
// the address is redacted in either form in what is stored of an attempt.
func TestDomainsBeyondASCII(t *testing.T) {
	s := newScene(t)
	id := s.place(false, `"email":"asa@montly.example"`, `"email":"info@räksmörgås.example"`, buyer, "info@räksmörgås.example")
	s.accept(id)
	got, _ := s.deliver()
	if to := got.Header.Get("To"); to != "<info@xn--rksmrgs-5wao1o.example>" {
		t.Errorf("the e-mail goes to %s", to)
	}
	r := redactAddress(webhook.Result{Err: webhook.PublicError("550 <info@XN--rksmrgs-5wao1o.example>: and info@räksmörgås.example")}, "info@räksmörgås.example")
	if r.Err.Error() != "550 <the customer>: and the customer" {
		t.Errorf("%q", r.Err)
	}
	d, err := s.mailer.Recipient(t.Context(), webhook.Delivery{Party: butik, Event: webhook.Event{Order: id, To: order.Status(accepted)}})
	if err != nil || d != "info@räksmörgås.example" {
		t.Errorf("the recipient is %q, %v", d, err)
	}
}

func TestApplications(t *testing.T) {
	s := newScene(t)
	test, waits, decided := s.place(true), s.place(false), s.place(false)
	s.accept(decided)
	undecided, err := s.DB.Held(t.Context(), Source, Undecided)
	check(t, err)
	got, err := Applications(undecided)
	check(t, err)
	o := s.read(waits)
	want := []Application{
		{ID: waits, Party: butik, Number: o.Number, Company: "Montly AB", OrgNumber: "559089-4308", Monthly: 50500, Months: 24, Received: hal.NewTime(o.Created), Mode: "live"},
		{ID: test, Party: butik, Number: s.read(test).Number, Company: "Montly AB", OrgNumber: orgPending, Monthly: 50500, Months: 24, Received: hal.NewTime(s.read(test).Created), Mode: "test"},
	}
	if !slices.Equal(got, want) || got[0].Amount() != "SEK\u00a0505.00" {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	o.Attributes = o.Attributes.Set(attrMonthly, "x")
	if _, err := Applications([]order.Order{o}); err == nil {
		t.Error("an amount that is none is shown")
	}
}

func TestMoney(t *testing.T) {
	for amount, want := range map[int64][2]string{
		50500:     {"505,00\u00a0kr", "SEK\u00a0505.00"},
		123456705: {"1\u00a0234\u00a0567,05\u00a0kr", "SEK\u00a01,234,567.05"},
		100000:    {"1\u00a0000,00\u00a0kr", "SEK\u00a01,000.00"},
		7:         {"0,07\u00a0kr", "SEK\u00a00.07"},
	} {
		if got := [2]string{money(swedish, amount), money(english, amount)}; got != want {
			t.Errorf("%d is %q, want %q", amount, got, want)
		}
	}
}
