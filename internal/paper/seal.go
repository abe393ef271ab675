package paper

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// Seal signs what a link stands for. The first of the parts says for what the
// link is, so that a seal for one thing opens no other; no part has a zero byte.
func Seal(key []byte, parts ...string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Sealed reports whether seal is the one of the parts, in a time that tells
// nothing of where it differs.
func Sealed(seal string, key []byte, parts ...string) bool {
	return hmac.Equal([]byte(seal), []byte(Seal(key, parts...)))
}
