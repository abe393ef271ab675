#!/bin/sh
# wneessen/go-mail v0.8.1, with Go 1.26.
#
# One would expect: a long subject is written as "Subject: " and its first encoded word, and folded behind it; a subject
# of one word without a blank is folded too, or encoded so that it can be, because a line of a message ends before its
# 998th byte (RFC 5322, 2.1.1).
#
# True: when the first word has more than some 66 bytes, the header's first line is empty ("Subject:") and the words begin
# in the second. Python's reader shows such a subject with a blank before it. A word of plain ASCII is never folded: 1,100
# characters are one line of 1,110 bytes, which Exim refuses.
#
# Why it matters: people see the blank, rules that look for a subject's beginning do not match, and a message with a long
# number in its subject is lost. Fold and encode headers yourself, and set them with SetGenHeaderPreformatted.
set -e
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > main.go <<'GO'
package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/wneessen/go-mail"
)

func main() {
	for _, subject := range []string{strings.Repeat("ø", 120), strings.Repeat("x", 1100)} {
		m := mail.NewMsg()
		m.From("a@b.example")
		m.To("c@d.example")
		m.Subject(subject)
		m.SetBodyString(mail.TypeTextPlain, "text")
		var out bytes.Buffer
		m.WriteTo(&out)
		begun := false
		for line := range strings.SplitSeq(out.String(), "\r\n") {
			begun = strings.HasPrefix(line, "Subject:") || begun && strings.HasPrefix(line, " ")
			if begun {
				fmt.Printf("%d bytes: %.40q\n", len(line), line)
			}
		}
	}
}
GO
go mod init finding >/dev/null 2>&1
go get github.com/wneessen/go-mail@v0.8.1 >/dev/null 2>&1
go run . > seen
cat seen
printf 'From: a@b.example\r\nSubject:\r\n =?UTF-8?q?=C3=B8?=\r\n\r\n' > message
python3 - <<'PY'
import email, email.policy
subject = email.message_from_binary_file(open('message', 'rb'), policy=email.policy.default)['Subject']
print(f"Python reads {subject!r}")
assert subject == ' ø'
PY
grep -qx '8 bytes: "Subject:"' seen
grep -q '^11[0-9][0-9] bytes' seen
