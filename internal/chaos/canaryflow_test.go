//go:build all

package chaos

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// login logs both parties in, and holds what they get.
func (r *canaryRun) login() {
	for party, password := range r.passwords {
		a := r.ask("POST", "/v1/tickets", url.Values{"username": {"user-" + party}, "password": {password}}.Encode())
		if a.status != http.StatusCreated {
			r.t.Fatalf("login: %d %s", a.status, a.body)
		}
		r.tickets[party] = r.hold("a ticket", a.header["Boknett-Tgt"][0])
	}
	c := r.scene.Sender
	a := r.ask("POST", "/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ID},
		"client_secret": {c.Secret}}.Encode())
	var grant struct {
		Token string `json:"access_token"`
	}
	r.must(json.Unmarshal([]byte(a.body), &grant))
	r.hold("an access token", grant.Token)
	a = r.ask("POST", "/v2/events/token", "", "Authorization", "Bearer "+grant.Token)
	var stream struct {
		Token string `json:"token"`
	}
	r.must(json.Unmarshal([]byte(a.body), &stream))
	r.hold("a stream token", stream.Token)
	r.ask("GET", "/v2/events/x?token="+stream.Token, "")
	r.ask("GET", "/v2/feed?token="+stream.Token, "")
	r.ask("GET", "/v2/events?token="+stream.Token+"x", "")
	// What is right, in the wrong place.
	for _, ticket := range r.tickets {
		r.ask("GET", "/orders/"+ticket, "")
		r.ask("GET", "/orders?ticket="+ticket, "")
		r.ask("GET", "/orders", "", "Cookie", "CASTGC="+ticket)
		r.ask("GET", "/orders", "", "Authorization", ticket)
		r.ask("GET", "/orders", "", "Authorization", ticket+" Boknett")
		r.ask("GET", "/orders", "", "Authorization", "Boknett "+ticket+" "+ticket)
		r.ask("GET", "/orders", "", "Authorization", "Boknett "+ticket) // without a Date
		r.ask("GET", "/v1/tickets/"+ticket, "")
	}
	for _, key := range r.keys {
		for _, path := range []string{"/orders", "/graphql", "/api/v1/order", "/v1/orders/1/status"} {
			r.ask("GET", path, "", "Authorization", "Bearer "+key, "X-Api-Key", key)
			r.ask("GET", path+"?key="+key, "", "Authorization", key)
		}
	}
	r.ask("POST", "/oauth/token", "grant_type=client_credentials&client_id="+c.Secret+"&client_secret="+c.ID)
}

// The APIs at which a client logs in, and some of those to which it shows what it
// got there.
func loginPaths() []string {
	return []string{"/v1/tickets", "/cas/v1/tickets", "/oauth/token", "/oauth2/token"}
}

func shownAt() []string {
	return []string{"/orders", "/orders/v1", "/v2/orders", "/v2/feed", "/v2/events", "/v2/webhooks", "/graphql",
		"/hark", "/api/v1/order",
		"/installer/api/v1/order", "/v1/orders/1/status", "/montly/v1/orders", "/answer/", "/montly/sign/", "/readyz", "/metrics", "/nothing"}
}

// knock tries every API with secrets in every place in which one could be put
// by mistake.
func (r *canaryRun) knock() {
	var all sync.WaitGroup
	defer all.Wait()
	for _, path := range loginPaths() {
		all.Go(func() { r.knockBodies(path) })
		for _, method := range []string{"GET", "PUT", "DELETE", "POST"} {
			r.ask(method, path+"/"+r.secret("a path"), "")
			r.ask(method, path+"?username="+r.secret("a user in a query")+"&password="+r.secret("a password in a query"), "")
		}
	}
	for _, path := range append(shownAt(), loginPaths()...) {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "OPTIONS"} {
			all.Go(func() {
				r.knockHeaders(method, path)
				r.ask(method, path+"/"+r.secret("a path"), "{}")
				for _, name := range []string{"ticket", "token", "access_token", "api_key", "password", "mode", "next", "wait"} {
					r.ask(method, path+"?"+name+"="+r.secret("the query's "+name), "{}")
				}
			})
		}
	}
	r.knockWire()
}

