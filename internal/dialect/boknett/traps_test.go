package boknett

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/order"
)

// The traps that real clients set (reference/boknett.md, section b), replayed
// with the bytes that those clients send. The numbers are the reference's.

// begins checks the status line of a raw answer, and that it is the first
// thing on the wire: a client strips up to the first blank line (b29).
func begins(t *testing.T, raw, status string) {
	t.Helper()
	if !strings.HasPrefix(raw, "HTTP/1.1 "+status+" ") {
		t.Errorf("want %s, got\n%s", status, raw)
	}
}

// loginRaw posts a login with header lines of the test's own.
func (w *world) loginRaw(path, header, body string) string {
	w.t.Helper()
	return w.raw("", fmt.Sprintf("POST %s HTTP/1.1\nHost: HOST\n%sContent-Length: %d\n\n%s", path, header, len(body), body))
}

func TestTrapsOfTheLogin(t *testing.T) {
	w := newWorld(t)
	w.user("kari")
	const encoded = "username=kari&password=p%25zz%2Bw%26rd%3D100%25"
	for name, c := range map[string]struct{ path, header, body string }{
		"b1 PHP SDK sends no Content-Type":           {"/v1/tickets", "", encoded},
		"b1 client labels the form text/plain":       {"/v1/tickets", "Content-Type: text/plain\n", encoded},
		"b1 client labels the form JSON":             {"/v1/tickets", "Content-type: application/json\n", encoded},
		"b1 client sends JSON":                       {"/v1/tickets", "", `{"username":"kari","password":"` + goodPassword + `"}`},
		"b2 plain PHP does not encode":               {"/v1/tickets", "Content-Type: application/x-www-form-urlencoded\n", "username=kari&password=" + goodPassword + "&"},
		"b2 curl -d, password first":                 {"/v1/tickets", "", "password=" + goodPassword + "&username=kari"},
		"b3 Python posts with a slash at the end":    {"/v1/tickets/", "Content-Type: application/x-www-form-urlencoded\n", encoded},
		"b22 client joins base and path with slash":  {"//v1/tickets", "", encoded},
		"a0 the first version had /cas in the path":  {"/cas/v1/tickets", "", encoded},
		"b27 header names come in lower case":        {"/v1/tickets", "content-type: application/x-www-form-urlencoded\n", encoded},
		"b26 client ends the form with a line break": {"/v1/tickets", "", encoded + "\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w.in(t)
			raw := w.loginRaw(c.path, c.header, c.body)
			begins(t, raw, "201") // b4: exactly this
			ticket := regexp.MustCompile(`\r\nBoknett-TGT: (TGT-[0-9]+-[A-Za-z0-9_-]{43}-login\.example\.no)\r\n`).FindStringSubmatch(raw)
			if ticket == nil || strings.Count(strings.ToLower(raw), "boknett-tgt") != 1 { // b6, b9
				t.Fatalf("want one header Boknett-TGT in this spelling, got\n%s", raw)
			}
			for _, line := range []string{"\r\nContent-Length: 0\r\n", "\r\nCache-Control: no-store\r\n", "\r\nLocation: " + public + "/v1/tickets/" + ticket[1] + "\r\n"} {
				if strings.Count(raw, line) != 1 { // b30
					t.Errorf("want %q once in\n%s", line, raw)
				}
			}
			if !strings.HasSuffix(raw, "\r\n\r\n") {
				t.Errorf("the body is not empty:\n%s", raw)
			}
			a := w.get("", "/orders?mode=ALL&fromDate=20260101000000", "Authorization: Boknett "+ticket[1], "Date: "+w.clock.Now().Format(http.TimeFormat))
			a.want(t, http.StatusOK)
		})
	}
	t.Run("b5 wrong password is 400 and no redirect", func(t *testing.T) {
		w.in(t)
		begins(t, w.loginRaw("/v1/tickets", "", "username=kari&password=wrong+%zz&"), "400")
		w.post("", "/v1/tickets", "username=kari&password=wrong").problem(t, http.StatusBadRequest, "credentials-wrong")
		w.post("", "/v1/tickets", "username=unknown&password=wrong").problem(t, http.StatusBadRequest, "credentials-wrong")
	})
	t.Run("b32 Retry-After is a whole number", func(t *testing.T) {
		w.in(t)
		for range 12 {
			w.post("", "/v1/tickets", "username=ola&password=wrong")
		}
		a := w.post("", "/v1/tickets", "username=ola&password=wrong")
		a.problem(t, http.StatusTooManyRequests, "login-throttled")
		if !regexp.MustCompile(`^[1-9][0-9]*$`).MatchString(a.Header.Get("Retry-After")) {
			t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
		}
	})
}

