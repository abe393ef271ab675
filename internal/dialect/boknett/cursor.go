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
// was given to another party or for another mode. A cursor also has the epoch
// that its number is of, between number and seal; the ETag is good for one
// epoch only and has none. sealSize is 120 bits; the whole is 32 or 43
// characters that need no escaping in an address.
const (
	sealKey  = 32
	sealSize = 15
	kindSize = 1 // leads, and tells cursor and ETag apart
	headSize = kindSize + 8
	maxEpoch = 64 // bytes; more was not made here
)

// sealedTag is the length of the ETag of a list as text.
const sealedTag = (headSize + sealSize) * 8 / 6

// sealer signs change numbers.
type sealer struct{ key []byte }

// place is a change number with the epoch that it is of.
type place struct {
	change int64
	epoch  string
}

// The kinds of sealed number.
const (
	sealedCursor  byte = 1
	sealedEnd     byte = 2 // the ETag of a list behind which nothing was ready
	sealedPartial byte = 3 // the ETag of a page behind which more was ready
)

// close writes a place, sealed for one purpose.
func (s sealer) close(kind byte, at place, purpose string) string {
	raw := binary.BigEndian.AppendUint64([]byte{kind}, uint64(at.change))
	raw = append(raw, at.epoch...)
	return base64.RawURLEncoding.EncodeToString(append(raw, s.sign(raw, purpose)...))
}

// open reads what close wrote for the same purpose.
func (s sealer) open(sealed, purpose string) (kind byte, at place, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	long := len(raw) - headSize - sealSize                                                                      // the epoch
	if err != nil || long < 0 || long > maxEpoch || len(sealed) != base64.RawURLEncoding.EncodedLen(len(raw)) { // Go passes over line breaks
		return 0, place{}, false
	}
	plain, seal := raw[:headSize+long], raw[headSize+long:]
	at = place{int64(binary.BigEndian.Uint64(plain[kindSize:])), string(plain[headSize:])}
	return plain[0], at, hmac.Equal(seal, s.sign(plain, purpose)) && at.change >= 0
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

func (s sealer) cursor(party order.PartyID, mode order.Mode, at place) string {
	return s.close(sealedCursor, at, cursorFor(party, mode))
}

// parseCursor reads the next parameter of a party's list.
func (s sealer) parseCursor(party order.PartyID, mode order.Mode, written string) (place, error) {
	kind, at, ok := s.open(written, cursorFor(party, mode))
	if ok && kind == sealedCursor {
		return at, nil
	}
	for _, other := range []order.Mode{order.SentToMe, order.SentByMe, order.All} {
		if _, _, ok := s.open(written, cursorFor(party, other)); ok {
			return place{}, errCursor(written, fmt.Sprintf("The cursor was given for mode=%s, and the request says mode=%s.", other, mode))
		}
	}
	return place{}, errCursor(written, fmt.Sprintf("The cursor in next is damaged, or was not given to party %s.", party))
}

func errCursor(written, detail string) error {
	return order.Errorf(order.Malformed, "cursor-invalid", "%s", detail).
		WithHint("Send the value of the Next header unchanged, with the mode it was given for; or leave next out and start again with fromDate.").
		WithField(order.Field{Parameter: "next", Value: written})
}
