#!/bin/sh
# github.com/r3labs/sse/v2 v2.10.0, a client of Server-Sent Events for Go.
#
# Expected: a comment line is ignored as soon as it is read (HTML standard,
# 9.2.6), so that a server may send any number of them as signs of life.
#
# True: the client gathers everything up to the next blank line in a buffer of
# 64 KiB, comments too. When they fill it the connection is dropped before the
# event behind them is read; the next connection ends the same way when the
# server says the same again. A blank line behind each comment is no way out:
# the client hands every block on as an event, without data.
#
# Why it matters: at a sign of life of 13 bytes every 15 seconds a quiet stream
# fails after a day. A server has to send a block with data before that.
set -e
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
cat > go.mod <<'GO'
module finding

go 1.24
GO
cat > main.go <<'GO'
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/r3labs/sse/v2"
)

// listen hears one event behind so many comments, and reports how many events
// came and over how many connections.
func listen(comments int) (heard, connections int) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connections++
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, strings.Repeat(": still here\n", comments)+"data: an event\n\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	go sse.NewClient("http://" + l.Addr().String()).SubscribeRaw(func(*sse.Event) { heard++ })
	time.Sleep(4 * time.Second)
	return heard, connections
}

func main() {
	for _, comments := range []int{5000, 6000} {
		heard, connections := listen(comments)
		fmt.Printf("behind %d comments (%d bytes): %d events, one connection: %t\n", comments, 13*comments, heard, connections == 1)
		if (heard == 1 && connections == 1) != (comments == 5000) {
			os.Exit(1)
		}
	}
}
GO
go get github.com/r3labs/sse/v2@v2.10.0 2>/dev/null
go run .