func TestTrapsOfTheDate(t *testing.T) {
	w := newWorld(t)
	ask := func(at time.Time, layout string) answer {
		w.t.Helper()
		return w.get(buyer, "/orders?mode=ALL&fromDate=20260101000000", "Date: "+at.Format(layout))
	}
	const utc = "Mon, 02 Jan 2006 15:04:05 UTC"
	t.Run("b10 PHP and Go write UTC", func(t *testing.T) { ask(w.clock.Now(), utc).want(t, http.StatusOK) })
	t.Run("b11 local time with its name", func(t *testing.T) {
		p := ask(w.clock.Now().Add(2*time.Hour), "Mon, 02 Jan 2006 15:04:05 CEST").problem(t, http.StatusBadRequest, "date-zone")
		if !strings.Contains(p.Detail, "CEST") || !strings.Contains(p.Hint, "GMT") {
			t.Errorf("got %q, %q", p.Detail, p.Hint)
		}
	})
	t.Run("b12 an hour ahead all summer", func(t *testing.T) {
		p := ask(w.clock.Now().Add(time.Hour), utc).problem(t, http.StatusBadRequest, "date-skew")
		if want := "Date says 11:00:00 GMT, the server has 10:00:00 GMT: 60 minutes apart, 15 minutes are allowed."; p.Detail != want || !strings.Contains(p.Hint, "one hour") {
			t.Errorf("got %q, %q\nwant %q", p.Detail, p.Hint, want)
		}
	})
	t.Run("b13 Date made once and reused", func(t *testing.T) {
		ask(w.clock.Now().Add(-15*time.Minute), http.TimeFormat).want(t, http.StatusOK)
		ask(w.clock.Now().Add(-15*time.Minute-time.Second), http.TimeFormat).problem(t, http.StatusBadRequest, "date-skew")
	})
	t.Run("b14 Python under a Norwegian locale", func(t *testing.T) {
		p := w.get(buyer, "/orders?mode=ALL&fromDate=20260101000000", "Date: man, 01 jun 2026 10:00:00 GMT").problem(t, http.StatusBadRequest, "date-language")
		if !strings.Contains(p.Detail, `"man" is Norwegian`) {
			t.Errorf("got %q", p.Detail)
		}
	})
	t.Run("b14 in Latin-1", func(t *testing.T) {
		raw := w.raw(buyer, "GET /orders?mode=ALL&fromDate=20260101000000 HTTP/1.1\nHost: HOST\nAuthorization: Boknett TICKET\nDate: l\xf8r, 06 jun 2026 10:00:00 GMT\n\n")
		if begins(t, raw, "400"); !strings.Contains(raw, "date-language") {
			t.Errorf("got\n%s", raw)
		}
	})
	t.Run("b15 OAuth client sends a stale Date", func(t *testing.T) {
		w.get("", "/orders?mode=ALL&fromDate=20260101000000", "Authorization: Bearer "+tokenOf(buyer), "Date: gestern").want(t, http.StatusOK)
	})
}

