package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

// inUTF16 is a text as Windows PowerShell 5 writes it.
func inUTF16(text string, order binary.AppendByteOrder, mark string) string {
	b := []byte(mark)
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

// markings are the ways in which editors and shells write one text.
func markings(text string) map[string]string {
	return map[string]string{
		"plain": text, "marked": "\xef\xbb\xbf" + text, "CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "marked, CRLF": "\xef\xbb\xbf" + strings.ReplaceAll(text, "\n", "\r\n"),
		"UTF-16 of PowerShell": inUTF16(strings.ReplaceAll(text, "\n", "\r\n"), binary.LittleEndian, "\xff\xfe"), "UTF-16, big end first": inUTF16(text, binary.BigEndian, "\xfe\xff"),
	}
}

// shown runs bookgate config show and returns the settings by name.
func shown(t *testing.T, environ []string, args ...string) (map[string]origin, string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), append([]string{"config", "show", "--json"}, args...), app{in: strings.NewReader(""), out: &out, err: &errs, environ: environ}); code != exitOK {
		return nil, fmt.Sprintf("%d %s", code, errs.String())
	}
	var all []origin
	mustNot(t, json.Unmarshal(out.Bytes(), &all))
	byName := map[string]origin{}
	for _, o := range all {
		byName[o.Name] = o
	}
	return byName, ""
}

// TestEnvFiles reads them as every editor and shell writes them.
func TestEnvFiles(t *testing.T) {
	name := filepath.Join(t.TempDir(), "settings.env")
	const text = "BOOKGATE_LISTEN=127.0.0.1:8090\n# a comment\n; and another\n\nexport BOOKGATE_LEASE_COMPANY=\"Låne & Spare\"\nexport\tBOOKGATE_TIMEZONE='UTC'\n BOOKGATE_LOG_LEVEL = warn \n"
	for how, written := range markings(text) {
		mustNot(t, os.WriteFile(name, []byte(written), 0o600))
		got, failed := shown(t, nil, "--env-file", name)
		if got["listen"].Value != "127.0.0.1:8090" || got["lease-company"].Value != "Låne & Spare" || got["timezone"].Value != "UTC" || got["log-level"].Value != "warn" || got["listen"].Place != name+" line 1" {
			t.Errorf("%s: %v %s", how, got, failed)
		}
	}
	for how, c := range map[string]struct{ written, says string }{
		"UTF-16 without a mark": {inUTF16(text, binary.LittleEndian, ""), "save it as UTF-8"},
		"half of UTF-16":        {"\xff\xfe" + "B", "save it as UTF-8"},
		"a mark inside":         {"BOOKGATE_LISTEN=:80\n" + "\xef\xbb\xbf" + "BOOKGATE_LOG_LEVEL=warn\n", "byte order mark before its name"},
		"an exported typo":      {"export BOOKGATE_LISTNE=:80\n", "Did you mean BOOKGATE_LISTEN"},
	} {
		mustNot(t, os.WriteFile(name, []byte(c.written), 0o600))
		if _, failed := shown(t, nil, "--env-file", name); !strings.HasPrefix(failed, "78 ") || !strings.Contains(failed, c.says) {
			t.Errorf("%s: %s", how, failed)
		}
	}
	if _, failed := shown(t, []string{"\xef\xbb\xbf" + "BOOKGATE_LISTEN=:80"}); !strings.Contains(failed, "byte order mark before its name") {
		t.Errorf("of a file that systemd or docker read: %s", failed)
	}
}

// TestListsAddUp as flags and as lines of an env-file; a place that counts first
// still takes the place of the next.
func TestListsAddUp(t *testing.T) {
	name := filepath.Join(t.TempDir(), "settings.env")
	for _, c := range []struct{ setting, one, two, three string }{
		{"allow-webhook-net", "10.0.0.0/8", "192.168.0.0/16,172.16.0.0/12", "fd12::/64"},
		{"trusted-proxy", "10.0.0.1", "192.168.0.0/16,172.16.0.0/12", "fd12::/64"},
		{"lease-refuse", "sums", "sole-traders", "sums"},
		{"cors-origin", "https://a.example", "https://b.example,https://c.example", "http://localhost:5173"},
	} {
		flag, all := "--"+c.setting, strings.Join([]string{c.one, c.two, c.three}, ",")
		if got, failed := shown(t, nil, flag, c.one, flag+"="+c.two, flag, c.three); got[c.setting].Value != all || got[c.setting].From != fromFlag {
			t.Errorf("%s: %v %s", c.setting, got[c.setting], failed)
		}
		line := variable(c.setting) + "="
		mustNot(t, os.WriteFile(name, []byte(line+c.one+"\nBOOKGATE_LISTEN=:80\n"+line+c.two+"\n"+line+c.three+"\nBOOKGATE_LISTEN=:81\n"), 0o600))
		got, failed := shown(t, nil, "--env-file", name)
		if got[c.setting].Value != all || got[c.setting].Place != name+" line 1 and line 3 and line 4" || got["listen"].Value != ":81" {
			t.Errorf("%s in an env-file: %v %s", c.setting, got[c.setting], failed)
		}
		if got, _ := shown(t, []string{line + c.one}, "--env-file", name); got[c.setting].Value != c.one || got[c.setting].Overridden == "" {
			t.Errorf("%s in the environment: %v", c.setting, got[c.setting])
		}
	}
}

