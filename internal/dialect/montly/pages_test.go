package montly

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/actionmail"
	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

func TestSigning(t *testing.T) {
	s := newScene(t)
	id, link := s.toSign()
	before := s.read(id)
	for range 10 { // scanners and people open links as often as they like
		s.look(link).Want(t, http.StatusOK, `<form method="post"`, `lang="sv"`, "Leasingavtal för order "+before.Number+" hos Blåbär &amp; Böcker", "505,00\u00a0kr exkl. moms",
			"24 månader", "Skinande ny telefon, 2 st.", "40&#34; TV, 1 st.", "Montly Leasing", "Montly AB", "559089-4308", "Åsa Öberg", "Skriv under avtalet")
		s.do(http.MethodHead, link, "", "").Want(t, http.StatusOK)
	}
	if now := s.read(id); now.Revision != before.Revision || state(&now) != accepted {
		t.Fatal("opening the page changed the order")
	}
	s.press(link).Want(t, http.StatusOK, "Avtalet är undertecknat", "Blåbär &amp; Böcker kan nu skicka varorna", `role="status"`)
	after := s.read(id)
	if state(&after) != signed || after.OnHold || after.Status != order.Sent || after.Role(butik) != order.RoleSender|order.RoleReceiver {
		t.Errorf("the order is %+v", after)
	}
	for _, again := range []shown{s.press(link), s.look(link)} {
		again.Want(t, http.StatusGone, "Avtalet är redan undertecknat", "2026-06-01 kl. 10.00", "505,00\u00a0kr")
		if strings.Contains(again.Body, "<form") {
			t.Errorf("a used link has a button:\n%s", again.Body)
		}
	}
	if s.read(id).Revision != after.Revision {
		t.Error("a used link decided again")
	}
}

func TestConfirming(t *testing.T) {
	s := newScene(t)
	id, link := s.toConfirm()
	before := s.read(id)
	for range 10 {
		s.look(link).Want(t, http.StatusOK, `<form method="post"`, "Leverans av order", "Varorna har kommit fram", "Skinande ny telefon, 2 st.", "Montly AB")
	}
	if s.read(id).Revision != before.Revision {
		t.Fatal("opening the page changed the order")
	}
	s.press(link).Want(t, http.StatusOK, "Leveransen är bekräftad", "ordern är slutförd")
	if o := s.read(id); state(&o) != deliveryApproved || o.Status != order.Fulfilled {
		t.Errorf("the order is %s, %s", state(&o), o.Status)
	}
	s.press(link).Want(t, http.StatusGone, "Leveransen är redan bekräftad", "2026-06-01 kl. 10.00")
	s.look(link).Want(t, http.StatusGone, "Leveransen är redan bekräftad")
}

// TestOneOfManyDecides presses the buttons of both pages 32 times at once.
func TestOneOfManyDecides(t *testing.T) {
	s := newScene(t)
	for name, begin := range map[string]func() (order.ID, string){signed: s.toSign, deliveryApproved: s.toConfirm} {
		id, link := begin()
		got := make([]shown, 32)
		var all sync.WaitGroup
		for i := range got {
			all.Go(func() { got[i] = s.press(link) })
		}
		all.Wait()
		counts := map[int]int{}
		for _, p := range got {
			counts[p.Status]++
		}
		if counts[http.StatusOK] != 1 || counts[http.StatusGone] != 31 {
			t.Errorf("%s: the answers are %v, want one 200 and 31 410", name, counts)
		}
		moves := 0
		history, err := s.Exchange.History(t.Context(), butik, id)
		check(t, err)
		for _, ev := range history {
			if ev.Kind == order.EventStateChanged && string(ev.To) == name {
				moves++
			}
		}
		if moves != 1 {
			t.Errorf("the order became %s %d times", name, moves)
		}
	}
}

