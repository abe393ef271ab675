package problem

import (
	"go/ast"
	"path/filepath"
	"slices"
)

// reader follows the codes of one package.
type reader struct {
	dir     string
	inOrder bool // the package is order itself
	files   []*ast.File
	consts  map[string]string
	fields  map[string][]string // struct type to its field names
	funcs   map[string]int      // how often a function or method of this name is declared
	passes  map[string]int      // function that passes a code on, to the place of the code among its parameters
	codes   map[string]string   // code to where it is given
	unclear []string
}

func newReader(dir string, files []*ast.File) *reader {
	r := &reader{dir: dir, inOrder: filepath.Base(dir) == "order", files: files, consts: map[string]string{},
		fields: map[string][]string{}, funcs: map[string]int{}, passes: map[string]int{}, codes: map[string]string{}}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				r.funcs[n.Name.Name]++
			case *ast.ValueSpec:
				for i, v := range n.Values {
					if text, ok := literal(v); ok && i < len(n.Names) {
						r.consts[n.Names[i].Name] = text
					}
				}
			case *ast.TypeSpec:
				if s, ok := n.Type.(*ast.StructType); ok {
					r.fields[n.Name.Name] = names(s.Fields)
				}
			}
			return true
		})
	}
	return r
}

// pass reads every function once; more means that a helper was found, so that
// its callers have to be read again.
func (r *reader) pass() (more bool) {
	before := len(r.passes)
	for _, f := range r.files {
		for _, d := range f.Decls {
			fn, _ := d.(*ast.FuncDecl)
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					r.call(fn, n)
				case *ast.CompositeLit:
					r.composite(fn, n)
				}
				return true
			})
		}
	}
	return len(r.passes) > before
}

func (r *reader) call(fn *ast.FuncDecl, c *ast.CallExpr) {
	from, name := callee(c.Fun)
	at, ok := r.passes[name]
	if from == "order" || r.inOrder && from == "" {
		if name == "Errorf" {
			at, ok = 1, true
		}
	}
	if ok && at < len(c.Args) {
		r.code(fn, c.Args[at], r.funcs[name] > 1)
	}
}

// composite reads the Code of an Error or a Reason of package order.
func (r *reader) composite(fn *ast.FuncDecl, c *ast.CompositeLit) {
	from, name := callee(c.Type)
	if name != "Error" && name != "Reason" || from != "order" && !(r.inOrder && from == "") {
		return
	}
	for _, e := range c.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "Code" {
				r.code(fn, kv.Value, false)
			}
		}
	}
}

// code takes down what stands where a code is given. Among functions that
// share their name some may take no code; what is unclear there is no fault.
func (r *reader) code(fn *ast.FuncDecl, e ast.Expr, shared bool) {
	if text, ok := literal(e); ok {
		r.codes[text] = r.dir
		return
	}
	switch e := e.(type) {
	case *ast.Ident:
		if r.passedOn(fn, e.Name) || r.assigned(fn, e.Name) {
			return
		}
		if text, ok := r.consts[e.Name]; ok {
			r.codes[text] = r.dir
			return
		}
	case *ast.SelectorExpr:
		r.ofField(e.Sel.Name)
		return
	}
	if !shared {
		r.unclear = append(r.unclear, r.dir+": "+fn.Name.Name)
	}
}

// passedOn marks fn as a helper when name is one of its parameters.
func (r *reader) passedOn(fn *ast.FuncDecl, name string) bool {
	i := slices.Index(names(fn.Type.Params), name)
	if i >= 0 && fn.Name.Name != "Errorf" { // which call knows, and which others have as well
		r.passes[fn.Name.Name] = i
	}
	return i >= 0
}

// assigned takes down every text that fn assigns to a variable.
func (r *reader) assigned(fn *ast.FuncDecl, name string) (found bool) {
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Lhs) != len(a.Rhs) {
			return true
		}
		for i, left := range a.Lhs {
			if id, ok := left.(*ast.Ident); ok && id.Name == name {
				if text, ok := literal(a.Rhs[i]); ok {
					r.codes[text], found = r.dir, true
				}
			}
		}
		return true
	})
	return found
}

// ofField takes down every text that the package puts into a struct field of
// this name. None is right as well: the code may have come from afar.
func (r *reader) ofField(field string) {
	for _, f := range r.files {
		ast.Inspect(f, func(n ast.Node) bool {
			c, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			_, name := callee(c.Type)
			at := slices.Index(r.fields[name], field)
			for i, e := range c.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					if key, ok := kv.Key.(*ast.Ident); at >= 0 && ok && key.Name == field {
						r.take(kv.Value)
					}
				} else if i == at {
					r.take(e)
				}
			}
			return true
		})
	}
}

func (r *reader) take(e ast.Expr) {
	if text, ok := literal(e); ok && text != "" {
		r.codes[text] = r.dir
	}
}
