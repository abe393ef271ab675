package order

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
)

// ID names an order in this exchange: a UUID in lower case. Those we make are
// version 7 (RFC 9562), so that they sort by age; nothing may rely on that,
// because orders taken over from elsewhere carry other versions.
type ID string

// NewID makes a version 7 UUID for the given instant.
func NewID(now time.Time) ID {
	var b [16]byte
	rand.Read(b[6:])
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(b[:6], ms[2:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return ID(formatUUID(b))
}

// ParseID reads a UUID of any version in any letter case. ok is false when s
// is not a UUID, and no order can have that name.
func ParseID(s string) (id ID, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return "", false
	}
	digits := s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
	if _, err := hex.DecodeString(digits); err != nil {
		return "", false
	}
	return ID(strings.ToLower(s)), true
}

func formatUUID(b [16]byte) string {
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
