package graph

import (
	"os"
	"regexp"
	"testing"
)

// TestGeneratorIsTheLibrary wants the executor made by the edition of gqlgen that
// it is linked with.
func TestGeneratorIsTheLibrary(t *testing.T) {
	version := func(file, pattern string) string {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(pattern).FindSubmatch(text)
		if found == nil {
			t.Fatalf("%s names no version of gqlgen", file)
		}
		return string(found[1])
	}
	made, linked := version("doc.go", `go:generate go run github\.com/99designs/gqlgen@(v\S+)`), version("../../../../go.mod", `github\.com/99designs/gqlgen (v\S+)`)
	if made != linked {
		t.Errorf("made by %s, linked with %s", made, linked)
	}
}

// TestEverythingIsSchema wants a type made for each definition of the schema, so
// that one that was changed is made anew.
func TestEverythingIsSchema(t *testing.T) {
	schema := NewExecutableSchema(Config{}).Schema()
	made, err := os.ReadFile("models_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	executor, err := os.ReadFile("generated.go")
	if err != nil {
		t.Fatal(err)
	}
	for name, def := range schema.Types {
		if def.BuiltIn || def.IsLeafType() && def.Kind != "ENUM" {
			continue
		}
		if name != "Query" && name != "Mutation" && !regexp.MustCompile(`(?m)^type `+name+` `).Match(made) {
			t.Errorf("models_gen.go has no %s", name)
		}
		for _, f := range def.Fields {
			if f.Name[0] != '_' && !regexp.MustCompile(`case "`+f.Name+`":`).Match(executor) {
				t.Errorf("generated.go has no %s.%s", name, f.Name)
			}
		}
		for _, v := range def.EnumValues {
			if !regexp.MustCompile(` = "` + v.Name + `"`).Match(made) {
				t.Errorf("models_gen.go has no value %s", v.Name)
			}
		}
	}
}
