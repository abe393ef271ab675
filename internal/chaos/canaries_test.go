//go:build all

package chaos

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/dialect/dialecttest"
	"github.com/bookgate/bookgate/internal/harness"
	"github.com/bookgate/bookgate/internal/mail/mailtest"
	"github.com/bookgate/bookgate/internal/plant"
)

// quickCanaries is how often every API is asked in the short form.
const quickCanaries = 1

// TestCanaries: no secret, and in logs, metrics and refusals nothing about a
// person, is in anything that is written.
func TestCanaries(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s stage) { canaries(t, s.engine, quickCanaries) })
	for _, fault := range []plant.Fault{plant.LogAuthorization, plant.RepeatCredential} {
		t.Run("control: "+string(fault), func(t *testing.T) {
			run := newCanaryRun(t, plantedScene(t, sqlite, fault), sqlite)
			run.calls()
			hits := run.hits()
			figures(t, "control: %d hits", len(hits))
			if len(hits) == 0 {
				t.Error("nothing was found")
			}
		})
	}
}

// leastCanaries is how many secrets and persons a run puts in at least.
const leastCanaries = 4000

func canaries(t *testing.T, e engine, rounds int) {
	run := newCanaryRun(t, newScene(t, e), e)
	run.all(rounds)
	figures(t, "%s", run)
	if n := len(run.made) + len(run.issued); n < leastCanaries {
		t.Errorf("%d canaries were put in, at least %d are promised", n, leastCanaries)
	}
	for _, hit := range run.hits() {
		t.Error(hit)
	}
}

// canaryRun is a scene in which every secret is a canary.
type canaryRun struct {
	*aviary
	t         *testing.T
	scene     harness.Scene
	engine    engine
	dir       string // home, configuration, temporary files
	log       dialecttest.Log
	echo      *httptest.Server // a receiver that refuses and shows everything back
	gateway   *harness.Gateway
	keys      map[string]string // by dialect
	passwords map[string]string // by party
	tickets   map[string]string // by party
	served    map[string]int    // requests that were taken, by what they were
	asked     atomic.Int64
}

const canaryParty, canaryReceiver = harness.Sender, harness.Receiver

func newCanaryRun(t *testing.T, s harness.Scene, e engine) *canaryRun {
	t.Helper()
	r := &canaryRun{aviary: newAviary(), t: t, scene: s, engine: e, dir: t.TempDir(), keys: map[string]string{},
		passwords: map[string]string{}, tickets: map[string]string{}, served: map[string]int{}}
	for _, name := range []string{"home", "config", "state", "tmp"} {
		r.must(os.Mkdir(filepath.Join(r.dir, name), 0o700))
	}
	r.scene.Log = &r.log
	r.scene.Env = append(r.scene.Env, "HOME="+r.dir+"/home", "XDG_CONFIG_HOME="+r.dir+"/config",
		"XDG_STATE_HOME="+r.dir+"/state", "TMPDIR="+r.dir+"/tmp")
	for _, c := range []harness.Credentials{s.Sender, s.Receiver} {
		r.hold("a client secret", c.Secret)
	}
	r.echo = httptest.NewServer(http.HandlerFunc(r.showBack))
	t.Cleanup(r.echo.Close)
	for _, party := range []string{canaryParty, canaryReceiver} {
		password := r.secret("the password of a user", inFile) // of its profile, which login writes
		r.command(password+"\n", "user", "add", "user-"+party, "--party", party, "--password-stdin")
		r.passwords[party] = password
	}
	for dialect, may := range map[string][]string{"hark": {"order:create", "order:read", "order:cancel"},
		"installer": {"order:create", "order:read"}, "montly": {"order:create", "order:read", "order:cancel"}} {
		args := []string{"key", "add", "--party", canaryParty, "--dialect", dialect}
		for _, m := range may {
			args = append(args, "--permission", m)
		}
		out, err := r.scene.Admin(args...)
		r.must(err)
		r.keys[dialect] = r.hold("a key of "+dialect, string(regexp.MustCompile(`bgk_\w+_[\w-]+`).Find(out)))
	}
	r.command("", "route", "default", "--sender", canaryParty, "--seller", canaryReceiver)
	r.command("", "party", "set", canaryReceiver, "--email", "ordre@forlag.example")
	return r
}

func (r *canaryRun) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *canaryRun) String() string {
	read := 0
	for _, p := range r.places {
		read += len(p.text)
	}
	n := len(r.made) + len(r.issued)
	return fmt.Sprintf("%d canaries, %d requests (taken: %v), %d places with %.1f MB searched: %s", n, r.asked.Load(),
		r.served, len(r.places), float64(read)/1e6, bound(n))
}

// showBack refuses a message and shows the whole request in the answer, as some
// frameworks do while they are developed.
func (r *canaryRun) showBack(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	var shown bytes.Buffer
	fmt.Fprintf(&shown, "%s %s\n", req.Method, req.URL)
	req.Header.Write(&shown)
	r.wrote(inReceiver, req.URL.Path, append(shown.Bytes(), body...))
	w.WriteHeader(http.StatusInternalServerError)
	switch {
	case strings.HasSuffix(req.URL.Path, "headers"):
		fmt.Fprintf(w, "%s", shown.Bytes())
	case strings.HasSuffix(req.URL.Path, "token"):
		fmt.Fprintf(w, "unknown token %s and %s", req.URL.Query().Get("token"),
			strings.TrimPrefix(req.Header.Get("Authorization"), "Bearer "))
	default:
		fmt.Fprintf(w, "%s", body)
	}
}

