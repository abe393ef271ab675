//go:build all

package chaos

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// sector is what a disk writes whole; a longer write can be torn between two.
const sector = 512

// disk rebuilds from a journal what a disk may hold: what a flush has made
// certain, and what was written since and may be there or not.
type disk struct {
	names map[string]*content // as the program sees them
	solid map[string]*content // as a flush of the folder has made certain

	// lying makes it a disk that answers to flushes of the log and does not do
	// them; so does SQLite itself with synchronous=NORMAL.
	lying bool
}

// database is the file that holds everything.
const database = "bookgate.db"

// made returns what stands in a file at its first write. The database was made
// under another name, and got its own, with the folder flushed, by calls that
// the shim does not see.
func (d *disk) made(name string) *content {
	if name != database {
		return &content{}
	}
	for old, c := range d.names {
		if strings.HasPrefix(old, database+".new-") && !strings.Contains(old, "-j") {
			d.solid[name] = c
			return c
		}
	}
	return &content{}
}

// content is what stands in a file, whatever its name is.
type content struct {
	solid []byte
	loose []entry // not flushed yet, in order
}

func newDisk(lying bool) *disk {
	return &disk{map[string]*content{}, map[string]*content{}, lying}
}

// apply does what an entry says.
func (d *disk) apply(e entry) error {
	switch e.kind {
	case kindWrite, kindTruncate:
		if d.names[e.name] == nil {
			d.names[e.name] = d.made(e.name)
		}
		d.names[e.name].loose = append(d.names[e.name].loose, e)
	case kindSync:
		if c := d.names[e.name]; c != nil && !(d.lying && strings.HasSuffix(e.name, "-wal")) {
			c.settle()
		}
	case kindSyncDir:
		d.solid = maps.Clone(d.names)
	case kindUnlink:
		delete(d.names, e.name)
	case kindAck:
	default:
		return fmt.Errorf("the store made a call of kind %c, which the replay does not know", e.kind)
	}
	return nil
}

func (c *content) settle() {
	for _, e := range c.loose {
		c.solid = e.change(c.solid, func(int64) bool { return true })
	}
	c.loose = nil
}

// change does a write or a truncate to b. A sector that keep refuses stays as
// it was.
func (e entry) change(b []byte, keep func(sector int64) bool) []byte {
	if e.kind == kindTruncate {
		return resized(b, e.at)
	}
	b = resized(b, max(int64(len(b)), e.at+int64(len(e.data))))
	for from := int64(0); from < int64(len(e.data)); {
		at := e.at + from
		to := min(int64(len(e.data)), from+sector-at%sector)
		if keep(at / sector) {
			copy(b[at:], e.data[from:to])
		}
		from = to
	}
	return b
}

func resized(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		return b[:size]
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}

// cut writes the files as the failing power may leave them into dir: with none
// of what was not flushed, or with a random half of it, when random is given.
func (d *disk) cut(dir string, random *rand.Rand) error {
	for name := range d.either() {
		c := d.solid[name]
		if random != nil && random.IntN(2) == 0 {
			c = d.names[name]
		}
		if c == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), c.after(random), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// either is every name that may be there.
func (d *disk) either() map[string]*content {
	all := maps.Clone(d.solid)
	maps.Copy(all, d.names)
	return all
}

// after returns what is left: of what was not flushed half is left, and a quarter
// of that torn, so that each of its sectors is there or not.
func (c *content) after(random *rand.Rand) []byte {
	if random == nil || len(c.loose) == 0 {
		return c.solid
	}
	b := append([]byte(nil), c.solid...)
	for _, e := range c.loose {
		if random.IntN(2) == 0 {
			continue
		}
		torn := random.IntN(4) == 0
		b = e.change(b, func(int64) bool { return !torn || random.IntN(2) == 0 })
	}
	return b
}
