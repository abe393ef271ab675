package order_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

// eraseDocument sends a document, erases the order and returns what is left of
// it as EDItX.
func (s scene) eraseDocument(t *testing.T, body []byte) []byte {
	t.Helper()
	o, _, err := editx.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	buyer := order.Party{ID: "1", Name: "Kjøper", Scheme: "NBSN", Aliases: []order.Identifier{o.Header.Buyer.ID}}
	if err := s.db.AddParty(context.Background(), buyer); err != nil {
		t.Fatal(err)
	}
	r, err := s.Submit(context.Background(), order.Actor{Party: "1", Name: "kari", Via: "ticket"}, o, order.NewDocument("application/xml", body))
	if err != nil {
		t.Fatal(err)
	}
	erased, err := s.Erase(context.Background(), operator, r.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := editx.Encode(&out, &erased); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const (
	fixtures      = "../testdata/editx"
	publicSamples = "../../shared/editx/samples"
	publicSchema  = "../../shared/editx/schemas/editeur-trade/order_1_2.xsd"
)

// documents are our fixtures and, where they are here, the public samples that
// can be read.
func documents(t *testing.T) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(fixtures, "*.xml"))
	if err != nil || len(names) < 5 {
		t.Fatalf("fixtures %v, %v", names, err)
	}
	samples, err := filepath.Glob(filepath.Join(publicSamples, "*", "*.xml"))
	if err != nil {
		t.Fatal(err)
	}
	bodies := map[string][]byte{}
	for _, name := range append(names, samples...) {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := editx.Decode(body); err == nil {
			bodies[filepath.Base(name)] = body
		}
	}
	return bodies
}

// codesOf counts what a check finds wrong.
func codesOf(t *testing.T, body []byte) []string {
	t.Helper()
	report, err := editx.Check(body, editx.Strict)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, f := range report.Findings {
		codes = append(codes, f.Code+" "+f.Path)
	}
	return codes
}

// TestErasedDocumentsAreValid asks our own check, and an independent one where
// it is here, whether erasing has broken a document that was right.
func TestErasedDocumentsAreValid(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if _, missing := os.Stat(publicSchema); err != nil || errors.Is(missing, fs.ErrNotExist) {
		t.Log("xmllint or the public schema is not here; our own check alone is asked")
		xmllint = ""
	}
	for name, body := range documents(t) {
		t.Run(name, func(t *testing.T) {
			o, _, err := editx.Decode(body)
			if err != nil {
				t.Fatal(err)
			}
			var whole bytes.Buffer
			if err := editx.Encode(&whole, &o); err != nil {
				t.Fatal(err)
			}
			erased := newScene(t).eraseDocument(t, body)
			known := codesOf(t, whole.Bytes())
			for _, c := range codesOf(t, erased) {
				if !slices.Contains(known, c) {
					t.Errorf("erasing gave %s\n%s", c, erased)
				}
			}
			for _, gone := range []string{"<PartyName>", "<PostalAddress>", "<ContactPerson>", "<CommunicationDetails>", "<MessageLine>", "<DeliveryNotes>"} {
				if strings.Contains(string(erased), gone) {
					t.Errorf("it still has %s", gone)
				}
			}
			if xmllint != "" && lint(t, xmllint, whole.Bytes()) == "" {
				if said := lint(t, xmllint, erased); said != "" {
					t.Errorf("not valid: %s\n%s", said, erased)
				}
			}
		})
	}
}

// lint returns what the public schema has against a document, "" when nothing.
// It is that of 1.2; what 1.3 added is in few documents.
func lint(t *testing.T, xmllint string, body []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "order.xml")
	body = bytes.Replace(body, []byte(`version="1.3"`), []byte(`version="1.2"`), 1)
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(xmllint, "--nonet", "--noout", "--schema", publicSchema, file).CombinedOutput()
	if err == nil {
		return ""
	}
	return string(out)
}
