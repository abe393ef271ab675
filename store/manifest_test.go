package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/store/internal/dump"
	"github.com/bookgate/bookgate/store/internal/sqldb"

	"github.com/bookgate/bookgate/order"
)

// forged is the backup of a small store under a manifest of another program's,
// with the seal that fits. Its name is what is shown of it.
func forged(t testing.TB, sound []byte, manifest []byte) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "backup.db")
	if err := os.WriteFile(file, sound, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", "file:"+url.PathEscape(file)+"?_journal_mode=OFF&_synchronous=OFF")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	seal := sha256.Sum256(manifest)
	for name, value := range map[string][]byte{dump.ManifestName: manifest, dump.SealName: seal[:]} {
		if _, err := db.ExecContext(context.Background(), sqldb.UpsertMeta, name, value); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

// soundBackup is a backup of a store with a few orders, and its manifest.
func soundBackup(t testing.TB) (content, manifest []byte, m Manifest) {
	t.Helper()
	db := openIn(t, t.TempDir(), Options{})
	fill(t, db)
	file, m := backUp(t, db)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err = json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return content, manifest, m
}

// FuzzManifest verifies and restores a backup whose manifest anybody has written.
// It is taken only where the manifest says what is there; all else is refused
// in words, and nothing of it is left where it was to be restored.
func FuzzManifest(f *testing.F) {
	sound, manifest, m := soundBackup(f)
	f.Add(manifest)
	f.Add([]byte(`{}`))
	f.Add([]byte(`null`))
	f.Add([]byte(`{"schema":-1,"tables":[{"name":"x\"; DROP TABLE orders","columns":[],"keys":0}]}`))
	twice := m
	twice.Tables = append(twice.Tables[:len(twice.Tables):len(twice.Tables)], twice.Tables...)
	fewer := m
	fewer.Tables = m.Tables[:len(m.Tables)-1]
	for _, change := range []Manifest{twice, fewer, {Schema: m.Schema}, {Schema: m.Schema, Tables: m.Tables[:1]}} {
		text, err := json.Marshal(change)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(strings.Replace(string(manifest), `"keys":1`, `"keys":9`, 1)))
	f.Fuzz(func(t *testing.T, text []byte) {
		file := forged(t, sound, text)
		got, err := VerifyBackup(t.Context(), file, nil)
		if err == nil {
			want, _ := json.Marshal(m)
			if read, _ := json.Marshal(got); !alike(got, m) {
				t.Errorf("taken with the manifest\n%s\nand there is\n%s", read, want)
			}
			return
		}
		if code := order.CodeOf(err); code != dump.CodeDamaged && code != "backup-foreign" && code != "backup-newer" {
			t.Errorf("refused by %v", err)
		}
		into := filepath.Join(t.TempDir(), "restored")
		if _, err := Restore(t.Context(), file, into, Options{}, nil); err == nil {
			t.Error("what does not verify was restored")
		}
		if left, _ := filepath.Glob(filepath.Join(into, "bookgate.db*")); len(left) > 0 {
			t.Errorf("of what was refused %v is left", left)
		}
	})
}

// alike reports whether two manifests say the same of the content: when
// and by what program it was backed up is only shown.
func alike(a, b Manifest) bool {
	a.Version, a.Engine, a.Taken = b.Version, b.Engine, b.Taken
	one, _ := json.Marshal(a)
	other, _ := json.Marshal(b)
	return string(one) == string(other)
}
