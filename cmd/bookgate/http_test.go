package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// request is the stories' HTTP client: it logs in with -u, or goes on with the
// ticket of -ticket, sends one request and prints status, headers (sorted) and
// body; with -o the body goes into a file. Its login prints a ticket, and token
// the answer with an access token.
//
//	http [-u user:password] [-ticket TICKET] [-H 'Name: value'] [-o FILE] METHOD URL [FILE]
//	http login user:password BASE
//	http token id:secret BASE
func request(p process) error {
	flags := flag.NewFlagSet("http", flag.ContinueOnError)
	user := flags.String("u", "", "log in with user:password and use the ticket")
	ticket := flags.String("ticket", "", "use a ticket from before")
	var headers []string
	flags.Func("H", "header, Name: value", func(s string) error { headers = append(headers, s); return nil })
	out := flags.String("o", "", "file for the body")
	args, err := p.parse(flags)
	if err != nil {
		return err
	}
	if len(args) < 2 {
		return fmt.Errorf("usage: http METHOD URL [FILE]")
	}
	if args[0] == "login" || args[0] == "token" {
		return credential(p, args)
	}
	var body []byte
	if len(args) > 2 {
		if body, err = os.ReadFile(p.path(args[2])); err != nil {
			return err
		}
	}
	req, err := http.NewRequest(args[0], args[1], bytes.NewReader(body))
	if err != nil {
		return err
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	if *user != "" {
		if *ticket, err = ticketOf(req.URL, *user); err != nil {
			return err
		}
	}
	if *ticket != "" {
		req.Header.Set("Authorization", "Boknett "+*ticket)
		req.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	return exchange(p, req, *out)
}

// credential prints a ticket or the answer that holds an access token.
func credential(p process, args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: http login|token NAME:SECRET BASE")
	}
	base, err := url.Parse(args[2])
	if err != nil {
		return err
	}
	if args[0] == "login" {
		ticket, err := ticketOf(base, args[1])
		fmt.Fprintln(p.out, ticket)
		return err
	}
	id, secret, _ := strings.Cut(args[1], ":")
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	req, err := http.NewRequest(http.MethodPost, args[2]+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return exchange(p, req, "")
}

func ticketOf(u *url.URL, user string) (string, error) {
	name, password, _ := strings.Cut(user, ":")
	res, err := http.PostForm(u.Scheme+"://"+u.Host+"/v1/tickets", url.Values{"username": {name}, "password": {password}})
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		return "", fmt.Errorf("log in as %s: %s", name, res.Status)
	}
	return res.Header.Get("Boknett-TGT"), nil
}

func exchange(p process, req *http.Request, out string) error {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req.WithContext(p.ctx))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if out != "" {
		if err := os.WriteFile(p.path(out), body, 0o600); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.out, "HTTP %s\n", res.Status)
	var lines []string
	for name, values := range res.Header {
		for _, v := range values {
			lines = append(lines, name+": "+v)
		}
	}
	slices.Sort(lines)
	fmt.Fprintf(p.out, "%s\n\n%s\n", strings.Join(lines, "\n"), body)
	return nil
}

// answer sends a request and returns the body of the answer that is wanted.
func answer(req *http.Request, want int) ([]byte, error) {
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != want {
		err = fmt.Errorf("%s %s: %s: %s", req.Method, req.URL, res.Status, body)
	}
	return body, err
}

// storyPatience is how long a story waits for what happens in the background.
const storyPatience = 20 * time.Second

// cmdEventually repeats a command until its output matches:
//
//	eventually '"status":"SENT"' http -u a:b GET $BASE/orders/$ID
func cmdEventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN COMMAND…")
	}
	pattern := regexpOf(ts, args[0])
	for deadline := time.Now().Add(storyPatience); ; time.Sleep(50 * time.Millisecond) {
		r := runProgram(ts, args[1], args[2:])
		if r.code == 0 && pattern.MatchString(r.out) {
			r.show(ts)
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s did not come within %s; last, with exit code %d:\n%s%s", args[0], storyPatience, r.code, r.out, r.err)
		}
	}
}
