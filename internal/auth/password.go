package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of a password: OWASP's minimum for argon2id. It takes about 25 ms
// and 19 MiB, which is why a queue lets only hashSlots run at once: 64 logins
// together would otherwise take over 1 GiB and, fighting for memory, three
// times as long.
const (
	argonTime    = 2
	argonMemory  = 19 * 1024 // KiB
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32
)

// Cost is what one hash of a password takes.
type Cost struct {
	Time   uint32 // passes over the memory
	Memory uint32 // KiB
}

// realCost is the cost of every password, unless a test asks for less.
func realCost() Cost { return Cost{Time: argonTime, Memory: argonMemory} }

// MinPassword and MaxPassword bound a password's length in bytes.
const (
	MinPassword = 8
	MaxPassword = 1024
)

// HashPassword returns the PHC string of a password, for storing.
func HashPassword(password string) string { return realCost().Hash(password) }

// Hash returns the PHC string of a password, hashed at this cost.
func (c Cost) Hash(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, c.Time, c.Memory, argonThreads, argonKey)
	return c.format(salt, key)
}

// unknownHash is what the password of an unknown user is compared with: no
// password is known that it fits, and comparing costs as much as with a user's. It
// is not computed from one, which would cost every start a hash.
func (c Cost) unknownHash() string { return c.format(make([]byte, argonSalt), make([]byte, argonKey)) }

func (c Cost) format(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// matches reports whether password is the one that phc was made from. The caller
// holds a slot.
func matches(phc, password string) (bool, error) {
	p, err := parsePHC(phc)
	if err != nil {
		return false, err
	}
	key := argon2.IDKey([]byte(password), p.salt, p.time, p.memory, p.threads, uint32(len(p.key)))
	runtime.GC() // takes back the 19 MiB: by itself it would wait until the heap has doubled, some logins later
	return subtle.ConstantTimeCompare(key, p.key) == 1, nil
}

// phc is a password hash in the parts of the PHC string format.
type phc struct {
	time, memory uint32
	threads      uint8
	salt, key    []byte
}

// The bounds of a hash made elsewhere, by a stronger setting or a damaged
// disk: beyond them one login would take the machine.
const (
	mostMemory = 1 << 20 // KiB
	mostTime   = 64
	leastKey   = 16 // bytes
	mostKey    = 64
)

// withinLimits reports whether the cost can be paid; argon2 panics at zero.
func (p phc) withinLimits() bool {
	return p.memory >= 1 && p.memory <= mostMemory && p.time >= 1 && p.time <= mostTime && p.threads >= 1
}

var errPHC = errors.New("the stored password hash is not an argon2id PHC string")

func parsePHC(s string) (p phc, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return phc{}, errPHC
	}
	var version int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return phc{}, errPHC
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil || !p.withinLimits() {
		return phc{}, errPHC
	}
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return phc{}, errPHC
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(p.key) < leastKey || len(p.key) > mostKey {
		return phc{}, errPHC
	}
	return p, nil
}
