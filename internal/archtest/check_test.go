package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// listed is a package as go list describes it.
type listed struct {
	ImportPath string
	Name       string
	Dir        string
	GoFiles    []string
	Imports    []string
}

// plantPackage may be imported by all but the core: a fault is planted where a
// check stands.
const plantPackage = "internal/plant"

// check returns a sentence for every broken rule: the fact and the reason.
func check(packages []listed, rows []row, homes []home) []string {
	var broken []string
	for _, p := range packages {
		path := strings.TrimPrefix(p.ImportPath, module+"/")
		broken = append(broken, checkName(path)...)
		i := slices.IndexFunc(rows, func(r row) bool { return covers(r.pkg, path) })
		if i < 0 {
			broken = append(broken, fmt.Sprintf("%s is not in the table of packages; add a row that says what it may import, and why", path))
			continue
		}
		for _, imported := range p.Imports {
			if text := checkImport(rows[i], homes, path, imported); text != "" {
				broken = append(broken, text)
			}
		}
	}
	return broken
}

// checkImport judges one arrow; it returns "" when the arrow may be.
func checkImport(r row, homes []home, path, imported string) string {
	own, ours := strings.CutPrefix(imported, module+"/")
	switch {
	case own == plantPackage && path != "order": // empty in what is shipped
		return ""
	case ours && !anyCovers(r.may, own):
		return fmt.Sprintf("%s imports %s, and may import %s of ours, because %s", path, own, orNothing(r.may), r.why)
	case ours:
		return ""
	case slices.Contains(r.never, imported):
		return fmt.Sprintf("%s imports %s, which it never may, because %s", path, imported, r.why)
	case isStandard(imported):
		return ""
	case slices.Contains(r.never, outside):
		return fmt.Sprintf("%s imports %s, and may import no outside library, because %s", path, imported, r.why)
	}
	return checkHome(homes, path, imported)
}

func checkHome(homes []home, path, imported string) string {
	i := slices.IndexFunc(homes, func(h home) bool { return strings.HasPrefix(imported, h.library) })
	if i < 0 {
		return fmt.Sprintf("%s imports %s, a library without a home; add a row that says where it lives, and why", path, imported)
	}
	if h := homes[i]; !anyCovers(h.pkgs, path) {
		return fmt.Sprintf("%s imports %s, which lives in %s alone, because %s", path, imported, strings.Join(h.pkgs, " and "), h.why)
	}
	return ""
}

func checkName(path string) []string {
	var broken []string
	for part := range strings.SplitSeq(path, "/") {
		if slices.Contains(forbiddenNames(), part) {
			broken = append(broken, fmt.Sprintf("%s has a part called %q, a name that says nothing of what is inside; name it after what it does", path, part))
		}
	}
	return broken
}

// checkSpine returns a sentence for every file of its spine that a dialect lacks.
func checkSpine(dialect string, spine, files []string) []string {
	var broken []string
	for _, name := range spine {
		if !slices.Contains(files, name) {
			broken = append(broken, fmt.Sprintf("internal/dialect/%s has no %s; every dialect has the same files, "+
				"so that a reader of one finds the same thing in another: %s", dialect, name, strings.Join(spine, ", ")))
		}
	}
	return broken
}

// covers reports whether a pattern of the table means a package.
func covers(pattern, path string) bool {
	if below, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(path, below)
	}
	return path == pattern
}

func anyCovers(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return covers(p, path) })
}

// isStandard reports whether a path is of the standard library: its first part
// is not a host name.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func orNothing(may []string) string {
	if len(may) == 0 {
		return "nothing"
	}
	return strings.Join(may, ", ")
}