func TestBadLinksLookAlike(t *testing.T) {
	s := newScene(t)
	_, link := s.toSign()
	_, other := s.toSign()
	name, signature, _ := strings.Cut(strings.TrimPrefix(link, public+pages+actionSign+"/"), ".")
	otherName, otherSignature, _ := strings.Cut(strings.TrimPrefix(other, public+pages+actionSign+"/"), ".")
	page := s.look(public+pages+actionSign+"/nothing").Want(t, http.StatusNotFound, "Länken kan inte användas", "This link cannot be used").Body
	bad := func(what, link string) {
		t.Helper()
		for _, p := range []shown{s.look(link), s.press(link)} {
			if p.Want(t, http.StatusNotFound); p.Body != page {
				t.Errorf("%s looks otherwise:\n%s", what, p.Body)
			}
		}
	}
	last := "A"
	if strings.HasSuffix(signature, "A") {
		last = "E"
	}
	for what, link := range map[string]string{
		"unknown":            "msg_0190a1b2-0000-7000-8000-000000000000." + actionmail.SignLink([]byte("a key of the tests"), actionSign, "msg_0190a1b2-0000-7000-8000-000000000000"),
		"forged":             name + "." + signature[:len(signature)-1] + last,
		"of another key":     name + "." + actionmail.SignLink([]byte("another"), actionSign, name),
		"of another order":   name + "." + otherSignature,
		"of another order 2": otherName + "." + signature,
		"cut":                name + "." + signature[:20],
		"unsealed":           name,
		"empty":              name + ".",
		"more":               name + "." + signature + "." + signature,
		"very long":          strings.Repeat("x", 5000) + "." + signature,
		"hostile":            url.PathEscape(`<script>alert(1)'"--.x`),
	} {
		bad(what, public+pages+actionSign+"/"+link)
	}
	bad("of another step", public+pages+actionDelivery+"/"+name+"."+signature)
	bad("sealed for another step", public+pages+actionSign+"/"+name+"."+actionmail.SignLink([]byte("a key of the tests"), actionDelivery, name))
	s.look(link).Want(t, http.StatusOK)
	s.Advance(webhook.LinkLife)
	bad("ended", link)
}

func TestOrdersThatEndedMeanwhile(t *testing.T) {
	s := newScene(t)
	id, link := s.toSign()
	_, err := s.Exchange.Apply(t.Context(), s.shop(), id, func(o *order.Order) ([]order.Event, error) { return cancel(o, s.shop(), s.Now()) })
	check(t, err)
	s.look(link).Want(t, http.StatusGone, "Ordern är annullerad", "2026-06-01 kl. 10.00")
	s.press(link).Want(t, http.StatusGone, "Ordern är annullerad")
	if o := s.read(id); state(&o) != cancelled {
		t.Errorf("the order became %s", state(&o))
	}

	id, link = s.toSign()
	s.press(link).Want(t, http.StatusOK)
	s.mark(id, order.Rejected)
	s.look(link).Want(t, http.StatusGone, "Ordern är avslagen")

	id, link = s.toSign()
	_, err = s.Exchange.Erase(t.Context(), s.by(), id, "case 1")
	check(t, err)
	s.look(link).Want(t, http.StatusNotFound, "Länken kan inte användas")
	s.press(link).Want(t, http.StatusNotFound)
	if o := s.read(id); state(&o) != accepted {
		t.Errorf("an erased order became %s", state(&o))
	}
}

func TestForms(t *testing.T) {
	s := newScene(t)
	id, link := s.toSign()
	const urlencoded, good = "application/x-www-form-urlencoded", "decision=sign"
	for name, c := range map[string]struct {
		contentType, body string
		status            int
	}{
		"no type":      {"", good, 415},
		"JSON":         {"application/json", `{"decision":"sign"}`, 415},
		"multipart":    {"multipart/form-data; boundary=x", good, 415},
		"no decision":  {urlencoded, "", 400},
		"other task":   {urlencoded, "decision=delivery", 400},
		"malformed":    {urlencoded, "decision=sign&x=%zz", 400},
		"too large":    {urlencoded, good + "&x=" + strings.Repeat("x", maxForm), 413},
		"first counts": {urlencoded, "decision=no&decision=sign", 400},
	} {
		if p := s.do(http.MethodPost, link, c.contentType, c.body); p.Status != c.status || !strings.Contains(p.Body, "Svaret kunde inte läsas") {
			t.Errorf("%s: %d\n%s", name, p.Status, p.Body)
		}
	}
	s.do(http.MethodPost, link+"?decision=sign", urlencoded, "").Want(t, 400)
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch} {
		if p := s.do(method, link, urlencoded, good).Want(t, 405); p.Header.Get("Allow") != "GET, HEAD, OPTIONS, POST" {
			t.Errorf("%s is answered with Allow: %s", method, p.Header.Get("Allow"))
		}
	}
	if o := s.read(id); state(&o) != accepted {
		t.Error("a form that is none changed the order")
	}
	s.do(http.MethodPost, link, urlencoded+"; charset=utf-8", good).Want(t, http.StatusOK)
}