func (r *canaryRun) knockBodies(path string) {
	one := func() string { return r.secret("a body of " + path) }
	bodies := []string{
		"username=" + one() + "&password=" + one(), "username=" + one(), "password=" + one(), one(), one() + "=x", one() +
			":" + one(),
		"grant_type=client_credentials&client_id=" + one() + "&client_secret=" + one(), "grant_type=" + one() +
			"&client_id=" + one() + "&client_secret=" + one(),
		"--x\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\n" + one() + "\r\n--x--\r\n",
		"<login><password>" + one() + "</password></login>",
	}
	for _, form := range []string{
		`{"username":"%s","password":"%s"}`, `{"username":["%s"],"password":{"x":"%s"}}`, `{"%s":"%s"}`, `["%s","%s"]`,
		`{"username":"%s","password":"%s"`,
		`{"username":"%s" "%s"}`, `{"username":%s,"password":%s}`, `{"grant_type":"%s","client_id":"a","client_secret":"%s"}`,
		`{"grant_type":"client_credentials","client_id":"%s","client_secret":"%s"}`, `"%s"%s`,
		`{"username":"\u00%s","password":"%s"}`, `{%s:"%s"}`,
		`{"username":"a","username":"%s","password":"%s"}`, `{"username":"x\q%s","password":"%s"}`, `{"a":tr%s,"b":%s}`,
		`{"a":{"%s":x%s}}`, `{"a":-%s,"b":1%s}`,
	} {
		bodies = append(bodies, fmt.Sprintf(form, one(), one()))
	}
	var all sync.WaitGroup
	defer all.Wait()
	for _, body := range bodies {
		all.Go(func() {
			for _, kind := range []string{"application/x-www-form-urlencoded", "application/json",
				"multipart/form-data; boundary=x"} {
				r.ask("POST", path, body, "Content-Type", kind)
			}
		})
	}
}

func (r *canaryRun) knockHeaders(method, path string) {
	one := func() string { return r.secret("a header of " + method + " " + path) }
	for _, credential := range []string{
		"Bearer " + one(), "Boknett " + one(), one(), one() + " x", "Basic " + one(), "Bearer " + one() + " x",
		`Digest username="` + one() + `"`, "Boknett TGT-" + one(), "Bearer bgk_hark_" + one(),
		"Basic " + base64.StdEncoding.EncodeToString([]byte(one()+":"+one())),
	} {
		r.ask(method, path, "{}", "Authorization", credential)
	}
	r.ask(method, path, "{}", "Authorization", "Bearer "+one(), "Authorization", "Bearer "+one())
	for _, name := range []string{
		"X-Api-Key", "Cookie", "Date", "If-Match", "Origin", "Referer", "User-Agent", "Content-Type", "Accept",
		"Accept-Language", "Prefer", "Last-Event-Id",
		"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Proxy-Authorization", "Host", "Range", "If-Modified-Since",
		"Access-Control-Request-Headers",
	} {
		r.ask(method, path, "{}", name, one())
	}
}

// knockWire sends what no client library would.
func (r *canaryRun) knockWire() {
	one := func() string { return r.secret("the wire") }
	const end = "\r\nHost: x\r\nConnection: close\r\n\r\n"
	for _, request := range []string{
		"POST /v1/tickets HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nusername=k" + one() + "GET /readyz HTTP/1.1" + end,
		one() + " /orders HTTP/1.1" + end, "GET /orders " + one() + end, "GET /orders HTTP/1.1\r\n" + one() + end,
		"GET /orders HTTP/1.1\r\nAuth ori: " + one() + end,
		"GET http://user:" + one() + "@h/orders HTTP/1.1" + end, "POST /orders HTTP/1.1\r\nTransfer-Encoding: " + one() +
			end, "POST /orders HTTP/1.1\r\nContent-Length: " + one() + end,
		"POST /orders HTTP/1.1\r\nExpect: " + one() + end, "PROXY TCP4 " + one() + " 1.1.1.1 1 2\r\nGET / HTTP/1.1" + end,
		"GET /v1/tickets/%zz" + one() + " HTTP/1.1" + end,
	} {
		r.asked.Add(1)
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.gateway.Base, "http://"))
		r.must(err)
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, err = io.WriteString(conn, request)
		r.must(err)
		answer, _ := io.ReadAll(bufio.NewReader(conn)) // up to its end or the deadline
		conn.Close()
		r.wrote(inRefusal, "the wire", answer)
	}
}

// person is what an order says about one, all of it a canary.
type person struct{ name, mail, address, phone string }

// person makes one, whom the store, the receivers and the e-mails may know. Of
// an e-mail that did not go the operator is shown the address.
func (r *canaryRun) person() person {
	known := []kind{inStore, inCopy, inReceiver, inMail, inRefusal} // a refusal goes to who wrote it
	return person{name: r.secret("the name of a person", known...), mail: r.secret("the address of a person",
		append(known, inCommand)...) + "@person.example",
		address: r.secret("the street of a person", known...) + " 7", phone: r.hold("the phone of a person", "40412873",
			known...)}
}

