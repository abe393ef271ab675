package server

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/bookgate/bookgate/internal/app"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/cli/settings"
	"github.com/bookgate/bookgate/internal/mail"
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
func shown(t *testing.T, environ []string, args ...string) (map[string]settings.Origin, string) {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), append([]string{"config", "show", "--json"}, args...), cli.App{In: strings.NewReader(""), Out: &out, Err: &errs, Environ: environ}); code != cli.ExitOK {
		return nil, fmt.Sprintf("%d %s", code, errs.String())
	}
	var all []settings.Origin
	mustNot(t, json.Unmarshal(out.Bytes(), &all))
	byName := map[string]settings.Origin{}
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
		if got, failed := shown(t, nil, flag, c.one, flag+"="+c.two, flag, c.three); got[c.setting].Value != all || got[c.setting].From != settings.FromFlag {
			t.Errorf("%s: %v %s", c.setting, got[c.setting], failed)
		}
		line := settings.Variable(c.setting) + "="
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
		if got := r.publicURL(settings.Origin{Value: text}); r.err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, r.err)
		}
	}
	for _, text := range []string{"orders.example.no", "https://", "https://:8080", "https://x:0", "https://x:65536", "https://x:99999", "https://x:", "https://x:http", "https://x?y", "https://x?", "https://x#y", "https://u:p@x", "ftp://x", "https://bø ker.example", "https://-ø.example"} {
		var r settingReader
		if got := r.publicURL(settings.Origin{Name: "public-url", Value: text}); r.err == nil {
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
		if got := r.origins(settings.Origin{Value: text}); r.err != nil || fmt.Sprint(got) != want {
			t.Errorf("%q: %v, %v", text, got, r.err)
		}
	}
	for text, says := range map[string]string{
		"*": "every site", "null": "files and sandboxed pages", "https://*.example": "list each origin", "console.example": "not a valid origin",
		"https://console.example/": "ends with a slash", "https://console.example/app": "contains a path", "https://console.example?x": "contains a path",
		"https://u@console.example": "contains a user", "https://a.example,https://b.example/": "https://b.example/ ends with a slash", "https://x:0": "port",
		"https://": "not a valid origin",
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
		if got := r.proxies(settings.Origin{Value: text}); r.err != nil || fmt.Sprint(got) != want {
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
		wants(address, settings.MaskDatabase(address))
	}
	for _, address := range []string{"postgres://u@db:5432/x", "postgres://u@a:1,b:2/x", "postgres://u@[::1]:5432/x",
		"postgres://db:5432/x", "host=db user=u dbname=x"} {
		if got := settings.MaskDatabase(address); got != address {
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
			got, err := cli.ReadSecret(cli.App{In: strings.NewReader(written)}, true, "")
			if got != secret || err != nil {
				t.Errorf("%s: %q, %v from standard input", how, got, err)
			}
			mustNot(t, os.WriteFile(name, []byte(written), 0o600))
			if got, err := settings.ReadSecretFile(name); got != secret || err != nil {
				t.Errorf("%s: %q, %v from a file", how, got, err)
			}
		}
	}
	in, out := io.Pipe()
	defer out.Close()
	go out.Write([]byte("typed\n")) // and more may come
	if got, err := cli.ReadSecret(cli.App{In: in}, true, ""); got != "typed" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := cli.ReadSecret(cli.App{In: strings.NewReader("h\x00e\x00")}, true, ""); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("UTF-16 without a mark: %v", err)
	}
	for _, written := range []string{"", "\n", "\xef\xbb\xbf" + "\n"} {
		mustNot(t, os.WriteFile(name, []byte(written), 0o600))
		if got, err := settings.ReadSecretFile(name); err == nil {
			t.Errorf("%q is the secret %q", written, got)
		}
	}
}

// mailSettings reads the settings of e-mail from an environment.
func mailSettings(t *testing.T, environ ...string) (app.Mail, error) {
	t.Helper()
	a := cli.App{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, Err: &bytes.Buffer{}, Environ: environ}
	conf, err := settings.Load(newServe(a), a)
	if err != nil {
		t.Fatal(err)
	}
	s, err := readServeConfig(cli.App{}, conf)
	return s.Mail, err
}

