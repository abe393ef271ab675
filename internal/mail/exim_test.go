//go:build all

package mail

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bookgate/bookgate/internal/mail/mailtest"
)

// eximConfig is a server that takes e-mails for one domain from every client, for
// all others after a login, and writes them into one file.
const eximConfig = `
primary_hostname = mail.example
spool_directory = DIR/spool
log_file_path = DIR/log-%s
pid_file_path = DIR/pid
tls_certificate = DIR/cert.pem
tls_privatekey = DIR/key.pem
tls_advertise_hosts = *
smtputf8_advertise_hosts = *
smtp_accept_max = 20
smtp_accept_max_per_host = 12
acl_smtp_rcpt = rcpt
queue_only = false
begin acl
rcpt:
  accept authenticated = *
  deny ! domains = forlag.example
       message = relay not permitted
  deny local_parts = absent
       message = Unrouteable address
  deny local_parts = full
       message = 5.2.2 Mailbox is full
  accept
begin routers
all:
  driver = accept
  transport = file
begin transports
file:
  driver = appendfile
  file = DIR/mbox
  use_lockfile = false
  lock_fcntl_timeout = 20s
  user = Debian-exim
  group = Debian-exim
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{ordre}}{eq{$auth3}{hemmelig}}}}
  server_set_id = $auth2
  server_advertise_condition = ${if and{{def:tls_in_cipher}{eq{PLAINTOO}{yes}}}}
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = User Name : Password
  server_condition = ${if and{{eq{$auth1}{ordre}}{eq{$auth2}{nothing}}}}
  server_set_id = $auth1
  server_advertise_condition = ${if def:tls_in_cipher}
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = ${if eq{$auth1}{ordre}{hemmelig}fail}
  server_set_id = $auth1
  server_advertise_condition = ${if def:tls_in_cipher}
`

// exim starts a server on loopback, for the time of the test.
func exim(t *testing.T) (address string, roots *x509.CertPool, mbox string) {
	t.Helper()
	program, err := exec.LookPath("exim4")
	if err != nil {
		t.Skip("exim4 is not installed (apt-get install exim4-daemon-light)")
	}
	if os.Geteuid() != 0 {
		t.Skip("exim4 takes a configuration of its own from root alone")
	}
	dir, err := os.MkdirTemp("", "exim-") // readable by the server's own user
	check(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	check(t, os.Chmod(dir, 0o777))
	certificate, roots := mailtest.Certify(t, "127.0.0.1")
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	check(t, err)
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}, "key.pem": {Type: "PRIVATE KEY", Bytes: key}} {
		check(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o644))
	}
	config := filepath.Join(dir, "exim.conf")
	check(t, os.WriteFile(config, []byte(strings.NewReplacer("DIR", dir, "PLAINTOO", "no").Replace(eximConfig)), 0o644))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	address = l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	server := exec.Command(program, "-C", config, "-bdf", "-oX", "127.0.0.1."+port)
	var out strings.Builder
	server.Stdout, server.Stderr = &out, &out
	check(t, server.Start())
	t.Cleanup(func() { server.Process.Kill(); server.Wait() })
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return address, roots, filepath.Join(dir, "mbox")
		}
		if time.Now().After(end) {
			main, _ := os.ReadFile(filepath.Join(dir, "log-main"))
			t.Fatalf("exim4 did not start: %s%s", &out, main)
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestExim hands e-mails to a mail server of others: STARTTLS, a login that is
// refused for one mechanism and taken for the next, many e-mails at once, and
// what it refuses.
func TestExim(t *testing.T) {
	address, roots, mbox := exim(t)
	s, err := New(Config{Address: address, From: `"Kari \"K\" Nordmann" <ordre@bookgate.example>`, Roots: roots, User: "ordre", Password: "hemmelig"})
	check(t, err)
	open, err := New(Config{Address: address, From: "ordre@bookgate.example", TLS: None})
	check(t, err)
	message := func(to string) Message {
		l := sample()
		l.To, l.Subject = to, strings.Repeat("ø", 120)
		return l
	}
	const many = 60
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			l := message(fmt.Sprintf("kari%d@forlag.example", i))
			for range 20 {
				err := s.Send(t.Context(), l)
				var e *Error
				if errors.As(err, &e) && e.Busy {
					continue
				}
				if err != nil {
					t.Errorf("e-mail %d: %v", i, err)
				}
				return
			}
			t.Errorf("e-mail %d never had its turn", i)
		})
	}
	all.Wait()
	if worked := s.lastMechanism(); worked != "CRAM-MD5" {
		t.Errorf("the login went by %s", worked)
	}
	check(t, s.Send(t.Context(), message("info@blåbær.example")))
	check(t, s.Send(t.Context(), message("kåre@blåbær.example")))
	for to, want := range map[string]struct {
		final bool
		words string
	}{
		"a@other.example":       {false, "does not relay for us: 550 relay not permitted"},
		"absent@forlag.example": {true, "for this address: 550 Unrouteable address"},
		"full@forlag.example":   {false, "the mailbox is full: 550 5.2.2 Mailbox is full"},
	} {
		var e *Error
		if err := open.Send(t.Context(), message(to)); !errors.As(err, &e) || e.Final != want.final || !strings.Contains(e.PublicMessage, want.words) {
			t.Errorf("%s: %v", to, err)
		}
	}
	for end := time.Now().Add(40 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		got, _ := os.ReadFile(mbox)
		if n := strings.Count(string(got), "\nSubject: =?UTF-8?Q?=C3=B8"); n == many+2 {
			return
		} else if time.Now().After(end) {
			log, _ := os.ReadFile(filepath.Join(filepath.Dir(mbox), "log-main"))
			t.Fatalf("%d of %d e-mails were delivered:\n%.3000s", n, many+2, log)
		}
	}
}
