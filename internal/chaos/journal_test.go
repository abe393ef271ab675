//go:build all

package chaos

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Kinds of entries. The shim writes all but the last, which is ours: an order
// was acknowledged.
const (
	kindWrite    = 'w'
	kindTruncate = 't'
	kindSync     = 's'
	kindSyncDir  = 'd'
	kindUnlink   = 'u'
	kindAck      = 'a'
)

// entry is one call of the store to the disk, or an acknowledgement.
type entry struct {
	kind rune
	name string // of the file, in the data folder
	at   int64  // offset of a write, new size of a truncate
	data []byte
}

// entryHead is how the shim writes what stands before the bytes of an entry.
type entryHead struct {
	Kind, Size uint32
	At         int64
	Name       [32]byte
}

// journal is the file that the shim and we append to. Each entry is one write
// to a file opened for appending, so entries of many processes have one order.
type journal struct {
	path string
	mu   sync.Mutex
	file *os.File
}

func newJournal(t *testing.T) *journal {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &journal{path: path, file: f}
}

// ack notes that we hold the acknowledgement of an order in our hands.
func (j *journal) ack(number, id string) error {
	data := []byte(number + " " + id)
	var b bytes.Buffer
	binary.Write(&b, binary.NativeEndian, entryHead{Kind: kindAck, Size: uint32(len(data))})
	b.Write(data)
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err := j.file.Write(b.Bytes())
	return err
}

func (j *journal) read(t *testing.T) (entries []entry) {
	t.Helper()
	all, err := os.ReadFile(j.path)
	if err != nil {
		t.Fatal(err)
	}
	size := binary.Size(entryHead{})
	for len(all) > 0 {
		var h entryHead
		if _, err := binary.Decode(all, binary.NativeEndian, &h); err != nil || len(all) < size+int(h.Size) {
			t.Fatalf("the journal ends within an entry: %v", err)
		}
		name, _, _ := strings.Cut(string(h.Name[:]), "\x00")
		entries = append(entries, entry{rune(h.Kind), name, h.At, all[size : size+int(h.Size)]})
		all = all[size+int(h.Size):]
	}
	return entries
}

// acked is an order whose acknowledgement we held.
type acked struct{ number, id string }

func (e entry) acked() acked {
	number, id, _ := strings.Cut(string(e.data), " ")
	return acked{number, id}
}