func TestMailSettings(t *testing.T) {
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("hemmelig ø\r\nnot this\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := mailSettings(t, "BOOKGATE_SMTP=smtp.example.no:587", "BOOKGATE_SMTP_FROM=Ordre <ordre@example.no>", "BOOKGATE_SMTP_USER=ordre",
		"BOOKGATE_SMTP_PASSWORD_FILE="+password, "BOOKGATE_REMIND=36h")
	if err != nil || m.Server.TLS != mail.STARTTLS || m.Remind != 36*time.Hour {
		t.Fatalf("%+v, %v", m, err)
	}
	if s, err := m.Sender(); err != nil || s.Domain() != "example.no" {
		t.Errorf("%v, %v", s, err)
	}
	if secret, err := settings.ReadSecretFile(password); err != nil || secret != "hemmelig ø" {
		t.Errorf("the password is %q, %v", secret, err)
	}
	m.PasswordFile = filepath.Join(t.TempDir(), "none")
	if _, err := m.Sender(); err == nil || !strings.Contains(fmt.Sprint(err), "smtp-password-file") {
		t.Errorf("a file that is not there gave %v", err)
	}
	if m, err := mailSettings(t); err != nil || m.Server.Address != "" || m.Remind != 48*time.Hour {
		t.Errorf("without settings: %+v, %v", m, err)
	}
	for name, environ := range map[string][]string{
		"no sender": {"BOOKGATE_SMTP=smtp.example.no:587"},
		"list":      {"BOOKGATE_SMTP=smtp.example.no:587", "BOOKGATE_SMTP_FROM=a@b.example, c@d.example"},
		"open":      {"BOOKGATE_SMTP=smtp.example.no:25", "BOOKGATE_SMTP_FROM=a@b.example", "BOOKGATE_SMTP_TLS=none"},
		"no port":   {"BOOKGATE_SMTP=smtp.example.no", "BOOKGATE_SMTP_FROM=a@b.example"},
		"user only": {"BOOKGATE_SMTP=smtp.example.no:587", "BOOKGATE_SMTP_FROM=a@b.example", "BOOKGATE_SMTP_USER=x"},
		"tls":       {"BOOKGATE_SMTP_TLS=sometimes"},
		"remind":    {"BOOKGATE_REMIND=-1h"},
	} {
		if _, err := mailSettings(t, environ...); cli.ExitCode(err) != cli.ExitConfig {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSettingOfMetrics(t *testing.T) {
	for o, want := range map[settings.Origin]app.Metrics{
		{Value: "127.0.0.1:9464", From: settings.FromDefault}: {Address: "127.0.0.1:9464"},
		{Value: ":9999", From: settings.FromEnvironment}:      {Address: ":9999", Chosen: true},
		{Value: "off", From: settings.FromFlag}:               {},
		{Value: "", From: settings.FromFile}:                  {},
	} {
		var r settingReader
		if got := r.metrics(o); r.err != nil || got != want {
			t.Errorf("%+v: %+v, %v", o, got, r.err)
		}
	}
	for _, text := range []string{"9464", "on", "off:1", "127.0.0.1:99999", "http://127.0.0.1:9464"} {
		var r settingReader
		if r.metrics(settings.Origin{Name: settings.MetricsListen, Value: text, From: settings.FromFlag}); r.err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// TestLeaseSettings reads what an operator decides about lease orders, and
// names what makes no sense.
func TestLeaseSettings(t *testing.T) {
	read := func(company, logo, refuse string) (app.Lease, error) {
		var r settingReader
		l := r.leases(settings.Config{"lease-company": {Name: "lease-company", Value: company}, "lease-logo": {Name: "lease-logo", Value: logo}, "lease-refuse": {Name: "lease-refuse", Value: refuse}})
		return l, r.err
	}
	for refuse, want := range map[string][2]bool{"": {}, "sums": {true, false}, "sole-traders": {false, true}, "sums, sole-traders": {true, true}, "sole-traders,sums": {true, true}} {
		l, err := read("Eksempel Finans", "https://finans.example.no/logo.svg", refuse)
		if err != nil || l.Sums != want[0] || l.LegalOnly != want[1] || l.Finance.Name != "Eksempel Finans" || l.Finance.Logo != "https://finans.example.no/logo.svg" {
			t.Errorf("%q: %+v, %v", refuse, l, err)
		}
	}
	for place, bad := range map[string][3]string{
		"lease-refuse": {"A", "", "sum"}, "lease-company": {"", "", ""}, "lease-company cannot be": {"A\nB", "", ""}, "lease-logo": {"A", "javascript:alert(1)", ""},
	} {
		if _, err := read(bad[0], bad[1], bad[2]); err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if _, err := read(strings.Repeat("x", maxFirm+1), "", ""); err == nil {
		t.Error("a name longer than a line")
	}
}

func TestNetworksOfWebhooks(t *testing.T) {
	for text, want := range map[string]string{
		"": "[]", "10.1.0.0/16": "[10.1.0.0/16]", "10.1.0.0/16, fd12::/64": "[10.1.0.0/16 fd12::/64]", "192.168.7.9": "[192.168.7.9/32]", "::1": "[::1/128]",
	} {
		var r settingReader
		if got := r.nets(settings.Origin{Value: text}); r.err != nil || fmt.Sprint(got) != want {
			t.Errorf("%q: %v, %v", text, got, r.err)
		}
	}
	for _, text := range []string{"shop.internal", "10.1.0.0/33", "fe80::1%eth0", "10.1.0.0/16;10.2.0.0/16"} {
		var r settingReader
		if r.nets(settings.Origin{Name: "allow-webhook-net", Value: text}); r.err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// TestSettingOfHandover: the flag alone means on.
func TestSettingOfHandover(t *testing.T) {
	for _, c := range []struct {
		environ []string
		args    []string
		want    string
	}{
		{nil, nil, "off"},
		{nil, []string{"--handover"}, "on"},
		{nil, []string{"--handover=off"}, "off"},
		{[]string{"BOOKGATE_HANDOVER=on"}, nil, "on"},
		{[]string{"BOOKGATE_HANDOVER=on"}, []string{"--handover=off"}, "off"},
	} {
		got, failed := shown(t, c.environ, c.args...)
		if got[settings.Handover].Value != c.want {
			t.Errorf("%v %v: %q %s", c.environ, c.args, got[settings.Handover].Value, failed)
		}
	}
	if _, failed := shown(t, nil, "--handover=yes"); !strings.Contains(failed, "Wanted: on, off") {
		t.Errorf("yes: %s", failed)
	}
}

func TestRetentionPeriods(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"forever": 0, "0": 0, "1d": 24 * time.Hour, "400d": 400 * 24 * time.Hour, "10y": 3660 * 24 * time.Hour, "100y": maxRetention, "36h": 36 * time.Hour,
	} {
		var r settingReader
		if got := r.retainFor(settings.Origin{Value: value}); got != want || r.err != nil {
			t.Errorf("%s is %s, %v, want %s", value, got, r.err, want)
		}
	}
	for _, value := range []string{"", "d", "y", "-1d", "-1y", "0d", "1", "23h59m", "101y", "36601d", "9999999999999999999d", "1.5y", "1d12h", "400 days", "Forever", "1e3d"} {
		var r settingReader
		if got := r.retainFor(settings.Origin{Value: value}); r.err == nil {
			t.Errorf("%q is taken as %s", value, got)
		}
	}
}

func TestDocumentsAreNotRetainedLongerThanOrders(t *testing.T) {
	for pair, ok := range map[[2]string]bool{
		{"400d", "10y"}: true, {"1y", "1y"}: true, {"forever", "10y"}: true, {"2y", "forever"}: true, {"2y", "400d"}: false, {"25h", "1d"}: false,
	} {
		var r settingReader
		r.retention(settings.Origin{Name: "retain-documents", Value: pair[0]}, settings.Origin{Name: "retain-orders", Value: pair[1]})
		if (r.err == nil) != ok {
			t.Errorf("documents %s, orders %s: %v", pair[0], pair[1], r.err)
		}
	}
}

// run carries out a command line of the commands of the server.
func run(ctx context.Context, args []string, a cli.App) int {
	return cli.Run(ctx, args, a, func(a cli.App) []cli.Group {
		return []cli.Group{{ID: "server", Commands: Commands(a)}}
	})
}

func mustNot(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
