package store

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/bookgate/bookgate/order"
)

// damagedHint is what an operator does about a damaged store. What is left of
// it may be needed, so nothing is repaired in place.
const damagedHint = "Stop what serves it and keep the files as they are. Find a whole backup with bookgate backup verify, restore that one, and have the disk examined."

// damaged tells of a store that cannot be opened because of what it holds.
func damaged(where, why string) *order.Error {
	return order.Errorf(order.Invalid, "store-damaged", "The store in %s is damaged: %s. Nothing was changed.", where, why).
		WithHint(damagedHint)
}

// The beginning of a SQLite file: its first words, and where the application's
// mark stands.
const (
	sqliteHeader = 100
	sqliteMagic  = "SQLite format 3\x00"
	sqliteMark   = 68
)

// noDatabase judges a file that SQLite does not take for a database: whether it
// was ours. It may read the file, as nobody can have it open through SQLite.
func noDatabase(path string) *order.Error {
	head, err := readHead(path)
	if err != nil {
		return order.Errorf(order.Invalid, "store-open", "%s is no database and cannot be read.", path).WithHint(folderHint)
	}
	mark := fmt.Appendf(nil, "%c%c%c%c", applicationID>>24, applicationID>>16&0xff, applicationID>>8&0xff, applicationID&0xff)
	switch {
	case len(bytes.Trim(head, "\x00")) == 0:
		return damaged(path, "it begins with zeros")
	case len(head) == sqliteHeader && bytes.Equal(head[sqliteMark:sqliteMark+len(mark)], mark), served(filepath.Dir(path)):
		return damaged(path, "its beginning was overwritten")
	case bytes.HasPrefix(head, []byte(sqliteMagic)):
		return damaged(path, "it is cut short, or its header is wrong")
	}
	return order.Errorf(order.Invalid, "store-foreign", "%s is not a database of bookgate: it begins with %q. Nothing in it was changed.", path, order.Cut(string(head[:min(len(head), shownHead)]))).
		WithHint(foreignHint)
}

// shownHead is how much of a strange file is shown: enough to know it again.
const shownHead = 24

func readHead(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, sqliteHeader))
}
