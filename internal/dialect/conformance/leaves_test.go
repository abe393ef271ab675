package conformance

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// leaf is a value of a document and the names that lead to it, with dots
// between. Lists have no names of their own.
type leaf struct{ path, value string }

// leaves walks a document, JSON or XML, to all that it says. What is null or
// empty says nothing.
func leaves(text string) ([]leaf, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "<") {
		return xmlLeaves(text)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return jsonLeaves(nil, "", v), nil
}

func jsonLeaves(all []leaf, path string, v any) []leaf {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			all = jsonLeaves(all, strings.TrimPrefix(path+"."+name, "."), inner)
		}
	case []any:
		for _, inner := range v {
			all = jsonLeaves(all, path, inner)
		}
	case nil:
	default:
		if text := fmt.Sprint(v); text != "" {
			all = append(all, leaf{path, text})
		}
	}
	return all
}

func xmlLeaves(text string) (all []leaf, err error) {
	var path []string
	var said bytes.Buffer
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			path = append(path, t.Name.Local)
			for _, a := range t.Attr {
				all = append(all, leaf{strings.Join(append(path, a.Name.Local), "."), a.Value})
			}
			said.Reset()
		case xml.CharData:
			said.Write(t)
		case xml.EndElement:
			if words := strings.TrimSpace(said.String()); words != "" {
				all = append(all, leaf{strings.Join(path, "."), words})
			}
			path = path[:len(path)-1]
			said.Reset()
		}
	}
}

// says reports whether a document has a value, alone or as words among others.
func says(document []leaf, value string) bool {
	for _, l := range document {
		if l.value == value || hasWords(l.value, value) {
			return true
		}
	}
	return false
}

// hasWords reports whether words stand in a text, with nothing grown to them.
// A letter, or a digit or two, stands everywhere by accident.
func hasWords(text, words string) bool {
	if len(words) < 3 {
		return false
	}
	for at := 0; ; at++ {
		i := strings.Index(text[at:], words)
		if i < 0 {
			return false
		}
		at += i
		before, after := []rune(text[:at]), []rune(text[at+len(words):])
		if (len(before) == 0 || !wordy(before[len(before)-1])) && (len(after) == 0 || !wordy(after[0])) {
			return true
		}
	}
}

func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
