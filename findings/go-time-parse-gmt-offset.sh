#!/usr/bin/env bash
# Go 1.26: time.Parse, with a layout whose zone is MST (time.RFC1123, time.RFC850,
# time.UnixDate), accepts "GMT+1". One would expect the moment that is named:
# 08:01:22 GMT+1 is 07:01:22 UTC. The moment is 08:01:22 UTC, as if the offset
# were not there, and the offset is applied to how it is shown: 09:01:22 +0100.
# The hour that is printed is neither the one that was written nor that of UTC.
#
# http.ParseTime reads RFC 850 dates with that layout, so an Expires, Date or
# Retry-After "Thursday, 28-Apr-16 08:01:22 GMT+1" is an hour off and not refused.
# Names such as CEST are known to become UTC+0; of GMT+1 the offset is read, and
# Zone() returns it, so looking at it does not show the fault.
#
# Why it matters: Java and JavaScript write zones without a name as GMT+01:00 or
# GMT+1. A program that reads them with time.Parse and asks Zone() whether the
# offset was understood learns that it was.
#
# Needs go. Nothing is installed outside a temporary folder.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'END'
package main

import (
	"fmt"
	"net/http"
	"time"
)

func main() {
	for _, written := range []string{"Thu, 28 Apr 2016 08:01:22 GMT+1", "Thu, 28 Apr 2016 08:01:22 GMT-5"} {
		at, err := time.Parse(time.RFC1123, written)
		name, offset := at.Zone()
		fmt.Println(written, "|", at.UTC().Format("15:04:05"), "UTC, shown as", at.Format("15:04:05 -0700"), "|", name, offset, err)
	}
	at, err := http.ParseTime("Thursday, 28-Apr-16 08:01:22 GMT+1")
	fmt.Println("http.ParseTime |", at.UTC().Format("15:04:05"), "UTC", err)
}
END
out=$(GOWORK=off GO111MODULE=off go run main.go)
echo "$out"
[ "$out" = "Thu, 28 Apr 2016 08:01:22 GMT+1 | 08:01:22 UTC, shown as 09:01:22 +0100 | GMT+1 3600 <nil>
Thu, 28 Apr 2016 08:01:22 GMT-5 | 08:01:22 UTC, shown as 03:01:22 -0500 | GMT-5 -18000 <nil>
http.ParseTime | 08:01:22 UTC <nil>" ]
