package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/bookgate/bookgate/internal/cli"
)

// receiveMain is the stories' receiver of webhooks. It keeps every request as
// TYPE-ORDER-N.headers and .body in a folder, where N counts those of one type
// and order, and answers with the number in the folder's file status, or 200.
// Its address is in the file url.
//
//	receive DIR
func receiveMain() {
	flag.Parse()
	exit(receive(flag.Arg(0)))
}

// receiver is what it keeps.
type receiver struct {
	dir  string
	mu   sync.Mutex
	seen map[string]int
}

func receive(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	go func() { <-stop; os.Exit(0) }()
	if err := cli.WriteWhole(filepath.Join(dir, "url"), fmt.Appendf(nil, "http://%s/hook\n", l.Addr()), 0o644); err != nil {
		return err
	}
	return http.Serve(l, &receiver{dir: dir, seen: map[string]int{}})
}

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var e event
	if err != nil || json.Unmarshal(body, &e) != nil {
		http.Error(w, "not JSON", http.StatusBadRequest)
		return
	}
	if err := rc.store(r, e, body); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	status := http.StatusOK
	if text, err := os.ReadFile(filepath.Join(rc.dir, "status")); err == nil {
		status, _ = strconv.Atoi(strings.TrimSpace(string(text)))
	}
	w.WriteHeader(status)
	fmt.Fprintf(w, "the receiver says %d", status)
}

// event is the part of a body that names the files.
type event struct {
	Type string `json:"type"`
	Data struct {
		Number string `json:"orderNumber"`
	} `json:"data"`
}

// store writes the headers before the body, so that a reader of the body finds
// them.
func (rc *receiver) store(r *http.Request, t event, body []byte) error {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	name := t.Type + "-" + t.Data.Number
	rc.seen[name]++
	path := filepath.Join(rc.dir, fmt.Sprintf("%s-%d", name, rc.seen[name]))
	var headers bytes.Buffer
	fmt.Fprintf(&headers, "%s %s %s\r\n", r.Method, r.URL, r.Proto)
	if err := r.Header.Write(&headers); err != nil {
		return err
	}
	if err := cli.WriteWhole(path+".headers", headers.Bytes(), 0o644); err != nil {
		return err
	}
	return cli.WriteWhole(path+".body", body, 0o644)
}