// trade sends an order with a person in it through every API, answers it, and
// has the events sent to receivers that refuse them.
func (r *canaryRun) trade() {
	sender, receiver := r.bearer(canaryParty), r.bearer(canaryReceiver)
	needed := []kind{inStore, inCopy, inReceiver}
	own := append(needed, inCommand) // an endpoint is shown to its owner with its address
	for i, path := range []string{"/back", "/headers", "/token"} {
		a := r.took("webhooks", r.ask("POST", "/v2/webhooks", jsonText(map[string]any{
			"url": r.echo.URL + path + "?token=" + r.secret("the token of an address", own...),
			"headers": map[string]string{"X-Key": r.secret("a header of an endpoint", needed...),
				"Authorization": "Bearer " + r.secret("a token of an endpoint", needed...)},
		}), append([]string{"Content-Type", "application/json"}, [][]string{sender, receiver}[i%2]...)...))
		var made struct{ ID, Secret string }
		r.must(json.Unmarshal([]byte(a.body), &made))
		r.hold("the secret of an endpoint", strings.TrimPrefix(made.Secret, "whsec_"))
		defer r.ask("DELETE", "/v2/webhooks/"+made.ID, "", [][]string{sender, receiver}[i%2]...)
		if i == 0 {
			r.command("", "deliveries", "--state", "all", "--json")
		}
	}
	p := r.person()
	a := r.took("boknett", r.ask("POST", "/orders", orderFor(fmt.Sprint("N-", r.asked.Load()), p),
		append([]string{"Content-Type", "application/xml"}, sender...)...))
	id := a.header.Get("Location")[strings.LastIndexByte(a.header.Get("Location"), '/')+1:]
	r.ask("POST", "/orders", strings.Replace(orderFor("N-bad", r.person()), "<OrderQuantity>1", "<OrderQuantity>x", 1),
		append([]string{"Content-Type", "application/xml"}, sender...)...)
	r.ask("POST", "/orders", orderFor("N-cut", r.person())[:900], append([]string{"Content-Type", "application/xml"},
		sender...)...)
	r.graph(p)
	r.install(p)
	r.lease(p)
	time.Sleep(300 * time.Millisecond) // until it is routed
	comment := r.secret("a comment on a line", needed...)
	for _, status := range []string{"RECEIVED", "REJECTED"} {
		r.ask("POST", "/orders/"+id+"/lines/1", jsonText(map[string]any{"status": status, "comment": comment,
			r.secret("an unknown member"): 1}), append([]string{"Content-Type", "application/json"}, receiver...)...)
	}
	for _, path := range []string{"/orders?mode=ALL&fromDate=20260101000000", "/orders/" + id, "/orders/" + id +
		"/editx", "/v2/orders/" + id + "/history", "/v2/feed?after=0", "/v2/webhooks"} {
		r.ask("GET", path, "", receiver...)
	}
	time.Sleep(700 * time.Millisecond) // until receivers have refused, for the log
}

// bearer is the header of a party's client.
func (r *canaryRun) bearer(party string) []string {
	c := map[string]harness.Credentials{canaryParty: r.scene.Sender, canaryReceiver: r.scene.Receiver}[party]
	token := tokenOf(r.t, r.gateway.Base, c)
	return []string{"Authorization", "Bearer " + r.hold("an access token", token)}
}

func orderFor(number string, p person) string {
	return `<?xml version="1.0" encoding="UTF-8"?><Order version="1.2"><Header><OrderNumber>` + number + `</OrderNumber><IssueDateTime>20260601T0958Z</IssueDateTime>
<PurposeCode>Original</PurposeCode><BuyerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>` + canaryParty + `</Identifier></PartyID></BuyerParty>
<SellerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>` + canaryReceiver + `</Identifier></PartyID></SellerParty>
<ShipToParty><PartyID><PartyIDType>SellersAccountNumber</PartyIDType><Identifier>kunde-5512</Identifier></PartyID><PartyName><NameLine>` + p.name + `</NameLine></PartyName>
<PostalAddress><AddressLine>` + p.address + `</AddressLine><PostalTownCity>OSLO</PostalTownCity><PostalCode>0186</PostalCode><CountryCode>NO</CountryCode></PostalAddress>
<ContactPerson><PersonName>` + p.name + `</PersonName><CommunicationDetails><CommunicationTypeCode>Email</CommunicationTypeCode><CommunicationLocator>` + p.mail + `</CommunicationLocator></CommunicationDetails>
<CommunicationDetails><CommunicationTypeCode>Phone</CommunicationTypeCode><CommunicationLocator>` + p.phone + `</CommunicationLocator></CommunicationDetails></ContactPerson></ShipToParty></Header>
<ItemDetail><LineNumber>1</LineNumber><ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788202337926</Identifier></ProductID>
<ItemDescription><TitleDetail>Lesebok til ` + p.name + `</TitleDetail></ItemDescription><OrderQuantity>1</OrderQuantity></ItemDetail><Summary><NumberOfLines>1</NumberOfLines></Summary></Order>`
}

