package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// callbacksMain is the stories' receiver of callbacks. It writes its address
// into a file, answers one request after the other with the statuses of its
// script, and prints what it got. Behind the last status it ends.
//
//	callbacks -address FILE 503 204 204
func callbacksMain() {
	file := flag.String("address", "", "file for the address")
	flag.Parse()
	exit(takeCallbacks(*file, flag.Args()))
}

// askGraphQL is the stories' GraphQL client: it posts the query in a file with
// variables, all of them text, and prints status and body.
//
//	graphql -key KEY BASE FILE [NAME=VALUE…]
func askGraphQL(p process) error {
	flags := flag.NewFlagSet("graphql", flag.ContinueOnError)
	key := flags.String("key", "", "API key")
	args, err := p.parse(flags)
	if err != nil {
		return err
	}
	if len(args) < 2 {
		return errors.New("usage: graphql -key KEY BASE FILE [NAME=VALUE…]")
	}
	query, err := os.ReadFile(p.path(args[1]))
	if err != nil {
		return err
	}
	variables := map[string]string{}
	for _, pair := range args[2:] {
		name, value, _ := strings.Cut(pair, "=")
		variables[name] = value
	}
	body, err := json.Marshal(map[string]any{"query": string(query), "variables": variables})
	if err != nil {
		return err
	}
	req, err := http.NewRequest(http.MethodPost, args[0]+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("X-API-KEY", *key)
	req.Header.Set("Content-Type", "application/json")
	return exchange(p, req, "")
}

// callbacksLimit ends a receiver that waits for what never comes.
const callbacksLimit = 60 * time.Second

func takeCallbacks(file string, script []string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	got := make(chan string)
	statuses := make(chan int, len(script))
	for _, word := range script {
		status, err := strconv.Atoi(word)
		if err != nil {
			return err
		}
		statuses <- status
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		status := <-statuses
		w.WriteHeader(status)
		got <- fmt.Sprintf("%d %s %s %s", status, r.Method, r.Header.Get("Content-Type"), strings.TrimSpace(string(body)))
	})}
	go s.Serve(l)
	if err := os.WriteFile(file, []byte("http://"+l.Addr().String()), 0o600); err != nil {
		return err
	}
	limit := time.After(callbacksLimit)
	for n := range script {
		select {
		case line := <-got:
			fmt.Printf("%d. %s\n", n+1, line)
		case <-limit:
			return fmt.Errorf("after %s %d of %d callbacks came", callbacksLimit, n, len(script))
		}
	}
	return s.Shutdown(context.Background()) // the last answer leaves first
}