func TestPagesInEnglish(t *testing.T) {
	s := newScene(t)
	s.speak("en")
	_, link := s.toSign()
	s.look(link).Want(t, http.StatusOK, `lang="en"`, "SEK\u00a0505.00 excluding VAT", "24 months", "Sign the agreement")
	s.press(link).Want(t, http.StatusOK, "The agreement has been signed")
	s.press(link).Want(t, http.StatusGone, "has been signed already", "1 June 2026, 10:00")
}

func TestPagesReachNothingElse(t *testing.T) {
	s := newScene(t)
	_, link := s.toSign()
	css, err := files.ReadFile("page.css")
	check(t, err)
	controlOrLink := regexp.MustCompile(`<(input|select|textarea)\b|href=`)
	for _, p := range []shown{s.look(link), s.press(link), s.look(link), s.look(public + pages + actionSign + "/x"),
		s.do(http.MethodPost, link, "", "")} {
		dialecttest.CheckPage(t, p)
		if !strings.Contains(p.Body, "<style>"+string(css)+"</style>") || !strings.Contains(p.Body, `name="viewport"`) ||
			controlOrLink.MatchString(p.Body) {
			t.Errorf("the page is without style or width, has a field without a label, or a link:\n%s", p.Body)
		}
	}
}

func TestLinksHoldNothingOfTheCustomer(t *testing.T) {
	s := newScene(t)
	id, link := s.toSign()
	o := s.read(id)
	for _, word := range []string{buyer, "montly.example", "Öberg", "559089", o.Number, string(id)} {
		if strings.Contains(link, word) {
			t.Errorf("%s shows %s", link, word)
		}
	}
	if !signedLink.MatchString(link) {
		t.Errorf("%s can be guessed", link)
	}
}

func TestHostileTextStaysText(t *testing.T) {
	s := newScene(t)
	const hostile = `</title></style><script>alert(1)</script><img src=x onerror=alert(1)>' onmouseover='x`
	check(t, s.DB.AddParty(t.Context(), order.Party{ID: butik, Name: "Butik\u202e " + hostile, Scheme: order.DefaultScheme}))
	id := s.place(false, "Montly AB", `En\r\nBcc: x@y.example\r\n\r\n`+hostile, "Skinande ny telefon", hostile)
	s.accept(id)
	got, link := s.deliver()
	if strings.ContainsAny(got.Subject, "\r\n") || got.Header.Get("Bcc") != "" || strings.Contains(got.Text, "\u202e") || !strings.Contains(got.Text, "Hej, En Bcc: x@y.example </title>") {
		t.Errorf("%q\n%s", got.Subject, got.Text)
	}
	for i, body := range []string{got.HTML, s.look(link).Body, s.press(link).Body, s.look(link).Body} {
		if strings.Contains(body, "<script") || strings.Contains(body, "<img") || strings.Contains(body, "' onmouseover='x") {
			t.Errorf("%d: text became markup:\n%s", i, body)
		}
		if !strings.Contains(body, "&lt;script&gt;") {
			t.Errorf("%d: the text is not shown:\n%s", i, body)
		}
	}
}

func TestManyLines(t *testing.T) {
	s := newScene(t)
	item := `{"name":"Skinande ny telefon","productId":"1","quantity":2,"unitAmount":250000,"totalAmount":500000,"VAT":125000},`
	id := s.place(false, `"items":[`, `"items":[`+strings.Repeat(item, maxLines))
	s.accept(id)
	got, link := s.deliver()
	if !strings.Contains(got.Text, "och 2 rader till") || strings.Count(got.Text, "Skinande") != maxLines {
		t.Errorf("%s", got.Text)
	}
	s.look(link).Want(t, http.StatusOK, "och 2 rader till")
}

// TestFailureShowsNoCause opens a link while the store is closed.
func TestFailureShowsNoCause(t *testing.T) {
	s := newScene(t)
	_, link := s.toSign()
	ended := time.Now()
	check(t, s.DB.Close())
	p := s.look(link)
	if p.Status != http.StatusInternalServerError && p.Status != http.StatusServiceUnavailable {
		t.Errorf("%s: status %d", ended, p.Status)
	}
	if strings.Contains(p.Body, "sql") || strings.Contains(p.Body, "closed") || !strings.Contains(p.Body, "Försök igen") && !strings.Contains(p.Body, "Vänta en stund") {
		t.Errorf("%s", p.Body)
	}
}