// command runs one and keeps what it printed; it returns the standard output.
func (r *canaryRun) command(stdin string, args ...string) string {
	return r.commandIn(nil, stdin, append(args, r.scene.Flags()...)...)
}

// commandIn runs one as it stands, in an environment of its own.
func (r *canaryRun) commandIn(env []string, stdin string, args ...string) string {
	cmd := exec.CommandContext(r.t.Context(), r.scene.Binary, args...)
	cmd.Env = append(append(os.Environ(), r.scene.Env...), env...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &words
	err := cmd.Run() // what comes of it is for each caller
	r.wrote(inCommand, fmt.Sprintf("bookgate %s (%v)", strings.Join(args, " "), err), append(words.Bytes(),
		out.Bytes()...))
	return out.String()
}

// serve starts a gateway whose log has everything.
func (r *canaryRun) serve(format string, flags ...string) {
	r.gateway = start(r.t, r.scene, append([]string{"--log-level", "debug", "--log-format", format, "--trusted-proxy",
		"127.0.0.9/32", "--allow-webhook-net", "127.0.0.0/8"}, flags...)...)
	r.t.Cleanup(r.gateway.Kill)
}

// all plays the whole run: twice, for both forms of the log, and with a mail
// server that refuses the login the first time.
func (r *canaryRun) all(rounds int) {
	r.mailServed("text", map[string]string{"PLAIN": "535 5.7.8 wrong: %s"}, func() {
		r.login()
		stop := r.load(rounds)
		for range rounds {
			r.knock()
		}
		stop()
		r.trade()
		r.eventually("the login of --smtp-user")
		r.eventually("the message itself")
		r.metrics()
	})
	r.mailServed("json", nil, func() {
		r.trade()
		r.commands()
		r.metrics()
	})
	if !strings.Contains(r.log.String(), "goroutine 1") {
		r.t.Error("the crash dump is not in the log")
	}
	r.wrote(inLog, "of both gateways", []byte(r.log.String()))
	r.files()
	if r.engine == postgres {
		r.tables()
	}
	for _, what := range []string{"hark", "installer", "montly", "boknett", "webhooks"} {
		if r.served[what] == 0 {
			r.t.Errorf("nothing of %s was taken; the run proves little", what)
		}
	}
}

// load submits and lists orders beside a long run, until stop.
func (r *canaryRun) load(rounds int) (stop func()) {
	if rounds == quickCanaries {
		return func() {}
	}
	var over atomic.Bool
	var all sync.WaitGroup
	for i, c := range []harness.Credentials{r.scene.Sender, r.scene.Sender, r.scene.Receiver} {
		client := login(r.t, r.gateway, c)
		all.Go(func() {
			for n := 0; !over.Load(); n++ {
				if c == r.scene.Receiver {
					client.List("SENT_TO_ME") // for its load; what comes of it is asked elsewhere
					continue
				}
				client.Submit(harness.OrderXML(fmt.Sprintf("load-%d-%d", i, n), 3))
			}
		})
	}
	return func() { over.Store(true); all.Wait() }
}

// calls is the part of the run that the controls need.
func (r *canaryRun) calls() {
	r.serve("text")
	r.login()
	r.knock()
	r.gateway.Stop()
	r.wrote(inLog, "of the gateway", []byte(r.log.String()))
}

// mailServed runs a gateway beside a mail server that wants a login, and ends it
// with a crash dump.
func (r *canaryRun) mailServed(format string, refuses map[string]string, work func()) {
	password := r.secret("the password of the mail server")
	for mechanism, answer := range refuses {
		refuses[mechanism] = fmt.Sprintf(answer, password)
	}
	office := mailtest.StartScripted(r.t, mailtest.Script{Implicit: true, Offers: []string{"AUTH PLAIN"}, User: "bookgate",
		Password: password, Refuses: refuses})
	conn, err := tls.Dial("tcp", office.Address, &tls.Config{InsecureSkipVerify: true})
	r.must(err)
	roots := filepath.Join(r.dir, "roots.pem")
	r.must(os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE",
		Bytes: conn.ConnectionState().PeerCertificates[0].Raw}), 0o600))
	conn.Close()
	secret := filepath.Join(r.t.TempDir(), "smtp")
	r.must(os.WriteFile(secret, []byte(password+"\n"), 0o600))
	r.scene.Env = append(r.scene.Env, "SSL_CERT_FILE="+roots)
	r.serve(format, "--smtp", office.Address, "--smtp-tls", "implicit", "--smtp-from", "ordre@bookgate.example",
		"--smtp-user", "bookgate", "--smtp-password-file", secret)
	work()
	if refuses == nil {
		r.mails(office)
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", r.gateway.PID()))
	r.must(err)
	r.wrote(inProcess, "command line", line)
	r.must(syscall.Kill(r.gateway.PID(), syscall.SIGQUIT))
	for end := time.Now().Add(20 * time.Second); r.gateway.Running() && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
}

