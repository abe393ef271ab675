#!/bin/sh
# encoding/xml: a line feed that is given back leaves InputPos in column 0.
#
# Version: the standard library of Go 1.26 (no package to install).
# Expected: Decoder.InputPos returns a line and a column from 1; its documentation
#   calls the column 1 based.
# True: where a token ends at a line feed that cannot belong to it, the decoder
#   puts the character back and goes back a line, but not to where that line
#   began: the column is 0, on the line before.
# Why it matters: a program that goes from the column back to the beginning of the
#   line, to count characters or to show it, reads from behind the offset.
set -e
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/main.go" <<'GO'
package main

import (
	"encoding/xml"
	"fmt"
	"strings"
)

func main() {
	d := xml.NewDecoder(strings.NewReader("<a>1 <\n 2</a>"))
	for {
		if _, err := d.RawToken(); err != nil {
			line, column := d.InputPos()
			fmt.Printf("line %d, column %d, offset %d\n", line, column, d.InputOffset())
			return
		}
	}
}
GO
seen=$(cd "$dir" && go run main.go)
echo "$seen"
test "$seen" = "line 1, column 0, offset 6"