// TestPublicURL is written as every client can use it.
func TestPublicURL(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "https://orders.example.no": "https://orders.example.no", "https://orders.example.no/": "https://orders.example.no", "HTTPS://Orders.Example.NO:443/": "https://orders.example.no",
		"https://orders.example.no:0443": "https://orders.example.no", "http://[0:0:0:0:0:0:0:1]:08080": "http://[::1]:8080",
		"http://orders.example.no:80": "http://orders.example.no", "https://orders.example.no:80": "https://orders.example.no:80", "http://127.0.0.1:8080": "http://127.0.0.1:8080", "http://[::1]:8080": "http://[::1]:8080",
		"https://bøker.example.no": "https://xn--bker-gra.example.no", "https://BØKER.example.no:8443/ordre/": "https://xn--bker-gra.example.no:8443/ordre", "https://xn--bker-gra.example.no": "https://xn--bker-gra.example.no",
		"https://räksmörgås.example": "https://xn--rksmrgs-5wao1o.example", "http://book_gate:8080": "http://book_gate:8080", "https://orders.example.no/bestilling å": "https://orders.example.no/bestilling%20%C3%A5",
	} {
		var r settingReader
		if got := r.publicURL(origin{Value: text}); r.err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, r.err)
		}
	}
	for _, text := range []string{"orders.example.no", "https://", "https://:8080", "https://x:0", "https://x:65536", "https://x:99999", "https://x:", "https://x:http", "https://x?y", "https://x?", "https://x#y", "https://u:p@x", "ftp://x", "https://bø ker.example", "https://-ø.example"} {
		var r settingReader
		if got := r.publicURL(origin{Name: "public-url", Value: text}); r.err == nil {
			t.Errorf("%q is accepted as %q", text, got)
		}
	}
}

// TestOrigins are what browsers send, and what they never send is refused in
// words.
func TestOrigins(t *testing.T) {
	for text, want := range map[string]string{
		"": "[]", "https://console.example": "[https://console.example]", "https://Console.Example:443, http://localhost:5173": "[https://console.example http://localhost:5173]",
		"https://bøker.example": "[https://xn--bker-gra.example]", "http://[::1]:3000": "[http://[::1]:3000]", "capacitor://localhost": "[capacitor://localhost]",
	} {
		var r settingReader
		if got := r.origins(origin{Value: text}); r.err != nil || fmt.Sprint(got) != want {
			t.Errorf("%q: %v, %v", text, got, r.err)
		}
	}
	for text, says := range map[string]string{
		"*": "every site", "null": "files and sandboxes", "https://*.example": "name each origin", "console.example": "no origin", "https://console.example/": "slash at the end",
		"https://console.example/app": "has a path", "https://console.example?x": "has a path", "https://u@console.example": "has a user", "https://a.example,https://b.example/": "https://b.example/ has a slash", "https://x:0": "port", "https://": "no origin",
	} {
		if _, failed := shown(t, nil, "--cors-origin", text); !strings.HasPrefix(failed, "78 ") || !strings.Contains(failed, says) || !strings.Contains(failed, "cors-origin cannot be") {
			t.Errorf("%q: %s", text, failed)
		}
	}
}

// TestTrustedProxies are networks of some, never of all.
func TestTrustedProxies(t *testing.T) {
	for text, want := range map[string]string{"": "[]", "10.1.0.5": "[10.1.0.5/32]", "10.1.0.0/16, fd12::1": "[10.1.0.0/16 fd12::1/128]"} {
		var r settingReader
		if got := r.proxies(origin{Value: text}); r.err != nil || fmt.Sprint(got) != want {
			t.Errorf("%q: %v, %v", text, got, r.err)
		}
	}
	for text, says := range map[string]string{"0.0.0.0/0": "every address", "10.0.0.1,::/0": "every address", "proxy.example": "networks such as", "10.0.0.0/33": "networks such as"} {
		if _, failed := shown(t, nil, "--trusted-proxy", text); !strings.HasPrefix(failed, "78 ") || !strings.Contains(failed, says) || !strings.Contains(failed, "trusted-proxy cannot be") {
			t.Errorf("%q: %s", text, failed)
		}
	}
}