// mails waits for e-mails and takes the links out of them, which are opened.
func (r *canaryRun) mails(office *mailtest.ScriptedServer) {
	for end := time.Now().Add(20 * time.Second); len(office.Messages()) == 0 && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond)
	}
	if len(office.Messages()) == 0 {
		r.t.Error("no e-mail came")
	}
	for i, mail := range office.Messages() {
		r.wrote(inMail, fmt.Sprint(i), []byte(office.Raw()[i]+mail.Text))
		link := regexp.MustCompile(`http://[^/\s]+(/\w+(?:/\w+)?/)(msg_[\w.-]+)`).FindStringSubmatch(mail.Text)
		if link == nil {
			continue
		}
		if at := strings.LastIndexAny(link[2], "."); at > 0 {
			r.hold("the signature of a link", link[2][at+1:], inMail)
		}
		r.ask("GET", link[1]+link[2], "", "")
		r.ask("GET", link[1]+link[2]+"x", "", "")
	}
}

// eventually waits for words in the log.
func (r *canaryRun) eventually(words string) {
	if !r.log.WaitFor(words) {
		r.t.Errorf("%q is not in the log, so nothing is known of it", words)
	}
}

// metrics reads what Prometheus would.
func (r *canaryRun) metrics() {
	res, err := http.Get(r.gateway.Metrics)
	r.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	r.must(err)
	if !bytes.Contains(text, []byte("http_request")) {
		r.t.Error("no metrics")
	}
	r.wrote(inMetrics, r.gateway.Metrics, text)
}

// files reads every file that was left behind, the store among them.
func (r *canaryRun) files() {
	read := func(k kind, dir string) {
		r.must(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() { // a socket holds nothing
				return err
			}
			text, err := os.ReadFile(path)
			r.wrote(k, path, text)
			return err
		}))
	}
	for _, name := range []string{"home", "config", "state", "tmp"} {
		read(inFile, filepath.Join(r.dir, name))
	}
	if r.scene.Dir != "" {
		read(inStore, r.scene.Dir)
	}
	backup := filepath.Join(r.t.TempDir(), "store.backup")
	r.command("", "backup", backup)
	r.commandIn(nil, "", "backup", "verify", backup)
	text, err := os.ReadFile(backup)
	r.must(err)
	r.wrote(inCopy, backup, text)
}

// tables reads every row of a PostgreSQL store as JSON, in which bytes are
// hexadecimal.
func (r *canaryRun) tables() {
	db := openStore(r.t, r.scene)
	defer db.Close()
	var tables []string
	rows, err := db.Query(`SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables
		WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`)
	r.must(err)
	for rows.Next() {
		var name string
		r.must(rows.Scan(&name))
		tables = append(tables, name)
	}
	r.must(rows.Err())
	for _, name := range tables {
		var text string
		r.must(db.QueryRow("SELECT coalesce(string_agg(to_json(t)::text, E'\n'), '') FROM " + name + " t").Scan(&text))
		r.wrote(inStore, name, []byte(text))
	}
	if len(tables) < 10 {
		r.t.Errorf("only %d tables were read", len(tables))
	}
}

// canaryAnswer is what came back of a request.
type canaryAnswer struct {
	status int
	header http.Header
	body   string
}

// ask makes a request; header is names and values by turns. A refusal is stored
// as a place.
func (r *canaryRun) ask(method, target, body string, header ...string) (a canaryAnswer) {
	r.asked.Add(1)
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.gateway.Base, strings.NewReader(body))
	if err != nil {
		r.t.Fatalf("%s: %v", method, err)
	}
	path, query, _ := strings.Cut(target, "?")
	req.URL.Path, req.URL.RawQuery = path, query
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
			continue
		}
		req.Header.Add(header[i], header[i+1])
	}
	res, err := (&http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request,
		[]*http.Request) error {
		return http.ErrUseLastResponse
	}}).Do(req)
	if err != nil {
		return a
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body) // one that is cut is looked at as far as it came
	if res.StatusCode >= http.StatusBadRequest || bytes.Contains(text, []byte(`"errors"`)) {
		var shown bytes.Buffer
		res.Header.Write(&shown)
		r.wrote(inRefusal, fmt.Sprintf("%s %s: %d", method, path, res.StatusCode), append(shown.Bytes(), text...))
	}
	return canaryAnswer{res.StatusCode, res.Header, string(text)}
}

// took counts a request that was taken.
func (r *canaryRun) took(what string, a canaryAnswer) canaryAnswer {
	r.t.Helper()
	if a.status >= http.StatusOK && a.status < http.StatusMultipleChoices && !strings.Contains(a.body, `"errors"`) {
		r.served[what]++
		return a
	}
	r.t.Errorf("%s: %d %s", what, a.status, a.body)
	return a
}

func jsonText(v any) string {
	text, _ := json.Marshal(v) // of strings and maps, which can always be written
	return string(text)
}