func TestTrapsOfTickets(t *testing.T) {
	w := newWorld(t)
	w.user("kari")
	list := func(ticket string) answer {
		w.t.Helper()
		return w.get("", "/orders?mode=ALL&fromDate=20260101000000", "Authorization: Boknett "+ticket, "Date: "+w.clock.Now().Format(http.TimeFormat))
	}
	login := func() string {
		w.t.Helper()
		return w.post("", "/v1/tickets", "username=kari&password=p%25zz%2Bw%26rd%3D100%25").want(w.t, http.StatusCreated).Header.Get("Boknett-TGT")
	}
	first, second := login(), login()
	t.Run("b17 logins are never closed", func(t *testing.T) {
		list(first).want(t, http.StatusOK)
		list(second).want(t, http.StatusOK)
	})
	t.Run("b16 ticket lasts two hours, over a restart", func(t *testing.T) {
		w.clock.Advance(auth.TicketLife - time.Second)
		w.api.auth = auth.New(w.db, "login.example.no", w.clock.Now)
		list(first).want(t, http.StatusOK)
		w.clock.Advance(time.Second)
		a := list(first)
		a.problem(t, http.StatusUnauthorized, "ticket-expired")
		if a.Header.Get("WWW-Authenticate") != `Boknett realm="orders", Bearer realm="orders"` { // b19
			t.Errorf("WWW-Authenticate %q", a.Header.Get("WWW-Authenticate"))
		}
	})
	t.Run("b18 DELETE at shutdown, known or not", func(t *testing.T) {
		third := login()
		for range 2 {
			raw := w.raw("", "DELETE /v1/tickets/"+third+" HTTP/1.1\nHost: HOST\n\n")
			if begins(t, raw, "200"); !strings.Contains(raw, "\r\nContent-Length: 0\r\n") {
				t.Errorf("got\n%s", raw)
			}
		}
		list(third).problem(t, http.StatusUnauthorized, "ticket-unknown")
	})
	t.Run("a16 scheme words", func(t *testing.T) {
		for _, scheme := range []string{"Boknett ", "boknett   ", "BOKBASEN ", "Bearer ", "bearer\t"} {
			for _, credential := range []string{ticketOf(buyer), tokenOf(buyer)} {
				w.get("", "/orders?mode=ALL&fromDate=20260101000000", "Authorization: "+scheme+credential, "Date: "+w.clock.Now().Format(http.TimeFormat)).want(t, http.StatusOK)
			}
		}
	})
}

// TestDateByScheme: the scheme decides whether a Date is needed, not the kind
// of the credential.
func TestDateByScheme(t *testing.T) {
	w := newWorld(t)
	for header, status := range map[string]int{
		"Boknett " + ticketOf(buyer): http.StatusBadRequest, "Boknett " + tokenOf(buyer): http.StatusBadRequest,
		"Bearer " + ticketOf(buyer): http.StatusOK, "Bearer " + tokenOf(buyer): http.StatusOK,
	} {
		w.get("", "/v2/orders?mode=ALL", "Authorization: "+header).want(t, status)
	}
	w.server.Close()
	for _, oddity := range []string{"scheme boknett with a token", "scheme bearer with a ticket"} {
		if strings.Count(w.log.String(), oddity) != 1 {
			t.Errorf("the log does not tell once of %q:\n%s", oddity, w.log)
		}
	}
}

