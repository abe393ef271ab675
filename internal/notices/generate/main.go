package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/internal/notices"
)

const program = "github.com/bookgate/bookgate/cmd/bookgate"

func main() {
	file := "notices.json"
	if len(os.Args) > 1 {
		file = os.Args[1]
	}
	if err := generate(file); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

func generate(file string) error {
	all, err := gather()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	compact, err := jsontext.Marshal(all)
	if err != nil {
		return err
	}
	if err := json.Indent(&text, compact, "", "\t"); err != nil {
		return err
	}
	return os.WriteFile(file, append(text.Bytes(), '\n'), 0o644)
}

func gather() ([]notices.Notice, error) {
	standard, err := standardLibrary()
	if err != nil {
		return nil, err
	}
	all := []notices.Notice{standard}
	modules, err := modulesOf(program)
	if err != nil {
		return nil, err
	}
	for _, m := range modules {
		n, err := m.notice()
		if err != nil {
			return nil, err
		}
		all = append(all, n)
		if m.Path == "github.com/mattn/go-sqlite3" {
			n, err := sqlite(m)
			if err != nil {
				return nil, err
			}
			all = append(all, n)
		}
	}
	return all, nil
}

// module is one of which packages are in the program.
type module struct {
	Path, Version, Dir string
	packages           []string // their folders
}

// modulesOf lists the modules of a program.
func modulesOf(program string) (all []*module, err error) {
	out, err := exec.Command("go", "list", "-deps", "-json=Dir,Module", program).Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	byPath := map[string]*module{}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p struct {
			Dir    string
			Module *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		if err := d.Decode(&p); err != nil {
			return nil, err
		}
		if p.Module == nil || p.Module.Main {
			continue
		}
		m := byPath[p.Module.Path]
		if m == nil {
			m = &module{Path: p.Module.Path, Version: p.Module.Version, Dir: p.Module.Dir}
			byPath[m.Path] = m
			all = append(all, m)
		}
		m.packages = append(m.packages, p.Dir)
	}
	slices.SortFunc(all, func(a, b *module) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// noticeName fits the names under which licenses and notices stand. Lists of
// authors belong to them: some licenses name "the authors" alone.
var noticeName = regexp.MustCompile(`(?i)^(licen[cs]es?|copying|copyright|notice|patents|unlicense|authors|contributors|third[-_]?party)([-._].*)?$`)

// notice gathers the texts of a module: from its root down to each folder of
// which the program has a package, and from folders of licenses in these.
func (m *module) notice() (notices.Notice, error) {
	n := notices.Notice{Name: m.Path, Version: m.Version}
	seen := map[string]bool{}
	for _, dir := range m.packages {
		for ; strings.HasPrefix(dir, m.Dir) && !seen[dir]; dir = filepath.Dir(dir) {
			seen[dir] = true
			texts, err := textsIn(m.Dir, dir, false)
			if err != nil {
				return n, err
			}
			n.Texts = append(n.Texts, texts...)
		}
	}
	slices.SortFunc(n.Texts, func(a, b notices.Text) int { return strings.Compare(a.File, b.File) })
	return named(n)
}

// textsIn reads the notices in a folder of a module; all says that every file
// there is one.
func textsIn(root, dir string, all bool) (texts []notices.Text, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case !all && !noticeName.MatchString(e.Name()), strings.HasSuffix(e.Name(), ".go"):
		case e.IsDir():
			inside, err := textsIn(root, path, true)
			if err != nil {
				return nil, err
			}
			texts = append(texts, inside...)
		case e.Type().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			if !utf8.Valid(content) {
				return nil, fmt.Errorf("%s is not UTF-8", path)
			}
			name, err := filepath.Rel(root, path)
			if err != nil {
				return nil, err
			}
			texts = append(texts, notices.Text{File: filepath.ToSlash(name), Text: string(content)})
		}
	}
	return texts, nil
}

// named finds out which licenses a part is under, and refuses one whose texts
// name none that is known here: a person has to read them.
func named(n notices.Notice) (notices.Notice, error) {
	var names []string
	for _, t := range n.Texts {
		plain := strings.ToLower(strings.Join(strings.Fields(t.Text), " "))
		for _, l := range licenses {
			says := strings.Contains(plain, l.says) && (l.without == "" || !strings.Contains(plain, l.without))
			if says && !slices.Contains(names, l.name) {
				names = append(names, l.name)
			}
		}
	}
	if len(names) == 0 {
		return n, fmt.Errorf("%s %s has no license that is known: %d texts", n.Name, n.Version, len(n.Texts))
	}
	slices.Sort(names)
	n.License = strings.Join(names, " AND ")
	return n, nil
}

// licenses are those that can be recognised by a sentence of theirs.
var licenses = []struct{ name, says, without string }{
	{"Apache-2.0", "apache license version 2.0", ""},
	{"MIT", "permission is hereby granted, free of charge, to any person obtaining a copy", ""},
	{"BSD-3-Clause", "endorse or promote products derived from this software without specific prior written permission", ""},
	{"BSD-2-Clause", "redistributions in binary form must reproduce the above copyright notice",
		"endorse or promote products"},
	{"ISC", "permission to use, copy, modify, and/or distribute this software for any purpose", ""},
	{"ISC", "permission to use, copy, modify, and distribute this software for any purpose", ""},
	{"MPL-2.0", "mozilla public license", ""},
	{"CC0-1.0", "cc0 1.0 universal", ""},
	{"blessing", "the author disclaims copyright to this source code", ""},
}

// standardLibrary is what Go itself has: its license, and what it says of the
// time zones, which are in the program too. The version is that of the build.
func standardLibrary() (notices.Notice, error) {
	n := notices.Notice{Name: notices.Standard}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return n, fmt.Errorf("go env: %w", err)
	}
	root := strings.TrimSpace(string(out))
	for _, name := range []string{"LICENSE", "PATENTS", "lib/time/README"} {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return n, err
		}
		n.Texts = append(n.Texts, notices.Text{File: name, Text: string(content)})
	}
	return named(n)
}

// The first and the last line of SQLite's notice.
const (
	blessingBegins = "** The author disclaims copyright to this source code."
	blessingEnds   = "May you share freely, never taking more than you give.\n"
)

var sqliteVersion = regexp.MustCompile(`#define SQLITE_VERSION +"([0-9.]+)"`)

// sqlite is the part of its driver that others wrote: the database itself.
func sqlite(driver *module) (notices.Notice, error) {
	n := notices.Notice{Name: notices.SQLite}
	const file = "sqlite3-binding.c"
	source, err := os.ReadFile(filepath.Join(driver.Dir, file))
	if err != nil {
		return n, err
	}
	version := sqliteVersion.FindSubmatch(source)
	_, after, begins := strings.Cut(string(source), blessingBegins)
	text, _, ends := strings.Cut(after, blessingEnds)
	if version == nil || !begins || !ends {
		return n, fmt.Errorf("%s of %s has no version or no notice of SQLite", file, driver.Path)
	}
	n.Version = string(version[1])
	n.Texts = []notices.Text{{File: file, Text: blessingBegins + text + blessingEnds}}
	return named(n)
}
