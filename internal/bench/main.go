package main

import (
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

func main() {
	log.SetFlags(0)
	binary := flag.String("binary", "./bookgate", "the program to measure")
	clients := flag.Int("c", 16, "requests at once, 1 to 256")
	seconds := flag.Int("seconds", 3, "how long each operation is driven, 1 to 60")
	orders := flag.Int("orders", 2000, "orders in the store before measuring, up to 1000000")
	flag.Parse()
	if *clients < 1 || *clients > 256 || *seconds < 1 || *seconds > 60 || *orders < 1 || *orders > 1_000_000 {
		log.Fatal("bench: a flag is out of its bounds; see -help")
	}
	if err := measure(*binary, *clients, time.Duration(*seconds)*time.Second, *orders); err != nil {
		log.Fatal("bench: ", err)
	}
}

// measure fills a store, drives each operation and prints its line.
func measure(binary string, clients int, d time.Duration, orders int) error {
	dir, err := os.MkdirTemp("", "bookgate-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	scene, err := harness.NewScene(binary, dir)
	if err != nil {
		return err
	}
	g, err := scene.Start("--log-level", "error")
	if err != nil {
		return err
	}
	defer g.Stop()
	r, err := newRun(g, scene, clients, d)
	if err != nil {
		return err
	}
	if err := r.fill(orders); err != nil {
		return err
	}
	fmt.Printf("%d orders of %d lines, %d clients, %s each, %d cores shared with the load\n", orders, linesEach, clients, d, runtime.NumCPU())
	fmt.Printf("%-10s %10s %9s %9s %14s %10s\n", "operation", "req/s", "p50", "p99", "CPU s/1,000", "RSS")
	for _, op := range r.operations() {
		line, err := r.drive(op)
		if err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
		fmt.Println(line)
	}
	return nil
}

// linesEach is the size of an order of the benchmark.
const linesEach = 5

// settleLimit is how long the orders of the filling may take to be routed.
const settleLimit = 5 * time.Minute

// run is one benchmark of one gateway.
type run struct {
	gateway          *harness.Gateway
	sender, receiver *harness.Client
	clients          int
	duration         time.Duration
	ids              []string
	submitted        atomic.Int64
}

func newRun(g *harness.Gateway, s harness.Scene, clients int, d time.Duration) (*run, error) {
	sender, err := g.Login(s.Sender)
	if err != nil {
		return nil, err
	}
	receiver, err := g.Login(s.Receiver)
	if err != nil {
		return nil, err
	}
	return &run{gateway: g, sender: sender, receiver: receiver, clients: clients, duration: d}, nil
}

// fill submits orders and waits until all are routed.
func (r *run) fill(orders int) error {
	var mu sync.Mutex
	var next atomic.Int64
	err := r.together(func(int) error {
		for next.Add(1) <= int64(orders) {
			id, err := r.submit()
			if err != nil {
				return err
			}
			mu.Lock()
			r.ids = append(r.ids, id)
			mu.Unlock()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.waitSent()
}

func (r *run) submit() (string, error) {
	return r.sender.Submit(harness.OrderXML(fmt.Sprintf("b%d", r.submitted.Add(1)), linesEach))
}

// waitSent waits until the receiver sees every order.
func (r *run) waitSent() error {
	deadline := time.Now().Add(settleLimit)
	for _, id := range r.ids {
		for {
			res, _, err := r.receiver.Do(http.MethodGet, "/orders/"+id, nil, "")
			if err != nil {
				return err
			}
			if res.StatusCode == http.StatusOK {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("order %s was not routed within %s", id, settleLimit)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	return nil
}

// together runs do on every client and returns the first error.
func (r *run) together(do func(client int) error) error {
	errs := make([]error, r.clients)
	var wg sync.WaitGroup
	for i := range r.clients {
		wg.Go(func() { errs[i] = do(i) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// operation is one kind of request. do sends the n-th of a client.
type operation struct {
	name string
	do   func(client, n int) error
}

func (r *run) operations() []operation {
	return []operation{
		{"list 100", func(_, _ int) error {
			return r.get("/orders?mode=SENT_TO_ME&fromDate=20000101000000&pagesize=100")
		}},
		{"order", func(c, n int) error { return r.get("/orders/" + r.pick(c, n)) }},
		{"editx", func(c, n int) error { return r.get("/orders/" + r.pick(c, n) + "/editx") }},
		{"submit", func(_, _ int) error { _, err := r.submit(); return err }},
		{"update", r.update},
	}
}

func (r *run) get(target string) error {
	res, body, err := r.receiver.Do(http.MethodGet, target, nil, "")
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %s", target, res.Status, body)
	}
	return err
}

// update sets a line to a status that it does not have.
func (r *run) update(c, n int) error {
	status := [...]string{"RECEIVED", "FULFILLED"}[n/len(r.ids)%2]
	body := fmt.Sprintf(`{"status":%q,"comment":"%d"}`, status, n)
	target := fmt.Sprintf("/orders/%s/lines/%d", r.pick(c, n), 1+n%linesEach)
	res, answer, err := r.receiver.Do(http.MethodPost, target, []byte(body), "application/json")
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("POST %s: %s: %s", target, res.Status, answer)
	}
	return err
}

// pick spreads requests over the orders, the same way in every run.
func (r *run) pick(client, n int) string {
	const stride = 7919 // a prime, so that neighbours in time are none in the store
	return r.ids[(client*104729+n*stride)%len(r.ids)]
}

// drive sends one operation from all clients for the run's duration.
func (r *run) drive(op operation) (string, error) {
	before, err := r.gateway.Usage()
	if err != nil {
		return "", err
	}
	took := make([][]time.Duration, r.clients)
	start := time.Now()
	err = r.together(func(c int) error {
		for n := 0; time.Since(start) < r.duration; n++ {
			began := time.Now()
			if err := op.do(c, n); err != nil {
				return err
			}
			took[c] = append(took[c], time.Since(began))
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	elapsed := time.Since(start)
	after, err := r.gateway.Usage()
	if err != nil {
		return "", err
	}
	return report(op.name, slices.Concat(took...), elapsed, after.CPU-before.CPU, after.Resident), nil
}

// report prints the figures of one operation.
func report(name string, took []time.Duration, elapsed, cpu time.Duration, resident int64) string {
	slices.Sort(took)
	n := len(took)
	at := func(percent int) time.Duration { return took[min(n-1, n*percent/100)].Round(10 * time.Microsecond) }
	return fmt.Sprintf("%-10s %10.0f %9s %9s %14.3f %6d MiB", name, float64(n)/elapsed.Seconds(), at(50), at(99),
		cpu.Seconds()/float64(n)*1000, resident>>20)
}