func TestTrapsOfTheToken(t *testing.T) {
	w := newWorld(t)
	client, secret := auth.NewClient(buyer, w.clock.Now())
	check(t, w.db.AddClient(t.Context(), client))
	form := "grant_type=client_credentials&client_id=" + client.ID + "&client_secret=" + secret
	var token string
	for name, c := range map[string]call{
		"b20 Elixir posts without audience to oauth2": {path: "/oauth2/token", body: form, header: []string{"Content-Type: application/x-www-form-urlencoded"}},
		"b20 Python posts a form with audience":       {path: "/oauth/token", body: form + "&audience=https%3A%2F%2Fapi.bokbasen.io%2Forders%2F"},
		"b20 audience without a slash":                {path: "/oauth/token/", body: form + "&audience=https://api.bokbasen.io/orders"},
		"b20 Deno posts JSON":                         {path: "/oauth/token", body: fmt.Sprintf(`{"grant_type":"client_credentials","client_id":%q,"client_secret":%q}`, client.ID, secret), header: []string{"Content-Type: application/json"}},
		"2 Basic":                                     {path: "/oauth/token", body: "grant_type=client_credentials"},
	} {
		t.Run(name, func(t *testing.T) {
			w.in(t)
			c.method = http.MethodPost
			if name == "2 Basic" {
				r, _ := http.NewRequest("", "", nil)
				r.SetBasicAuth(client.ID, secret)
				c.header = []string{"Authorization: " + r.Header.Get("Authorization")}
			}
			a := w.do(c).want(t, http.StatusOK)
			var got struct {
				Token string `json:"access_token"`
				Type  string `json:"token_type"`
				Life  int    `json:"expires_in"`
			}
			check(t, json.Unmarshal([]byte(a.body), &got))
			if got.Type != "Bearer" || got.Life != 3600 || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Pragma") != "no-cache" {
				t.Errorf("got %+v, %v", got, a.Header)
			}
			token = got.Token
		})
	}
	t.Run("b21 Python uses the token to the very second", func(t *testing.T) {
		w.in(t)
		w.clock.Advance(auth.TokenLife + auth.Grace - time.Second)
		w.get("", "/v2/orders?mode=ALL", "Authorization: Bearer "+token).want(t, http.StatusOK)
		w.clock.Advance(time.Second)
		w.get("", "/v2/orders?mode=ALL", "Authorization: Bearer "+token).problem(t, http.StatusUnauthorized, "ticket-expired")
	})
}

func TestTrapsOfAddresses(t *testing.T) {
	w := newWorld(t)
	id := w.sent("adr-1", 1)
	const query = "?mode=SENT_BY_ME&fromDate=20150101120000"
	for _, path := range []string{"/orders", "/orders/", "//orders", "//orders//", "/orders/v1", "/orders/v1/", "//orders//v1//", "/v2/orders", "/v2/orders/"} {
		t.Run("b22 list at "+path, func(t *testing.T) {
			raw := w.raw(buyer, "GET "+path+query+" HTTP/1.1\nHost: HOST\nAuthorization: Boknett TICKET\nDate: DATE\n\n")
			if begins(t, raw, "200"); !strings.Contains(raw, string(id)) || !strings.Contains(raw, "\r\nNext: ") {
				t.Errorf("got\n%s", raw)
			}
		})
	}
	upper := strings.ToUpper(string(id))
	for _, path := range []string{"/orders/" + upper, "/orders/" + upper + "/", "/orders/" + upper + "/EDItX", "/orders/v1/" + string(id) + "/EDITX/", "/orders/" + string(id) + "/eDiTx/original"} {
		t.Run("a4 any letter case, "+path[:11], func(t *testing.T) { w.get(buyer, path).want(t, http.StatusOK) })
	}
	t.Run("b22 POST is never sent elsewhere", func(t *testing.T) {
		for i, path := range []string{"/orders/", "//orders", "/orders/v1/"} {
			w.post(buyer, path, orderXML(fmt.Sprintf("post-%d", i), 1)).want(t, http.StatusAccepted)
		}
	})
	t.Run("b23 empty parameters count as absent", func(t *testing.T) {
		w.get(buyer, "/orders"+query+"&next=&pagesize=&updatedDate=").want(t, http.StatusOK)
		w.get(buyer, "/orders?mode=&fromDate=20150101120000").problem(t, http.StatusBadRequest, "mode-missing")
		w.get(buyer, "/orders?mode=ALL&fromDate=").problem(t, http.StatusBadRequest, "fromdate-missing")
	})
	t.Run("b23 an empty one beside a full one", func(t *testing.T) {
		w.get(buyer, "/orders?mode=&mode=ALL&fromDate=20150101120000&fromDate=&mode=ALL").want(t, http.StatusOK)
	})
	t.Run("a5 updatedDate is the old name", func(t *testing.T) {
		w.get(buyer, "/orders?mode=all&updatedDate=20150101120000").want(t, http.StatusOK)
		w.get(buyer, "/orders"+query+"&updatedDate=20150101120001").problem(t, http.StatusBadRequest, "fromdate-twice")
	})
	t.Run("b24 the last segment of Location is the id", func(t *testing.T) {
		location := w.post(buyer, "/orders/?x=1", orderXML("adr-2", 1)).want(t, http.StatusAccepted).Header.Get("Location")
		if !regexp.MustCompile(`^` + public + `/orders/[0-9a-f-]{36}$`).MatchString(location) {
			t.Errorf("Location %q", location)
		}
	})
	for _, accept := range []string{"application/json", "*/*", "text/html;q=0.1", "application/hal+json", "image/png"} {
		t.Run("b25 GET with Content-Type and Accept "+accept, func(t *testing.T) {
			w.in(t)
			for _, path := range []string{"/orders" + query, "/orders/" + string(id), "/orders/" + string(id) + "/editx"} {
				w.get(buyer, path, "Content-Type: application/json", "Accept: "+accept).want(t, http.StatusOK)
			}
		})
	}
}

