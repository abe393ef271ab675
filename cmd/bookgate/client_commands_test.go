package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/dialect/boknett"
	"github.com/bookgate/bookgate/internal/server"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// session is a person at a terminal, and a server with shop 7045 and publisher
// 900877.
type session struct {
	t         *testing.T
	url, home string
	out, err  bytes.Buffer
}

func newSession(t *testing.T) *session {
	t.Helper()
	db, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	mustNot(t, err)
	for user, party := range map[string]order.PartyID{"shop": "7045", "publisher": "900877"} {
		mustNot(t, db.AddParty(t.Context(), order.Party{ID: party, Name: "Firm of " + user, Scheme: order.DefaultScheme}))
		mustNot(t, db.AddUser(t.Context(), auth.User{Name: user, Party: party, Password: auth.HashPassword("secret-word"), Created: time.Now()}))
	}
	exchange := order.NewExchange(db, db, order.Config{})
	mux := http.NewServeMux()
	s := httptest.NewServer(mux)
	api := boknett.New(boknett.Config{Exchange: exchange, Auth: auth.New(db, "example.no", nil), Public: s.URL})
	mux.Handle("/", server.New(server.Config{Public: s.URL, Dialects: []server.Dialect{api}}).Handler())
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	wg.Go(func() { exchange.Run(ctx) })
	t.Cleanup(func() {
		s.Close()
		stop()
		wg.Wait()
		mustNot(t, db.Close())
	})
	d := &session{t: t, url: s.URL, home: t.TempDir()}
	for _, user := range []string{"shop", "publisher"} {
		d.runs(cli.ExitOK, "secret-word\n", "login", s.URL, "--user", user, "--password-stdin", "--profile", user)
	}
	return d
}

func mustNot(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *session) app(in string) cli.App {
	d.out.Reset()
	d.err.Reset()
	return cli.App{In: strings.NewReader(in), Out: &d.out, Err: &d.err, Environ: []string{"HOME=" + d.home}}
}

// runs runs a command line and wants an exit code.
func (d *session) runs(code int, in string, args ...string) {
	d.t.Helper()
	if got := run(d.t.Context(), args, d.app(in)); got != code {
		d.t.Fatalf("bookgate %v ended with %d, want %d\n%s%s", args, got, code, &d.out, &d.err)
	}
}

// says wants words on standard output, and words on standard error.
func (d *session) says(out, err string) {
	d.t.Helper()
	if !strings.Contains(d.out.String(), out) || !strings.Contains(d.err.String(), err) {
		d.t.Fatalf("want %q and %q, got\n%s\n%s", out, err, &d.out, &d.err)
	}
}