// graph orders by Hark, with a secret in a callback's address, and asks what
// cannot be answered with a secret in a variable.
func (r *canaryRun) graph(p person) {
	header := []string{"X-Api-Key", r.keys["hark"], "Content-Type", "application/json"}
	const order = "mutation ($input: OrderDeviceInput!) { orderDevice(input: $input) { order { orderId } } }"
	input := func(callback string) string {
		return jsonText(map[string]any{"query": order, "variables": map[string]any{"input": map[string]any{
			"recipient": map[string]any{"firstName": p.name, "lastName": "Nordmann", "email": p.mail, "phoneNumber": p.phone,
				"externalUserId": "kunde-5512",
				"postalAddress":  map[string]any{"addressLine1": p.address, "city": "OSLO", "postalCode": "0186", "country": "NO"}},
			"subscriptionType": "BUSINESS", "type": "HAN_LTEM", "webhookCallbackUrl": callback}}})
	}
	needed := []kind{inStore, inCopy, inReceiver}
	r.took("hark", r.ask("POST", "/graphql",
		input(r.echo.URL+"/callback/token?token="+r.secret("the token of a callback", needed...)), header...))
	one := func() string { return r.secret("a variable or address of Hark") }
	for _, callback := range []string{"http://u:" + one() + "@127.0.0.1/x", "https://10.0.0.1/x?t=" + one(),
		"nonsense " + one(), "https://%zz" + one(), "https://h:99999/" + one()} {
		r.ask("POST", "/graphql", input(callback), header...)
	}
	const ask = `{"query":"query($k:ID!){order(orderId:$k){orderId}}","variables":`
	for _, body := range []string{
		ask + `{"k":{"password":"` + one() + `"}}}`, ask + `{"apiKey":"` + one() + `"}}`, ask + `"` + one() + `"}`,
		`{"query":"{ order(orderId: \"` + one() + `\") { orderId } }"}`, `{"query":"{ order(apiKey: \"` + one() +
			`\") { orderId } }"}`,
	} {
		r.ask("POST", "/graphql", body, header...)
		r.ask("POST", "/graphql", body, "Content-Type", "application/json")
	}
}

func (r *canaryRun) install(p person) {
	order := map[string]any{"name": "Bestilling", "address": p.address, "city": "OSLO", "postalCode": "0186",
		"countryCode": "NO", "email": p.mail, "phoneNumber": p.phone,
		"contactPersonName": p.name, "idempotencyKey": fmt.Sprint("I-", r.asked.Load()),
		"metadata": map[string]any{"pupil": p.name},
		"offer": map[string]any{"payer": "client", "lines": []map[string]any{{"name": "Lader", "externalId": "lader-1",
			"quantity": 1, "currencyCode": "NOK", "isTaxInclusive": true,
			"vatRate": "2500", "payerUnitAmount": "100000", "discountUnitAmount": "0", "discountSourceType": "campaign", "installerPayoutUnitAmount": "50000"}}}}
	header := []string{"Authorization", "Bearer " + r.keys["installer"], "Content-Type", "application/json"}
	r.took("installer", r.ask("POST", "/api/v1/order", jsonText(order), header...))
	order["phoneNumber"], order["idempotencyKey"] = "12"+p.name, "other"
	r.ask("POST", "/api/v1/order", jsonText(order), header...)
}