func TestTrapsOfBodies(t *testing.T) {
	w := newWorld(t)
	send := func(path, header, number string) string {
		w.t.Helper()
		body := strings.ReplaceAll(orderXML(number, 1), "\n", "\r\n")
		return w.raw(buyer, fmt.Sprintf("POST %s HTTP/1.1\nHost: HOST\nAuthorization: Boknett TICKET\nDate: DATE\n%sContent-Length: %d\n\n", path, header, len(body))+strings.ReplaceAll(body, "\r\n", "\n"))
	}
	n := 0
	for _, header := range []string{"", "Content-Type: application/x-www-form-urlencoded\n", "content-type: text/xml; charset=iso-8859-1\n",
		"Content-type: application/xml\n", "CONTENT-TYPE: application/vnd.editx+xml;v=1\n", "Content-Type: text/plain\n", "Content-Type: nonsense\n", "Content-Encoding: identity\n"} {
		for _, path := range []string{"/orders", "/orders/v1", "/v2/orders"} {
			t.Run("b26 b27 "+path+" "+strings.TrimSpace(header), func(t *testing.T) {
				w.in(t)
				n++
				raw := send(path, header, fmt.Sprintf("body-%d", n))
				if path == "/v2/orders" {
					if begins(t, raw, "201"); !strings.Contains(raw, "\r\nContent-Type: application/hal+json\r\n") {
						t.Errorf("got\n%s", raw)
					}
					return
				}
				if begins(t, raw, "202"); !strings.Contains(raw, "\r\nContent-Length: 0\r\n") || !strings.HasSuffix(raw, "\r\n\r\n") { // b30
					t.Errorf("got\n%s", raw)
				}
			})
		}
	}
	t.Run("b28 Expect: 100-continue", func(t *testing.T) {
		w.in(t)
		conn, err := net.Dial("tcp", w.server.Listener.Addr().String())
		check(t, err)
		defer conn.Close()
		body := orderXML("expect-1", 1)
		_, err = io.WriteString(conn, w.fill(buyer, fmt.Sprintf("POST /orders HTTP/1.1\nHost: HOST\nAuthorization: Boknett TICKET\nDate: DATE\nExpect: 100-Continue\nContent-Length: %d\n\n", len(body))))
		check(t, err)
		interim := make([]byte, len("HTTP/1.1 100 Continue\r\n\r\n"))
		_, err = io.ReadFull(conn, interim)
		check(t, err)
		if string(interim) != "HTTP/1.1 100 Continue\r\n\r\n" {
			t.Errorf("got %q", interim)
		}
		_, err = io.WriteString(conn, body)
		check(t, err)
		begins(t, dialecttest.ReadWire(t, conn, http.MethodPost), "202")
	})
	t.Run("b28 a stranger is refused before the body is sent", func(t *testing.T) {
		w.in(t)
		raw := w.raw("", "POST /orders HTTP/1.1\nHost: HOST\nExpect: 100-continue\nContent-Length: 5000000\n\n")
		begins(t, raw, "401")
	})
	t.Run("b28 a body too large is refused before it is sent", func(t *testing.T) {
		w.in(t)
		raw := w.raw(buyer, fmt.Sprintf("POST /orders HTTP/1.1\nHost: HOST\nAuthorization: Boknett TICKET\nDate: DATE\nExpect: 100-continue\nContent-Length: %d\n\n", editx.MaxBytes+1))
		if begins(t, raw, "413"); !strings.Contains(raw, "5 MiB") {
			t.Errorf("got\n%s", raw)
		}
	})
	t.Run("b28 chunked when the size is unknown", func(t *testing.T) {
		w.in(t)
		body := orderXML("chunk-1", 1)
		req, err := http.NewRequest(http.MethodPost, w.server.URL+"/orders", io.MultiReader(strings.NewReader(body[:100]), strings.NewReader(body[100:])))
		check(t, err)
		req.Header.Set("Authorization", "Bearer "+tokenOf(buyer))
		res, err := http.DefaultClient.Do(req)
		check(t, err)
		defer res.Body.Close()
		if res.StatusCode != http.StatusAccepted || len(req.TransferEncoding) != 0 && req.ContentLength > 0 {
			t.Errorf("got %s", res.Status)
		}
	})
	t.Run("b32 a lost 202 is asked for again", func(t *testing.T) {
		w.in(t)
		first := w.post(buyer, "/orders", orderXML("twice", 1)).want(t, http.StatusAccepted)
		w.settle()
		before := w.state(orderOf(first))
		again := w.post(buyer, "/orders", orderXML("twice", 1)).want(t, http.StatusAccepted)
		if first.Header.Get("Location") != again.Header.Get("Location") {
			t.Errorf("two places: %s, %s", first.Header.Get("Location"), again.Header.Get("Location"))
		}
		p := w.post(buyer, "/orders", orderXML("twice", 2)).problem(t, http.StatusConflict, "duplicate-number")
		if !strings.Contains(p.Detail, string(orderOf(first))) || len(p.Errors) != 1 || !strings.Contains(p.Errors[0].Path, "OrderQuantity") {
			t.Errorf("got %+v", p)
		}
		if after := w.state(orderOf(first)); after != before {
			t.Errorf("the order changed from\n%s\nto\n%s", before, after)
		}
	})
	t.Run("b37 a refusal is short and plain", func(t *testing.T) {
		w.in(t)
		a := w.post(buyer, "/orders", "<html><body>"+strings.Repeat("x", 100000))
		if a.StatusCode < 400 || len(a.body) > 2000 || strings.Contains(a.Header.Get("Content-Type"), "html") {
			t.Errorf("%s, %d bytes, %s", a.Status, len(a.body), a.Header.Get("Content-Type"))
		}
	})
}

func orderOf(a answer) order.ID {
	location := a.Header.Get("Location")
	return order.ID(location[strings.LastIndex(location, "/")+1:])
}

func TestTrapsOfTimes(t *testing.T) {
	w := newWorld(t)
	id := string(w.sent("time-1", 1)) // changed at 12:00:01 by the clocks of Oslo
	for name, c := range map[string]struct {
		fromDate string
		listed   bool
	}{
		"b34 wall time of Oslo":                      {"20260601120001", true},
		"b34 a poll of a moment later still has it":  {"20260601120100", true}, // the overlap
		"b34 beyond the overlap it is gone":          {"20260601120202", false},
		"b35 inside the hour that spring leaves out": {"20260329023000", true},
		"b35 inside the hour that autumn has twice":  {"20251026023000", true},
		"b36 since ever":                             {"11000101000000", true},
		"b36 in the future":                          {"20990101000000", false},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.get(buyer, "/orders?mode=SENT_BY_ME&fromDate="+c.fromDate).want(t, http.StatusOK)
			if strings.Contains(a.body, id) != c.listed || !c.listed && a.body != "[]" || a.Header.Get("Next") == "" {
				t.Errorf("listed %t, want %t: %s", !c.listed, c.listed, a.body)
			}
		})
	}
}
