//go:build all

package interop

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/harness"
)

// proxy is a reverse proxy with a configuration of deploy/proxy.
type proxy struct {
	name    string
	program string
	file    string
	ticket  string                          // how it spells the ticket's header
	adapt   func(text, dir string) string   // makes a whole configuration, for an unprivileged start in dir
	command func(file, dir string) []string // runs it in the foreground
}

func whole(text, _ string) string { return text }

// proxies are all of deploy/proxy.
func proxies() []proxy {
	return []proxy{
		{"nginx", "nginx", "nginx.conf", "Boknett-TGT", nginx, func(file, dir string) []string {
			return []string{"-e", dir + "/log", "-p", dir, "-c", file}
		}},
		{"apache", "apache2", "apache.conf", "Boknett-TGT", apache, func(file, _ string) []string {
			return []string{"-D", "FOREGROUND", "-f", file}
		}},
		{"caddy", "caddy", "Caddyfile", "Boknett-Tgt", caddy, func(file, _ string) []string {
			return []string{"run", "--adapter", "caddyfile", "--config", file}
		}},
		{"haproxy", "haproxy", "haproxy.cfg", "Boknett-TGT", whole, func(file, _ string) []string {
			return []string{"-db", "-f", file}
		}},
		{"varnish", "varnishd", "varnish.sh", "Boknett-TGT", whole, varnishScript},
		{"varnish with VCL", "varnishd", "default.vcl", "Boknett-TGT", whole, func(file, dir string) []string {
			return []string{"-F", "-n", dir + "/work", "-a", "127.0.0.1:" + filepath.Base(dir), "-f", file}
		}},
		{"squid", "squid", "squid.conf", "Boknett-TGT", squid, func(file, _ string) []string {
			return []string{"-N", "-f", file}
		}},
		{"lighttpd", "lighttpd", "lighttpd.conf", "Boknett-TGT", whole, func(file, _ string) []string {
			return []string{"-D", "-f", file}
		}},
	}
}

// asRoot writes a setting that only root may and must write.
func asRoot(setting string) string {
	if os.Geteuid() == 0 {
		return setting + "\n"
	}
	return ""
}

func nginx(text, dir string) string {
	temp := ""
	for _, what := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp += fmt.Sprintf("%s_temp_path %s/%s;\n", what, dir, what)
	}
	return asRoot("user root;") + "daemon off;\npid " + dir + "/pid;\nevents {}\nhttp {\naccess_log off;\n" + temp + text + "}\n"
}

// apache loads what Debian does, with its compression.
func apache(text, dir string) string {
	head := fmt.Sprintf("ServerRoot %q\nServerName localhost\nPidFile %[1]s/pid\nErrorLog %[1]s/log\nDefaultRuntimeDir %[1]s\n", dir)
	for _, module := range []string{"mpm_event", "authz_core", "filter", "deflate", "proxy", "proxy_http"} {
		head += fmt.Sprintf("LoadModule %s_module /usr/lib/apache2/modules/mod_%[1]s.so\n", module)
	}
	return head + asRoot("User www-data") + "AddOutputFilterByType DEFLATE text/html text/plain text/xml application/xml\n" + text
}

func caddy(text, _ string) string { return "{\n\tadmin off\n}\n" + text }

func squid(text, dir string) string {
	return text + "pid_filename none\ncache_log " + dir + "/log\naccess_log none\nnetdb_filename none\n" +
		"visible_hostname localhost\nshutdown_lifetime 0 seconds\ncoredump_dir " + dir + "\n"
}

var varnishCommand = regexp.MustCompile(`(?m)^varnishd (.*)$`)

// varnishScript runs the command of a script, in the foreground.
func varnishScript(file, dir string) []string {
	text, _ := os.ReadFile(file)
	m := varnishCommand.FindSubmatch(text)
	if m == nil {
		return nil
	}
	return append([]string{"-F", "-n", dir + "/work"}, strings.Fields(string(m[1]))...)
}

const deployed = "../../deploy/proxy/"

// start runs the proxy before g until the test ends; change edits its
// configuration.
func (p proxy) start(t *testing.T, g *gateway, change func(text string) string) wire {
	t.Helper()
	program, err := exec.LookPath(p.program)
	if err != nil {
		t.Fatalf("%s is not installed: .ci/run installs what the tests tagged all need (%v)", p.program, err)
	}
	text, err := os.ReadFile(deployed + p.file)
	if err != nil {
		t.Fatal(err)
	}
	addr, err := harness.FreeAddress()
	check(t, err)
	_, port, _ := net.SplitHostPort(addr)
	// Some change their user after the start, so each has a folder that all may
	// enter, named after its port.
	above, err := os.MkdirTemp("", "proxy-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(above) })
	dir := filepath.Join(above, port)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for folder, mode := range map[string]os.FileMode{above: 0o755, dir: 0o777} {
		if err := os.Chmod(folder, mode); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, p.file)
	_, behind, _ := net.SplitHostPort(strings.TrimPrefix(g.Base, "http://"))
	ports := strings.NewReplacer("8090", port, "8080", behind, `"/var/www/html"`, `"`+dir+`"`)
	if err := os.WriteFile(file, []byte(p.adapt(change(ports.Replace(string(text))), dir)), 0o644); err != nil {
		t.Fatal(err)
	}
	p.run(t, program, file, dir, addr)
	return wire(addr)
}

// run starts the program and waits until it passes requests on.
func (p proxy) run(t *testing.T, program, file, dir, addr string) {
	t.Helper()
	cmd := exec.Command(program, p.command(file, dir)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // its children end with it
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { cmd.Wait(); close(done) }()
	t.Cleanup(func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); <-done })
	client := http.Client{Timeout: 5 * time.Second}
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		res, err := client.Get("http://" + addr + "/healthz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-done:
			log, _ := os.ReadFile(dir + "/log")
			t.Fatalf("%s ended at its start:\n%s%s", p.name, said.Bytes(), log)
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("%s passes nothing on: %v %v", p.name, res, err)
		}
	}
}
