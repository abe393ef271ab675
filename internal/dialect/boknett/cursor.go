package boknett

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/bookgate/bookgate/order"
)

// A cursor and the ETag of a list are a change number with a seal. The seal
// makes them ours: a reader can neither build nor alter one, nor use one that
// was given to another party or for another mode. sealSize is 120 bits; the
// whole is 32 characters that need no escaping in an address.
const (
	sealKey  = 32
	sealSize = 15
	kindSize = 1 // leads, and tells cursor and ETag apart
)

// sealer signs change numbers.
type sealer struct{ key []byte }

// The kinds of sealed number.
const (
	sealedCursor  byte = 1
	sealedEnd     byte = 2 // the ETag of a list behind which nothing was ready
	sealedPartial byte = 3 // the ETag of a page behind which more was ready
)

// close writes a change number, sealed for one purpose.
func (s sealer) close(kind byte, change int64, purpose string) string {
	raw := binary.BigEndian.AppendUint64([]byte{kind}, uint64(change))
	return base64.RawURLEncoding.EncodeToString(append(raw, s.sign(raw, purpose)...))
}

// open reads what close wrote for the same purpose.
func (s sealer) open(sealed, purpose string) (kind byte, change int64, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil || len(raw) != kindSize+8+sealSize || len(sealed) != base64.RawURLEncoding.EncodedLen(len(raw)) { // Go passes over line breaks
		return 0, 0, false
	}
	plain, seal := raw[:kindSize+8], raw[kindSize+8:]
	change = int64(binary.BigEndian.Uint64(plain[kindSize:]))
	return plain[0], change, hmac.Equal(seal, s.sign(plain, purpose)) && change >= 0
}

func (s sealer) sign(raw []byte, purpose string) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(raw)
	mac.Write([]byte(purpose))
	return mac.Sum(nil)[:sealSize]
}

// cursorFor is the purpose of a cursor. A party number has no blank in it.
func cursorFor(party order.PartyID, mode order.Mode) string {
	return fmt.Sprintf("cursor %s %s", party, mode)
}

func (s sealer) cursor(party order.PartyID, mode order.Mode, change int64) string {
	return s.close(sealedCursor, change, cursorFor(party, mode))
}

// parseCursor reads the next parameter of a party's list.
func (s sealer) parseCursor(party order.PartyID, mode order.Mode, written string) (int64, error) {
	kind, change, ok := s.open(written, cursorFor(party, mode))
	if ok && kind == sealedCursor {
		return change, nil
	}
	for _, other := range []order.Mode{order.SentToMe, order.SentByMe, order.All} {
		if _, _, ok := s.open(written, cursorFor(party, other)); ok {
			return 0, errCursor(written, fmt.Sprintf("The cursor was given for mode=%s, and the request says mode=%s.", other, mode))
		}
	}
	return 0, errCursor(written, fmt.Sprintf("The cursor in next is damaged, or was not given to party %s.", party))
}

func errCursor(written, detail string) error {
	return order.Errorf(order.Malformed, "cursor-invalid", "%s", detail).
		WithHint("Send the value of the Next header unchanged, with the mode it was given for; or leave next out and start again with fromDate.").
		WithField(order.Field{Parameter: "next", Value: written})
}
