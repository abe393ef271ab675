#!/bin/sh
# github.com/coreos/go-systemd/v22 v22.7.0, activation, with Go 1.26.
#
# One would expect: activation.Listeners returns nil in the place of what is not a listening socket, as its documentation has it
# of a UDP socket; so a connection, which a socket unit with Accept=yes passes, is nil too, and the program can say so.
#
# True: of a connection a *net.TCPListener is made, with the connection's address and without an error. Only its first
# Accept fails, with "invalid argument". net.FileListener asks for the family and the type of a socket, not for
# SO_ACCEPTCONN.
#
# Why it matters: a server that is started by such a unit comes up, reports that it is ready, and is started anew for each
# client. Ask getsockopt(SO_ACCEPTCONN) before a descriptor is served.
set -e
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > main.go <<'GO'
package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"

	"github.com/coreos/go-systemd/v22/activation"
)

func main() {
	if os.Getenv("LISTEN_FDS") != "" { // the service
		os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
		all, err := activation.Listeners()
		fmt.Println("error:", err)
		for _, l := range all {
			fmt.Printf("passed: %T\n", l)
			if l != nil {
				_, err := l.Accept()
				fmt.Println("accept:", err.(*net.OpError).Err)
			}
		}
		return
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") // the manager, with Accept=yes
	if err != nil {
		panic(err)
	}
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		panic(err)
	}
	defer client.Close()
	accepted, err := listener.Accept()
	if err != nil {
		panic(err)
	}
	file, err := accepted.(*net.TCPConn).File()
	if err != nil {
		panic(err)
	}
	service := exec.Command(os.Args[0])
	service.Env = append(os.Environ(), "LISTEN_FDS=1")
	service.ExtraFiles = []*os.File{file}
	service.Stdout, service.Stderr = os.Stdout, os.Stderr
	if err := service.Run(); err != nil {
		panic(err)
	}
}
GO
go mod init finding >/dev/null 2>&1
go get github.com/coreos/go-systemd/v22@v22.7.0 >/dev/null 2>&1
go build -o both .
./both > seen
cat seen
grep -qx 'error: <nil>' seen
grep -qx 'passed: \*net.TCPListener' seen
grep -qx 'accept: accept4\{0,1\}: invalid argument' seen
