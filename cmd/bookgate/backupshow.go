package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/bookgate/bookgate/store"
)

// shownBackup is a backup as programs are told of it.
type shownBackup struct {
	File     string         `json:"file"`
	Bytes    int64          `json:"bytes"`
	Verified bool           `json:"verified"`
	Restored string         `json:"restored,omitempty"` // where to
	Manifest store.Manifest `json:"manifest"`
}

func showBackup(a app, word, file string, m store.Manifest, verified, asJSON bool) error {
	b, err := lookAtBackup(a.path(file), m, verified)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(a.out, b)
	}
	fmt.Fprintf(a.out, "%s %s\n", word, printable(b.File))
	printManifest(a.out, b)
	return nil
}

func lookAtBackup(file string, m store.Manifest, verified bool) (b shownBackup, err error) {
	b = shownBackup{Verified: verified, Manifest: m}
	if b.File, err = filepath.Abs(file); err != nil {
		return b, err
	}
	info, err := os.Stat(b.File)
	if err != nil {
		return b, err
	}
	b.Bytes = info.Size()
	return b, nil
}

// printManifest tells people what is in a backup.
func printManifest(w io.Writer, b shownBackup) {
	m := b.Manifest
	fmt.Fprintf(w, "  taken       %s, of %s, schema %d, epoch %s, by bookgate %s\n", m.Taken.Format(time.RFC3339), m.Engine, m.Schema, m.Epoch, m.Version)
	fmt.Fprintf(w, "  size        %s\n", byteSize(b.Bytes))
	fmt.Fprintf(w, "  orders      %d\n", m.Rows("orders"))
	fmt.Fprintf(w, "  documents   %d, sha256 %s\n", m.Documents.Count, m.Documents.SHA256)
	fmt.Fprintf(w, "  changes     %d, of %d parties\n", m.Changes(), len(m.Heads))
	if b.Verified {
		fmt.Fprintln(w, "  verified    read in full, and all is as the manifest says")
		return
	}
	fmt.Fprintf(w, "  verified    no; bookgate backup verify %s\n", b.File)
}

// byteSize writes a number of bytes for people.
func byteSize(n int64) string {
	for _, unit := range []struct {
		bytes int64
		name  string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.bytes {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(unit.bytes), unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
