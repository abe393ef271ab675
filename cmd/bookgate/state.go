package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bookgate/bookgate/order"
)

// privateFile and privateDir keep what is stored for a user from all others.
const (
	privateFile = 0o600
	privateDir  = 0o700
)

// xdg gives our folder below a base directory of the XDG specification, which
// says that a relative value is to be ignored.
func xdg(a app, variable, fallback string) (string, error) {
	if base := a.env(variable); filepath.IsAbs(base) {
		return filepath.Join(base, "bookgate"), nil
	}
	home := a.env("HOME")
	if home == "" {
		return "", withExit(exitConfig, fmt.Errorf("neither %s nor HOME is set, so there is no place for logins and cursors", variable))
	}
	return filepath.Join(home, fallback, "bookgate"), nil
}

// place is where an earlier call on a list ended.
type place struct {
	Server string    `json:"server"`
	User   string    `json:"user"`
	Cursor string    `json:"cursor"`
	At     time.Time `json:"at"`

	path string
}

// loadPlace reads the place of a profile in a list. purpose tells apart who
// goes through it: looking at the list does not mark an order as saved. A
// place of another server or user counts for nothing.
func loadPlace(a app, p *profile, mode order.Mode, purpose string) (place, error) {
	return loadPlaceIn(a, p, strings.ToLower(string(mode))+"-"+purpose)
}

// loadPlaceIn reads the place of a profile in what name stands for.
func loadPlaceIn(a app, p *profile, name string) (place, error) {
	dir, err := xdg(a, "XDG_STATE_HOME", ".local/state")
	if err != nil {
		return place{}, err
	}
	fresh := place{Server: p.Server, User: p.User, path: filepath.Join(dir, p.name+"-"+name+".json")}
	b, err := os.ReadFile(fresh.path)
	if errors.Is(err, fs.ErrNotExist) {
		return fresh, nil
	}
	known := fresh
	if err == nil {
		err = unmarshalText(b, &known)
	}
	if err != nil {
		return fresh, withExit(exitConfig, fmt.Errorf("the cursor in %s cannot be read: %w\n  Remove the file to begin anew", fresh.path, err))
	}
	if known.Server != p.Server || known.User != p.User {
		return fresh, nil
	}
	return known, nil
}

// advance keeps the place for the next call.
func (p *place) advance(cursor string, now time.Time) error {
	p.Cursor, p.At = cursor, now.UTC()
	return writeJSON(p.path, p)
}

// writeJSON keeps a value in a private file, whole or not at all.
func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), privateDir); err != nil {
		return fmt.Errorf("make the folder of %s: %w", path, err)
	}
	return writeWhole(path, append(b, '\n'), privateFile)
}

// writeWhole writes a file beside its place and moves it there, so that a
// crash leaves the old content or the new one.
func writeWhole(path string, content []byte, mode fs.FileMode) error {
	beside := filepath.Join(filepath.Dir(path), "."+rand.Text()+".part")
	f, err := os.OpenFile(beside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(beside, path)
	}
	if err != nil {
		os.Remove(beside)
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