func (d *session) file(name, content string) string {
	d.t.Helper()
	path := filepath.Join(d.home, name)
	mustNot(d.t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// order sends an order of the shop and returns its id.
func (d *session) order(number string) string {
	d.t.Helper()
	d.runs(cli.ExitOK, orderText(number, "900877"), "send", "-", "--json", "--profile", "shop")
	var results []sent
	mustNot(d.t, json.Unmarshal(d.out.Bytes(), &results))
	return string(results[0].ID)
}

func orderText(number, seller string) string {
	party := `<PartyID><PartyIDType>NBSN</PartyIDType><Identifier>%s</Identifier></PartyID>`
	return fmt.Sprintf(`<Order version="1.3"><Header><OrderNumber>%s</OrderNumber><IssueDateTime>20261121</IssueDateTime><PurposeCode>Original</PurposeCode>
<BuyerParty>`+party+`</BuyerParty><SellerParty>`+party+`</SellerParty></Header>
<ItemDetail><LineNumber>1</LineNumber><ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788202337926</Identifier></ProductID><OrderQuantity>3</OrderQuantity></ItemDetail>
<Summary><NumberOfLines>1</NumberOfLines></Summary></Order>`, number, "7045", seller)
}

// TestClientJourney walks the way of publisher and bookshop.
func TestClientJourney(t *testing.T) {
	d := newSession(t)
	d.runs(cli.ExitOK, "", "send", d.file("one.xml", orderText("A-1", "900877")), "--profile", "shop")
	d.says("accepted  order 0", "")
	d.says("SENT to 900877 (1 line)", "")
	d.runs(cli.ExitOK, "", "inbox", "--profile", "publisher")
	d.says("THEIR NUMBER", "1 new or changed\n")
	d.runs(cli.ExitOK, "", "inbox", "--profile", "publisher")
	d.says("", "nothing new since today")
	id := d.order("A-2")
	d.runs(cli.ExitOK, "", "mark", id, "1", "received", "--profile", "publisher")
	d.says("line 1: SENT → RECEIVED\n", "")
	d.runs(cli.ExitOK, "", "mark", id, "1", "FULFILLED", "--comment", "takk", "--price", "250.15", "--tax", "25", "--profile", "publisher")
	d.says("line 1: RECEIVED → FULFILLED  \"takk\"\n", "")
	d.runs(cli.ExitOK, "", "reduce", id, "9788202337926", "-1", "--profile", "shop")
	d.says("line 2 added: 9788202337926 -1, REQUESTED\n", "")
	d.runs(cli.ExitOK, "", "order", id[:30], "--profile", "shop")
	d.says("price 250.15, tax 25 %", "")
	d.runs(cli.ExitOK, "", "order", id, "--history", "--profile", "shop")
	d.says("UNPROCESSED → SENT", "")
	d.runs(cli.ExitOK, "", "outbox", "--profile", "shop")
	d.says("A-2", "")
	d.runs(cli.ExitOK, "", "editx", "get", id, "--original", "--profile", "publisher")
	if d.out.String() != orderText("A-2", "900877") {
		t.Errorf("the original is %s", &d.out)
	}
}

// TestSendOutcomes names every end of a document with its exit code.
func TestSendOutcomes(t *testing.T) {
	d := newSession(t)
	good := d.file("good.xml", orderText("A-1", "900877"))
	bad := d.file("bad.xml", strings.Replace(orderText("A-2", "900877"), "7926<", "7925<", 1))
	lost := d.file("lost.xml", orderText("A-3", "4711"))
	d.runs(cli.ExitOK, "", "send", good, "--profile", "shop")
	d.runs(cli.ExitRefused, "", "send", bad, "--profile", "shop")
	d.says("", "last digit should be 6")
	d.says("", "Line 3, column")
	d.runs(cli.ExitFailure, "", "send", lost, "--profile", "shop")
	d.says("FAILED\n", "The receiver 4711")
	d.runs(cli.ExitConflict, strings.Replace(orderText("A-1", "900877"), "<OrderQuantity>3", "<OrderQuantity>4", 1), "send", "-", "--profile", "shop")
	d.runs(cli.ExitNotFound, "", "send", d.home+"/none.xml", "--profile", "shop")
	d.runs(cli.ExitPartial, "", "send", bad, good, "--profile", "shop")
	d.says("already sent today", bad+":\n")
	d.runs(cli.ExitOK, "", "send", good, "--profile", "shop")
	d.says("already sent today", "")
	d.runs(cli.ExitOK, "", "outbox", "--profile", "shop", "--json")
	var rows []listed
	mustNot(t, json.Unmarshal(d.out.Bytes(), &rows))
	if len(rows) != 2 || rows[1].Reason == nil || rows[1].Reason.Code != "receiver-unknown" {
		t.Errorf("outbox %+v", rows)
	}
}

// TestEDItXCheck needs no server and no login.
func TestEDItXCheck(t *testing.T) {
	d := &session{t: t, home: t.TempDir()}
	d.runs(cli.ExitOK, orderText("A-1", "900877"), "editx", "check", "-")
	d.says("-: ok\n", "")
	d.runs(cli.ExitRefused, strings.Replace(orderText("A-1", "900877"), "7926<", "7925<", 1), "editx", "check", "-")
	d.says("-: 1 problem\n  line 3, column", "")
	d.runs(cli.ExitOK, strings.Replace(orderText("A-1", "900877"), ` version="1.3"`, "", 1), "editx", "check", "-")
	d.says("(warning)", "")
	d.runs(cli.ExitRefused, "{}", "editx", "check", "-", "--json")
	var results []checked
	mustNot(t, json.Unmarshal(d.out.Bytes(), &results))
	if !results[0].Refused || len(results[0].Problems) != 1 || results[0].Warnings == nil {
		t.Errorf("%+v", results)
	}
	d.runs(cli.ExitNotFound, "", "editx", "check", d.home+"/none.xml")
}

// TestInboxSave never overwrites other content and never leads out of its
// folder.
func TestInboxSave(t *testing.T) {
	d := newSession(t)
	id := d.order("../../etc/A 1")
	dir := filepath.Join(d.home, "in")
	path := filepath.Join(dir, "etc-A-1_"+id[:8]+".xml")
	d.runs(cli.ExitOK, "", "inbox", "--save", dir, "--profile", "publisher")
	d.says(path+"  ", "")
	d.runs(cli.ExitOK, "", "inbox", "--save", dir, "--profile", "publisher")
	d.says("", "nothing new")
	mustNot(t, os.WriteFile(path, []byte("mine"), 0o600))
	d.runs(cli.ExitOK, "", "inbox", "--all", "--save", dir, "--profile", "publisher")
	d.says(strings.Replace(path, ".xml", "_2.xml", 1), "")
	d.runs(cli.ExitOK, "", "inbox", "--all", "--save", dir, "--profile", "publisher")
	d.says("(was there)", "")
	if b, err := os.ReadFile(path); err != nil || string(b) != "mine" {
		t.Errorf("a file of other content became %q, %v", b, err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 2 {
		t.Errorf("%d files in the folder, want 2: %v", len(names), err)
	}
}

// full is an output that cannot be written to.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk is full") }

// TestCursorWaitsForOutput lets the output fail: what was not seen must come
// again.
func TestCursorWaitsForOutput(t *testing.T) {
	d := newSession(t)
	d.order("A-1")
	for _, args := range [][]string{{"inbox"}, {"inbox", "--json"}, {"inbox", "--save", d.home + "/in"}} {
		args = append(args, "--profile", "publisher")
		a := d.app("")
		a.Out = full{}
		if code := run(t.Context(), args, a); code != cli.ExitFailure {
			t.Errorf("%v ended with %d", args, code)
		}
	}
	mustNot(t, os.WriteFile(d.home+"/file", nil, 0o600))
	d.runs(cli.ExitFailure, "", "inbox", "--save", d.home+"/file", "--profile", "publisher")
	d.runs(cli.ExitOK, "", "inbox", "--save", d.home+"/in", "--profile", "publisher")
	d.says("A-1_", "")
	d.runs(cli.ExitOK, "", "inbox", "--json", "--profile", "publisher")
	d.says(`"number": "A-1"`, "")
	d.runs(cli.ExitOK, "", "inbox", "--json", "--profile", "publisher")
	d.says("[]\n", "")
}

// TestInboxWatch prints what comes and ends when it is interrupted.
func TestInboxWatch(t *testing.T) {
	d := newSession(t)
	d.order("A-1")
	r, w, err := os.Pipe()
	mustNot(t, err)
	a := d.app("")
	a.Out = w
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int)
	go func() {
		done <- run(ctx, []string{"inbox", "--watch", "--json", "--interval", "1s", "--profile", "publisher"}, a)
	}()
	var row listed
	mustNot(t, json.NewDecoder(r).Decode(&row))
	cancel()
	if code := <-done; code != cli.ExitOK || row.Number != "A-1" {
		t.Errorf("ended with %d after %+v", code, row)
	}
}

// TestLoginFile keeps a password from everybody else.
func TestLoginFile(t *testing.T) {
	d := newSession(t)
	path := filepath.Join(d.home, ".config/bookgate/profile-shop.json")
	for name, mode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v; want %o", name, info.Mode(), err, mode)
		}
	}
	if b, err := os.ReadFile(path); err != nil || !strings.Contains(string(b), "secret-word") {
		t.Errorf("the password is not stored: %v", err)
	}
	mustNot(t, os.Chmod(path, 0o640))
	d.runs(cli.ExitConfig, "", "inbox", "--profile", "shop")
	d.says("", "chmod 600 "+path)

	d.runs(cli.ExitOK, "secret-word", "login", d.url, "--user", "shop", "--password-stdin", "--no-store-password")
	d.says("", "the password is not stored")
	path = filepath.Join(d.home, ".config/bookgate/profile-default.json")
	b, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(b), "secret-word") {
		t.Errorf("the password is stored: %v", err)
	}
	d.runs(cli.ExitOK, "", "inbox")
	mustNot(t, os.WriteFile(path, bytes.Replace(b, []byte(`"issued": "20`), []byte(`"issued": "19`), 1), 0o600))
	d.runs(cli.ExitNotAllowed, "", "inbox")
	d.says("", "not logged in to "+d.url)
	d.says("", "no password is stored.\n  Log in again:   bookgate login "+d.url+" --user shop")
	d.runs(cli.ExitOK, "", "login", "--logout")
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the login is still there: %v", err)
	}
}

