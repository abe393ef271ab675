package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// crowd is the stories' crowd of senders: it submits orders, many at once.
//
//	crowd -u bokhandel:password -n 60 -prefix a BASE
func crowd(p process) error {
	flags := flag.NewFlagSet("crowd", flag.ContinueOnError)
	user := flags.String("u", "", "user:password")
	n := flags.Int("n", 60, "orders to send")
	prefix := flags.String("prefix", "crowd", "how their numbers begin")
	if _, err := p.parse(flags); err != nil {
		return err
	}
	return sendMany(*user, *prefix, *n, flags.Arg(0))
}

// senders is how many orders are under way at once.
const senders = 8

func sendMany(user, prefix string, n int, base string) error {
	client, err := newTicketClient(base, user)
	if err != nil {
		return err
	}
	errs := make([]error, senders)
	var wg sync.WaitGroup
	for s := range senders {
		wg.Go(func() {
			for i := s; i < n && errs[s] == nil; i += senders {
				number := fmt.Sprintf("%s-%d", prefix, i)
				_, errs[s] = client.do(http.MethodPost, "/orders", string(harness.OrderXML(number, 2)), http.StatusAccepted)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// pollMain is the stories' receiver: it polls by cursor and answers the first
// line of every order that it sees for the first time, so that its own answers
// are changes too. It ends when it has seen that many orders answered, and
// fails when a change comes twice or an order is missing.
//
//	poll -u forlag:password -n 60 BASE
func pollMain() {
	user := flag.String("u", "", "user:password")
	n := flag.Int("n", 60, "orders to wait for")
	flag.Parse()
	exit(poll(*user, *n, flag.Arg(0)))
}

// pollLimit ends a poller that waits for what never comes.
const pollLimit = 60 * time.Second

// pollSize is small, so that pages end in the middle of what is written.
const pollSize = 7

func poll(user string, n int, base string) error {
	client, err := newTicketClient(base, user)
	if err != nil {
		return err
	}
	seen := sightings{changes: map[int64]string{}, status: map[string]string{}}
	cursor := ""
	for deadline := time.Now().Add(pollLimit); !seen.all(n); {
		if time.Now().After(deadline) {
			return fmt.Errorf("after %s %d of %d orders were seen", pollLimit, len(seen.status), n)
		}
		if cursor, err = seen.page(client, cursor); err != nil {
			return err
		}
	}
	fmt.Printf("%d orders, %d changes, each once\n", len(seen.status), len(seen.changes))
	return nil
}

// sightings is what a poller has seen.
type sightings struct {
	changes map[int64]string  // change number: order
	status  map[string]string // order: its last status
}

// all reports whether n orders have been seen after they were answered.
func (s *sightings) all(n int) bool {
	answered := 0
	for _, status := range s.status {
		if status == "RECEIVED" {
			answered++
		}
	}
	return answered == n
}

// page reads the page behind a cursor and returns the next cursor.
func (s *sightings) page(client *ticketClient, cursor string) (string, error) {
	query := fmt.Sprintf("/v2/orders?mode=SENT_TO_ME&pagesize=%d", pollSize)
	if cursor != "" {
		query += "&next=" + cursor
	}
	body, err := client.do(http.MethodGet, query, "", http.StatusOK)
	if err != nil {
		return "", err
	}
	var list struct {
		Cursor   string
		Embedded struct {
			Orders []struct {
				ID, Status string
				Change     int64
			} `json:"bk:order"`
		} `json:"_embedded"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return "", err
	}
	for _, o := range list.Embedded.Orders {
		if before, twice := s.changes[o.Change]; twice {
			return "", fmt.Errorf("change %d came twice: for %s and %s", o.Change, before, o.ID)
		}
		s.changes[o.Change] = o.ID
		if _, known := s.status[o.ID]; !known {
			if _, err := client.do(http.MethodPost, "/v2/orders/"+o.ID+"/lines/1", `{"status":"RECEIVED"}`, http.StatusOK); err != nil {
				return "", err
			}
			if _, err := client.do(http.MethodPost, "/v2/orders/"+o.ID+"/lines/2", `{"status":"RECEIVED"}`, http.StatusOK); err != nil {
				return "", err
			}
		}
		s.status[o.ID] = o.Status
	}
	return list.Cursor, nil
}

// ticketClient sends requests with one ticket.
type ticketClient struct{ base, ticket string }

func newTicketClient(base, user string) (*ticketClient, error) {
	req, err := http.NewRequest(http.MethodGet, base, nil)
	if err != nil {
		return nil, err
	}
	ticket, err := ticketOf(req.URL, user)
	return &ticketClient{base: base, ticket: ticket}, err
}

func (c *ticketClient) do(method, path, body string, want int) ([]byte, error) {
	req, err := http.NewRequest(method, c.base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Boknett "+c.ticket)
	req.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	return answer(req, want)
}
