package installer

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/order"
)

// The lengths of texts, in characters. No document gives any: these are longer
// than what people write, and short enough for every table and form.
const (
	maxLine        = 255
	maxCity        = 100
	maxPostalCode  = 20
	maxEmail       = 254 // what SMTP can carry
	maxPhone       = 80  // a number with blanks, and an extension with the word for it
	maxURL         = 2000
	maxDescription = 20_000

	// maxKey is what the number of an order may have in EDItX.
	maxKey = 70
)

// filled is a rule for a text that must say something.
func filled(wrong rule) rule {
	return func(s string) string {
		if strings.TrimSpace(s) == "" {
			return "It is empty, and it is required."
		}
		return wrong(s)
	}
}

// oneLine is the rule of a text without line breaks. Characters are counted,
// not bytes: ø is one.
func oneLine(most int) rule {
	return func(s string) string {
		if strings.ContainsFunc(s, unicode.IsControl) {
			return "It has a control character, such as a line break."
		}
		return manyLines(most)(s)
	}
}

// manyLines is the rule of a text that may have line breaks.
func manyLines(most int) rule {
	return func(s string) string {
		switch n := utf8.RuneCountInString(s); {
		case n > most:
			return fmt.Sprintf("It has %d characters; at most %d are taken.", n, most)
		case strings.ContainsFunc(s, unprintable):
			return "It has a character that no document can carry, such as a null or half of one."
		}
		return ""
	}
}

// unprintable reports what XML cannot carry. Half a character, which JSON can
// write, has become U+FFFD by now.
func unprintable(r rune) bool {
	return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == utf8.RuneError || r == '\ufffe' || r == '\uffff'
}

// email takes an address that people can be written to.
func email(s string) string {
	if wrong := oneLine(maxEmail)(s); wrong != "" {
		return wrong
	}
	return mail.Fault(s)
}

// uuid takes a UUID of any version, in any letter case.
func uuid(s string) string {
	if _, ok := order.ParseID(s); !ok {
		return "It is no UUID; write it like 3f0c1b1e-6c0a-4d57-9a39-0d6a2f0f8a11."
	}
	return ""
}

// idempotencyKey takes what can be the number of an order. A character without
// width would make another number of it, which looks the same.
func idempotencyKey(s string) string {
	switch wrong, unseen := oneLine(maxKey)(s), httpjson.Unseen(s); {
	case wrong != "":
		return wrong
	case unseen != "":
		return "It has the character " + unseen + ", which cannot be seen."
	case s != strings.TrimSpace(s):
		return "It begins or ends with a blank."
	case isDisplayID(s):
		return "It has the form of a displayId, which is given here to orders without a key; send another."
	}
	return ""
}