// TestClientUsage names what is wrong with a command line, before anything is
// sent.
func TestClientUsage(t *testing.T) {
	d := &session{t: t, home: t.TempDir()}
	for _, c := range []struct {
		code  int
		args  string
		words string
	}{
		{cli.ExitUsage, "login", "takes 1 argument"},
		{cli.ExitUsage, "login http://127.0.0.1:1", "needs --user"},
		{cli.ExitUsage, "login example.no --user kari --password-stdin", "Did you mean https://example.no"},
		{cli.ExitUsage, "login http://127.0.0.1:1 --user kari", "--password-stdin"},
		{cli.ExitUsage, "login http://127.0.0.1:1 --user kari --password-stdin", "the password is empty"},
		{cli.ExitUsage, "login --logout --profile ../x", "cannot name a profile"},
		{cli.ExitNotAllowed, "inbox", "bookgate login URL"},
		{cli.ExitUsage, "inbox --all --since monday", "exclude each other"},
		{cli.ExitUsage, "inbox --watch --all", "--watch"},
		{cli.ExitUsage, "inbox --interval 1ms", "--interval"},
		{cli.ExitUsage, "outbox --since tomorrow", "--since"},
		{cli.ExitUsage, "order", "takes 1 argument"},
		{cli.ExitUsage, "mark a b RECEIVED", "line number"},
		{cli.ExitUsage, "mark a 1 GONE", "is not a valid status"},
		{cli.ExitUsage, "mark a 1 RECEIVED --price 5", "--tax"},
		{cli.ExitUsage, "mark a 1 RECEIVED --valid-to 2026-02-30", "is not a valid day"},
		{cli.ExitUsage, "reduce a 9788202337926 0", "number of copies"},
		{cli.ExitUsage, "reduce a 9788202337926", "takes 3 argument"},
		{cli.ExitUsage, "reduce a b 1 --nonsense", "--nonsense"},
		{cli.ExitUsage, "send", "at least 1 argument"},
		{cli.ExitUsage, "editx chek x", "check"},
	} {
		d.runs(c.code, "", strings.Fields(c.args)...)
		d.says("", c.words)
	}
}
