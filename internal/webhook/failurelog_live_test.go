package webhook_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
)

// journal is a log that is read while it is written.
type journal struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.out.Write(p)
}

func (j *journal) count(words string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.out.String(), words)
}

// TestFailureIsInTheLogAndTheAttempt has a webhook whose address refuses
// connections, and a format that cannot write its message.
func TestFailureIsInTheLogAndTheAttempt(t *testing.T) {
	r := openCapacity(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	address := l.Addr().String()
	l.Close()
	add := func(id, format string) {
		ok(t, r.AddEndpoint(t.Context(), webhook.Endpoint{ID: id, Party: shop, URL: "http://" + address + "/key-hemmelig", Format: format, State: webhook.Active,
			Secret: webhook.NewSecret(), Created: r.now(), Updated: r.now()}, 9))
	}
	add("ep_refuses", webhook.StandardName)
	add("ep_broken", "broken")
	broken := webhook.Format{Name: "broken", Write: func(context.Context, webhook.Task, time.Time) (webhook.Message, error) {
		return webhook.Message{}, context.DeadlineExceeded
	}}
	log := &journal{}
	d := webhook.NewDispatcher(webhook.Config{Store: r, Sender: webhook.NewSender(loopback(), nil, "test"), Now: r.now, Log: slog.New(slog.NewTextHandler(log, nil)),
		Formats: []webhook.Format{webhook.Standard("https://orders.example.no"), broken}})
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { d.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	for n := range 3 {
		r.addOrder(t, n)
	}
	for id, cause := range map[string]string{"ep_refuses": "the connection was refused", "ep_broken": "the message could not be written; the operator's log says why"} {
		eventually(t, "a line for "+id, func() bool { return log.count(id) > 0 })
		eventually(t, "three tries of "+id, func() bool {
			tries := 0
			all, err := r.Undelivered(t.Context(), webhook.UndeliveredQuery{Party: shop, Limit: 99})
			ok(t, err)
			for _, u := range all {
				if u.Endpoint.ID == id && u.Delivery.Attempts > 0 {
					tries++
					if u.Why() != cause || u.Last.Error != cause {
						t.Fatalf("the cause is %q, want %q", u.Why(), cause)
					}
				}
			}
			return tries == 3
		})
		if n := log.count("endpoint=" + id); n != 1 || log.count(`cause="`+cause) != 1 {
			t.Errorf("%d lines of %s:\n%s", n, id, log.out.String())
		}
	}
	if log.count("hemmelig") > 0 {
		t.Errorf("the address is in the log:\n%s", log.out.String())
	}
}
