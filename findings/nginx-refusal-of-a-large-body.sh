#!/usr/bin/env bash
# A server that refuses a large request before it has read it answers, and the
# answer is small and complete. One would expect nginx to pass it on, or not,
# whatever version of HTTP it speaks to the server.
#
# True: by the first example of nginx's proxy module, which speaks HTTP/1.0,
# most refusals are lost and the client gets 502; with HTTP/1.1 and an empty
# Connection header none is. Seen with nginx 1.22.1 of Debian 12 before net/http
# of Go 1.26, 4 MB, 401: 24 of 40 lost, and 0 of 40.
#
# Why it matters: 502 says "try again", 401 and 413 say "do not". The two lines
# are usually recommended for keep-alive alone, and are left out where a server
# has little traffic.
#
# Needs apt-get, go, curl. Nothing is installed outside a temporary folder.
set -euo pipefail
dir=$(mktemp -d)
pids=()
clean() {
  for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done
  wait
  rm -rf "$dir"
}
trap clean EXIT
cd "$dir"
chmod 755 .

apt-get download -qq nginx >/dev/null 2>&1
dpkg -x nginx_*.deb package
nginx=$dir/package/usr/sbin/nginx
"$nginx" -v 2>&1

cat >go.mod <<'END'
module refuse

go 1.26
END
cat >main.go <<'END'
package main

import (
	"net"
	"net/http"
	"os"
)

// Listens on any port, says which, and refuses all requests unread.
func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	os.WriteFile("server", []byte(l.Addr().String()), 0o644)
	http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusUnauthorized) }))
}
END
go build -o refuse .
./refuse &
pids+=($!)
until [ -s server ]; do sleep 0.1; done
head -c 4000000 /dev/zero >body

lost() { # SETTINGS: how many of 60 refusals do not arrive
  local port=$((20000 + RANDOM % 20000)) bad=0
  mkdir -p work
  cat >conf <<END
daemon off;
pid $dir/work/pid;
error_log $dir/work/log;
events {}
http {
  access_log off;
  client_max_body_size 20m;
  client_body_temp_path $dir/work/b;
  proxy_temp_path $dir/work/p;
  fastcgi_temp_path $dir/work/f;
  uwsgi_temp_path $dir/work/u;
  scgi_temp_path $dir/work/s;
  server {
    listen 127.0.0.1:$port;
    location / { proxy_pass http://$(cat server); $1 }
  }
}
END
  "$nginx" -p "$dir/work" -c "$dir/conf" 2>/dev/null &
  local pid=$!
  pids+=("$pid")
  until curl -s -o /dev/null "http://127.0.0.1:$port/"; do sleep 0.1; done
  for _ in $(seq 60); do
    [ "$(curl -s -o /dev/null -w '%{http_code}' --data-binary @body "http://127.0.0.1:$port/")" = 401 ] || bad=$((bad + 1))
  done
  kill "$pid"
  wait "$pid" 2>/dev/null || true
  echo "$bad"
}

first=$(lost '')
both=$(lost 'proxy_http_version 1.1; proxy_set_header Connection "";')
echo "HTTP/1.0, the first example:        $first of 60 refusals are lost"
echo "HTTP/1.1 and an empty Connection:   $both of 60"
[ "$first" -gt 5 ] && [ "$both" -eq 0 ]