// TestSettingsAreShownWithoutSecrets: what config show prints, and what is said of
// a setting or a line that cannot be used.
func TestSettingsAreShownWithoutSecrets(t *testing.T) {
	wants := func(how, said string) {
		t.Helper()
		if strings.Contains(said, "hemm") || !strings.Contains(said, "…") && !strings.HasPrefix(said, "78 ") {
			t.Errorf("%s: %s", how, said)
		}
	}
	for _, address := range []string{
		"postgres://u:hemmelig@db/x", "postgres://u:hem@hemmelig@db/x", "postgres://u:a hemmelig@db/x",
		"postgres://u:a/hemmelig?@db/x", "postgres://u:a#hemmelig@db/x",
		"postgres://u:hemmelig/x", "postgres://u@db/x?sslmode=require&password=hemmelig",
		"postgres://u@db/x?sslpassword=hemmelig", "host=db password=hemmelig user=u",
		"host=db password = 'a hemmelig' user=u", "host=db password='a\\'hemmelig' user=u",
	} {
		wants(address, maskDatabase(address))
	}
	for _, address := range []string{"postgres://u@db:5432/x", "postgres://u@a:1,b:2/x", "postgres://u@[::1]:5432/x",
		"postgres://db:5432/x", "host=db user=u dbname=x"} {
		if got := maskDatabase(address); got != address {
			t.Errorf("%s is shown as %s", address, got)
		}
	}
	settings, failed := shown(t, []string{"BOOKGATE_SMTP_PASSWORD_FILE=hemmelig"})
	wants("a password for a file", settings["smtp-password-file"].Value+failed)
	for _, set := range []string{
		"PUBLIC_URL=https://u:hemmelig@h", "PUBLIC_URL=https://h/?t=hemmelig", "CORS_ORIGIN=https://u:hemmelig@h",
		"LEASE_LOGO=https://h/x?t=hemmelig", "DATABASE=mysql://u:hemmelig@h/d",
	} {
		_, failed := shown(t, []string{"BOOKGATE_" + set})
		wants(set, failed)
	}
	_, failed = shown(t, []string{"BOOKGATE_SMTP=u:hemmelig@h:x", "BOOKGATE_SMTP_FROM=a@b.example"})
	wants("smtp", failed)
	name := filepath.Join(t.TempDir(), "settings.env")
	for _, line := range []string{"BOOKGATE_DATABASE postgres://u:hemmelig@h/d",
		"postgres://u:hemmelig@h/d?sslmode=disable", "hemmelig", "hemmelig=", "BOOKGATE_DATABASE=\nhemmelig"} {
		mustNot(t, os.WriteFile(name, []byte(line+"\n"), 0o600))
		_, failed := shown(t, nil, "--env-file", name)
		wants(line, failed)
	}
}

// TestSecretsBehindMarks are read alike from standard input and from a file.
func TestSecretsBehindMarks(t *testing.T) {
	name := filepath.Join(t.TempDir(), "secret")
	for _, secret := range []string{"hemmelig 1", "bl\u00e5b\u00e6r\u010a\u0a0a", " with blanks "} {
		for how, written := range markings(secret + "\nand more\n") {
			got, err := readSecret(app{in: strings.NewReader(written)}, true, "")
			if got != secret || err != nil {
				t.Errorf("%s: %q, %v from standard input", how, got, err)
			}
			mustNot(t, os.WriteFile(name, []byte(written), 0o600))
			if got, err := readSecretFile(name); got != secret || err != nil {
				t.Errorf("%s: %q, %v from a file", how, got, err)
			}
		}
	}
	in, out := io.Pipe()
	defer out.Close()
	go out.Write([]byte("typed\n")) // and more may come
	if got, err := readSecret(app{in: in}, true, ""); got != "typed" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := readSecret(app{in: strings.NewReader("h\x00e\x00")}, true, ""); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("UTF-16 without a mark: %v", err)
	}
	for _, written := range []string{"", "\n", "\xef\xbb\xbf" + "\n"} {
		mustNot(t, os.WriteFile(name, []byte(written), 0o600))
		if got, err := readSecretFile(name); err == nil {
			t.Errorf("%q is the secret %q", written, got)
		}
	}
}

// FuzzPlainText: what comes out has neither mark nor NUL.
func FuzzPlainText(f *testing.F) {
	for _, written := range []string{"BOOKGATE_LISTEN=:80\n", markUTF8 + "BOOKGATE_LISTEN=:80\r\n", "\xff\xfeB\x00\n\x00", "\xfe\xff\x00B\x00\n"} {
		f.Add([]byte(written))
	}
	f.Add([]byte("\xff\xfe\x00\xd8"))
	f.Fuzz(func(t *testing.T, written []byte) {
		text, err := plainText(written)
		if err == nil && strings.Contains(text, "\x00") || err != nil && text != "" {
			t.Fatalf("%q, %v", text, err)
		}
	})
}
