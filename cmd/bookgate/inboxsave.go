package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bookgate/bookgate/hal"
)

// savedFile is an order's document as it lies on the disk.
type savedFile struct {
	Path   string `json:"path"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
	New    bool   `json:"new"` // false when the same content was there already
}

// page does one page of the list: every order is printed, and with --save on
// the disk before that. Then the place moves on.
func (b *inbox) page(ctx context.Context, l hal.List) error {
	for _, e := range l.Embedded.Orders {
		row, err := b.row(ctx, e)
		if err == nil {
			err = b.line(row)
		}
		if err != nil {
			return err
		}
	}
	return b.advance(l.Cursor)
}

// row makes what is shown of an order, and saves it when that is asked for.
func (b *inbox) row(ctx context.Context, e hal.Entry) (listed, error) {
	row := newListed(e)
	if b.save == "" {
		return row, nil
	}
	body, err := b.client.EDItX(ctx, e.ID, false)
	if err != nil {
		return row, fmt.Errorf("fetch order %s: %w", e.ID, err)
	}
	f, err := saveNew(b.app, b.save, fileName(e), body)
	row.File = &f
	return row, err
}

// line prints one order on one line.
func (b *inbox) line(row listed) error {
	if b.asJSON {
		return printJSONLine(b.out, row)
	}
	var err error
	switch f := row.File; {
	case f == nil:
		_, err = fmt.Fprintf(b.out, "%s  %s  %s from %s: %s\n", row.Updated.Local().Format("15:04:05"), shortID(row.ID, idShort),
			printable(row.Number), printable(string(row.From)), row.Status)
	case f.New:
		_, err = fmt.Fprintf(b.out, "%s  %d bytes  sha256 %s\n", f.Path, f.Bytes, f.SHA256)
	default:
		_, err = fmt.Fprintf(b.out, "%s  %d bytes  sha256 %s  (was there)\n", f.Path, f.Bytes, f.SHA256)
	}
	return err
}

// fileName names an order's file. The number is a sender's own text, so it
// must not lead out of the folder or hide the file.
func fileName(e hal.Entry) string {
	safe := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '-'
	}, e.Number)
	safe = strings.TrimLeft(safe[:min(len(safe), maxNumberInName)], ".-")
	return safe + "_" + string(e.ID[:min(len(e.ID), idInName)])
}

const (
	// maxNumberInName keeps file names far below the 255 bytes of file
	// systems.
	maxNumberInName = 100

	// idInName tells apart orders of several senders under one number.
	idInName = 8

	// maxVersions bounds the files of one order. An order changes its document
	// when its sender takes copies back, which is done once or twice.
	maxVersions = 100
)

// saveNew writes a document into dir under a name that nothing else has: a file
// of other content stays, and the document gets a number behind its name.
func saveNew(a app, dir, name string, body []byte) (savedFile, error) {
	if err := os.MkdirAll(a.path(dir), 0o777); err != nil {
		return savedFile{}, fmt.Errorf("make the folder: %w", err)
	}
	sum := sha256.Sum256(body)
	f := savedFile{Bytes: len(body), SHA256: hex.EncodeToString(sum[:])}
	for version := 1; version <= maxVersions; version++ {
		f.Path = filepath.Join(dir, name+".xml")
		if version > 1 {
			f.Path = filepath.Join(dir, fmt.Sprintf("%s_%d.xml", name, version))
		}
		old, err := os.ReadFile(a.path(f.Path))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			f.New = true
			return f, writeWhole(a.path(f.Path), body, 0o666)
		case err != nil:
			return f, fmt.Errorf("look at the file that is there: %w", err)
		case bytes.Equal(old, body):
			return f, nil
		}
	}
	return f, fmt.Errorf("%s: there are %d files of other content with this name", filepath.Join(dir, name+".xml"), maxVersions)
}
