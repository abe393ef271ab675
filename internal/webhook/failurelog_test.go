package webhook

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// journal is a failureLog whose lines can be counted.
type journal struct {
	failureLog
	at  time.Time
	out bytes.Buffer
}

func newJournal() *journal {
	j := &journal{at: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	j.failureLog = failureLog{log: slog.New(slog.NewTextHandler(&j.out, nil)), now: func() time.Time { return j.at }}
	return j
}

func (j *journal) lines() int { return strings.Count(j.out.String(), "\n") }

func failing(id string) Task {
	return Task{Endpoint: Endpoint{ID: id, Party: "7045", Format: StandardName, URL: "https://hooks.example/key-hemmelig?token=tok_1"},
		Delivery: Delivery{ID: "msg_1", Type: OrderSent, State: Pending, Attempts: 1, Event: Event{Order: "0190", Number: "N-1"}}}
}

func TestNewKindsOfFailureAreLoggedOnce(t *testing.T) {
	j := newJournal()
	web, task := Format{Name: StandardName}, failing("ep_1")
	fail := func(words string) { j.note(t.Context(), web, task, Attempt{Error: words}, Result{}) }
	want := func(n int, words ...string) {
		t.Helper()
		if j.lines() != n {
			t.Fatalf("%d lines, want %d:\n%s", j.lines(), n, &j.out)
		}
		for _, word := range words {
			if !strings.Contains(j.out.String(), word) {
				t.Errorf("%q is not in\n%s", word, &j.out)
			}
		}
	}
	fail("the connection was refused")
	want(1, "level=WARN", "ep_1", "0190", "N-1", "the connection was refused", "hooks.example", "channel=webhook")
	for range 10 {
		fail("the connection was refused")
	}
	want(1)
	fail("450 Greylisted, see you in 287 seconds, id 4XYZ12")
	fail("450 Greylisted, see you in 3 seconds, id 4XYZ13")
	want(2, "287 seconds")
	task.Delivery.State = Failed
	fail("the connection was refused")
	want(3, "given up")
	task.Delivery.State, task.Endpoint.Failures = Delivered, 5
	j.note(t.Context(), web, task, Attempt{Status: 204}, Result{})
	want(4, "level=INFO", "arrive again")
	task.Endpoint.Failures = 0
	j.note(t.Context(), web, task, Attempt{Status: 204}, Result{})
	want(4)
	task.Delivery.State = Pending
	fail("the connection was refused")
	want(5)
	if strings.Contains(j.out.String(), "hemmelig") || strings.Contains(j.out.String(), "tok_1") {
		t.Errorf("the address is shown:\n%s", &j.out)
	}
}

func TestRecoveryAfterARestartIsLogged(t *testing.T) {
	j := newJournal()
	task := failing("ep_1")
	task.Endpoint.Failures, task.Delivery.State = 3, Delivered
	j.note(t.Context(), Format{Name: StandardName}, task, Attempt{Status: 200}, Result{})
	if j.lines() != 1 || !strings.Contains(j.out.String(), "arrive again") {
		t.Error(j.out.String())
	}
}

// TestOneServerForManyIsLoggedOnce has a mail server that takes nothing, and then
// everything.
func TestOneServerForManyIsLoggedOnce(t *testing.T) {
	j := newJournal()
	mail := Format{Name: MailFormat}
	mail.Send = func(context.Context, Task) Result { return Result{} }
	for i := range 100 {
		task := failing(fmt.Sprintf("ep_%d", i))
		j.note(t.Context(), mail, task, Attempt{Error: "the mail server smtp.example:587 refused the connection"}, Result{Shared: true})
	}
	if j.lines() != 1 {
		t.Fatal(j.out.String())
	}
	for i := range 100 {
		task := failing(fmt.Sprintf("ep_%d", i))
		task.Endpoint.Failures, task.Delivery.State = 1, Delivered
		j.note(t.Context(), mail, task, Attempt{Status: 250}, Result{})
	}
	if j.lines() != 2 || !strings.Contains(j.out.String(), "arrive again") {
		t.Error(j.out.String())
	}
}

func TestLogIsNotFlooded(t *testing.T) {
	j := newJournal()
	fail := func(i int) {
		j.note(t.Context(), Format{Name: StandardName}, failing(fmt.Sprintf("ep_%d", i)), Attempt{Error: "the connection was refused"}, Result{})
	}
	for i := range 500 {
		fail(i)
	}
	if j.lines() != linesPerMinute {
		t.Errorf("%d lines", j.lines())
	}
	j.at = j.at.Add(time.Minute)
	fail(1000)
	if j.lines() != linesPerMinute+2 || !strings.Contains(j.out.String(), "count=440") {
		t.Errorf("%d lines", j.lines())
	}
	for i := range 40 {
		j.note(t.Context(), Format{Name: StandardName}, failing("ep_many"), Attempt{Error: "another " + strings.Repeat("x", i)}, Result{})
	}
	if n := strings.Count(j.out.String(), "ep_many"); n != mostKinds {
		t.Errorf("%d kinds of one endpoint", n)
	}
}

func TestAnswerIsLoggedWithoutSecrets(t *testing.T) {
	e := Endpoint{URL: "https://a.example/hook?token=tok_1", Headers: map[string]string{"X-Key": "key_2"}, Secret: NewSecret()}
	got := said(e, []byte("database\x1b[2J locked\nPOST /hook?token=tok_1 X-Key: key_2 "+e.Secret.Reveal()+strings.Repeat(" y", 300)))
	if !strings.HasPrefix(got, "database [2J locked POST [redacted] X-Key: [redacted] [redacted] y y") || len([]rune(got)) > maxSaid+1 {
		t.Errorf("%q", got)
	}
	if got := said(e, []byte("\xff\xfe\x00")); got != "" {
		t.Errorf("%q", got)
	}
	e = Endpoint{URL: "https://a.example/h?k=sec%2Fret-3",
		Headers: map[string]string{"Authorization": "Bearer key-four"}, Secret: NewSecret()}
	for _, answer := range []string{"no token sec/ret-3", "no token sec%2Fret-3", "key-four is unknown",
		"a2V5LWZvdXI= is unknown", strings.TrimPrefix(e.Secret.Reveal(), secretPrefix)} {
		if got := said(e, []byte(answer)); !strings.Contains(got, redacted) || strings.Contains(got,
			"ret-3") || strings.Contains(got, "key-four") {
			t.Errorf("%q of %q", got, answer)
		}
	}
}

// TestNoPersonIsLogged: what another machine says of a person is stored with the
// attempt, and not logged.
func TestNoPersonIsLogged(t *testing.T) {
	j := newJournal()
	message := []byte(`{"externalUserId":"Kari Nordmann","orderId":"order_1","orderStatus":"SHIPPED"}`)
	for cause, r := range map[string]Result{
		"550 5.1.1 <kari@nordmann.example>: unknown user": {},
		"450 Try later":   {Body: []byte("phone 999 00 111 and person 010190-12345 are wrong")},
		"answered 400":    {Body: []byte(`cannot take ` + string(message)), sent: message},
		"answered 500 no": {Body: []byte("no mailbox ola@nordmann.example")},
		"answered 502 xx": {Body: []byte("a plain error")},
	} {
		j.note(t.Context(), Format{Name: StandardName}, failing("ep_p"), Attempt{Error: cause}, r)
	}
	for _, word := range []string{"nordmann", "Nordmann", "999 00", "010190", "12345"} {
		if strings.Contains(j.out.String(), word) {
			t.Errorf("%q is in\n%s", word, &j.out)
		}
	}
	for _, word := range []string{"unknown user", "are wrong", "the message itself", "no mailbox", "a plain error"} {
		if !strings.Contains(j.out.String(), word) {
			t.Errorf("%q is not in\n%s", word, &j.out)
		}
	}
}