func (r *canaryRun) lease(p person) {
	place := map[string]any{"address": p.address, "city": "OSLO", "postalCode": "0186", "country": "NO"}
	order := map[string]any{"orderId": fmt.Sprint("M-", r.asked.Load()), "firstName": p.name, "lastName": "Nordmann",
		"company": "Montly AB", "orgNumber": "559089-4308", "email": p.mail,
		"phone": p.phone, "customerIp": "131.168.20.70", "totalAmount": 610000, "VAT": 152500, "shippingAmount": 10000,
		"shippingVAT": 2500, "currency": "SEK", "months": 24, "tariff": 1.1,
		"billing": place, "shipping": place, "customerMessage": "to " +
			p.name, "items": []map[string]any{{"name": "Telefon", "productId": "1", "quantity": 1, "unitAmount": 600000,
			"totalAmount": 600000, "VAT": 150000}}}
	header := []string{"Authorization", "Bearer " + r.keys["montly"], "Content-Type", "application/json"}
	r.took("montly", r.ask("POST", "/v1/orders", jsonText(order), header...))
	id := order["orderId"].(string)
	order["orderId"], order["orgNumber"] = "bad", p.name
	r.ask("POST", "/v1/orders", jsonText(order), header...)
	// The customer is written to once the order is accepted.
	r.command("", "lease", "accept", id, "--party", canaryParty)
}

// commands runs what lists and shows, and what goes wrong with a secret at hand.
func (r *canaryRun) commands() {
	for _, words := range []string{
		"user list", "client list", "key list", "party list", "party show " + canaryParty, "route list", "replicas",
		"db status", "config show", "deliveries", "tariff list --party " + canaryParty,
	} {
		args := strings.Fields(words)
		r.command("", args...)
		r.command("", append(args, "--json")...)
	}
	for id := range strings.Lines(strings.Join(regexp.MustCompile(`msg_\w+`).FindAllString(r.command("", "deliveries",
		"--state", "all", "--json"), 4), "\n")) {
		r.command("", "deliveries", "show", strings.TrimSpace(id), "--json")
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		r.commandIn(nil, "", "completion", shell)
	}
	user := "user-" + canaryParty
	r.commandIn(nil, r.secret("a wrong password")+"\n", "login", r.gateway.Base, "--user", user, "--password-stdin")
	r.commandIn(nil, r.passwords[canaryParty]+"\n", "login", r.gateway.Base, "--user", user, "--password-stdin")
	for _, words := range []string{"webhook list --json", "webhook list", "outbox --json", "feed"} {
		r.commandIn(nil, "", strings.Fields(words)...)
	}
	one := func(what string) string { return r.secret(what) }
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY"} {
		r.commandIn([]string{name + "=http://u:" + one("the password of a proxy") + "@127.0.0.1:1"},
			one("a password behind a proxy")+"\n",
			"login", strings.ToLower(strings.TrimSuffix(name, "_PROXY"))+"://orders.invalid", "--user", user, "--password-stdin")
	}
	for _, words := range []string{"config show", "config show --json --origin", "user list",
		"serve --listen 127.0.0.1:0 --metrics-listen off", "serve --help"} {
		for _, form := range []string{"postgres://u:%s@127.0.0.1:1/db", "postgres://u:a@%s@127.0.0.1:1/db",
			"postgres://u@127.0.0.1:1/db?password=%s", "postgres://u:%s/db", "host=127.0.0.1 port=1 password=%s"} {
			r.commandIn([]string{"BOOKGATE_DATABASE=" + fmt.Sprintf(form, one("the password of a database"))}, "",
				strings.Fields(words)...)
		}
	}
	for _, set := range []string{"PUBLIC_URL=https://u:%s@h", "CORS_ORIGIN=https://u:%s@h", "SMTP_PASSWORD_FILE=%s",
		"PASSWORD=%s"} {
		r.commandIn([]string{"BOOKGATE_" + fmt.Sprintf(set, one("a setting"))}, "", "config", "show")
	}
	for _, args := range [][]string{
		{"trigger", "order.sent", "--to", "http://u:%s@127.0.0.1:1/x"}, {"trigger", "order.sent", "--to",
			"http://127.0.0.1:1/x?t=%s"}, {"login", "http://u:%s@127.0.0.1:1"},
		{"login", "u:%s@127.0.0.1:1", "--user", "x"}, {"login", "http://127.0.0.1:1/?t=%s", "--user", "x"}, {"webhook",
			"add", "https://u:%s@h/x"}, {"webhook", "add", "https://h:99999/x?t=%s"},
		{"key", "revoke", "bgk_hark_%s", "--data", filepath.Join(r.dir, "none")}, {"user", "add", "u", "--party", "7045",
			"--password", "%s"},
	} {
		for i, a := range args {
			if strings.Contains(a, "%s") {
				args[i] = fmt.Sprintf(a, one("an argument"))
			}
		}
		r.commandIn(nil, "-\n", args...)
	}
}
