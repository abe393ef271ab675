package boknett

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// A cursor and the ETag of a list are a change number with a seal. The seal
// makes them ours: a reader can neither build nor alter one, nor use one that
// was given to another party or for another mode. A cursor also has the epoch
// that its number is of, between number and seal; the ETag is good for one
// epoch only and has none. macSize is 120 bits; the whole is 32 or 43
// characters that need no escaping in an address.
const (
	signerKeySize = 32
	macSize       = 15
	kindSize      = 1 // leads, and tells cursor and ETag apart
	headSize      = kindSize + 8
	maxEpoch      = 64 // bytes; more was not made here
)

// signedTagSize is the length of the ETag of a list as text.
const signedTagSize = (headSize + macSize) * 8 / 6

// signer signs change numbers.
type signer struct{ key []byte }

// position is a change number with the epoch that it is of.
type position struct {
	change int64
	epoch  string
}

// The kinds of sealed number.
const (
	signedCursor  byte = 1
	signedEnd     byte = 2 // the ETag of a list behind which nothing was ready
	signedPartial byte = 3 // the ETag of a page behind which more was ready
)

// sign writes a place, sealed for one purpose.
func (s signer) sign(kind byte, at position, purpose string) string {
	raw := binary.BigEndian.AppendUint64([]byte{kind}, uint64(at.change))
	raw = append(raw, at.epoch...)
	return base64.RawURLEncoding.EncodeToString(append(raw, s.mac(raw, purpose)...))
}

// verify reads what close wrote for the same purpose.
func (s signer) verify(sealed, purpose string) (kind byte, at position, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	long := len(raw) - headSize - macSize                                                                       // the epoch
	if err != nil || long < 0 || long > maxEpoch || len(sealed) != base64.RawURLEncoding.EncodedLen(len(raw)) { // Go passes over line breaks
		return 0, position{}, false
	}
	plain, seal := raw[:headSize+long], raw[headSize+long:]
	at = position{int64(binary.BigEndian.Uint64(plain[kindSize:])), string(plain[headSize:])}
	return plain[0], at, hmac.Equal(seal, s.mac(plain, purpose)) && at.change >= 0
}

func (s signer) mac(raw []byte, purpose string) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(raw)
	mac.Write([]byte(purpose))
	return mac.Sum(nil)[:macSize]
}

// cursorFor is the purpose of a cursor. A party number has no blank in it.
func cursorFor(party order.PartyID, mode order.Mode) string {
	return fmt.Sprintf("cursor %s %s", party, mode)
}

func (s signer) cursor(party order.PartyID, mode order.Mode, at position) string {
	return s.sign(signedCursor, at, cursorFor(party, mode))
}

// parseCursor reads the next parameter of a party's list.
func (s signer) parseCursor(party order.PartyID, mode order.Mode, written string) (position, error) {
	kind, at, ok := s.verify(written, cursorFor(party, mode))
	if ok && kind == signedCursor {
		return at, nil
	}
	for _, other := range []order.Mode{order.SentToMe, order.SentByMe, order.All} {
		if _, _, ok := s.verify(written, cursorFor(party, other)); ok {
			return position{}, errCursor(written, fmt.Sprintf("The cursor was given for mode=%s, and the request says mode=%s.", other, mode))
		}
	}
	return position{}, errCursor(written, fmt.Sprintf("The cursor in next is damaged, or was not given to party %s.", party))
}

func errCursor(written, detail string) error {
	return order.Errorf(order.Malformed, "cursor-invalid", "%s", detail).
		WithHint("Send the value of the Next header unchanged, with the mode it was given for; or leave next out and start again with fromDate.").
		WithField(order.Field{Parameter: "next", Value: written})
}

// eventIDMark stands between the epoch and the number of an event id. No
// epoch has it in its name.
const eventIDMark = "-"

// appendEventID appends a place as the id of an event: EPOCH-NUMBER, such as
// k3v9x2ab-17. After a restore the numbers are given out again; with its epoch
// an id from before is known as such.
func appendEventID(dst []byte, at position) []byte {
	if at.epoch != "" {
		dst = append(append(dst, at.epoch...), eventIDMark...)
	}
	return strconv.AppendInt(dst, at.change, 10)
}

// parseEventID reads the id of an event. A number alone is the form of older
// versions, and of callers who take it from a body; its epoch is "".
func parseEventID(written string) (at position, ok bool) {
	epoch, digits, ok := strings.Cut(written, eventIDMark)
	if !ok {
		epoch, digits = "", written
	} else if !isEpoch(epoch) {
		return position{}, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || !isDigits(digits) || n < 0 {
		return position{}, false
	}
	return position{n, epoch}, true
}

// isEpoch reports whether a text may name an epoch: letters and digits.
func isEpoch(name string) bool {
	return name != "" && len(name) <= maxEpoch && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
	})
}
