package mailtest

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Script says how a ScriptedServer behaves. Its zero value offers nothing and takes
// everything.
type Script struct {
	STARTTLS bool
	Implicit bool     // TLS from the first byte
	Offers   []string // further lines of the answer to EHLO, after encryption where there is any

	// User and Password are what PLAIN, LOGIN and CRAM-MD5 want.
	User, Password string
	Refuses        map[string]string // the answer to a mechanism that is offered and refused
	HangsUp        bool              // closes the connection behind an answer that refuses a login

	// Says answers a command in its own words: the verb in upper case, "DATA."
	// for what follows the e-mail, and "GREETING". n counts from 1 over all
	// connections, for each verb. "" is the usual answer, "CLOSE" ends the
	// connection, and lines are separated by \n.
	Says func(verb string, n int) string
}

// ScriptedServer speaks SMTP as its script says, byte by byte, so that it can do what no
// library would.
type ScriptedServer struct {
	Address string
	Roots   *x509.CertPool

	t      testing.TB
	script Script
	tls    *tls.Config

	mu       sync.Mutex
	commands []string
	counts   map[string]int
	messages []Message
	raw      []string
	open     int
	most     int
	made     int
	conns    map[net.Conn]bool
}

// StartScripted starts a server that lasts for the test.
func StartScripted(t testing.TB, s Script) *ScriptedServer {
	t.Helper()
	certificate, roots := Certify(t, "127.0.0.1")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o := &ScriptedServer{
		Address: l.Addr().String(), Roots: roots, t: t, script: s,
		tls:    &tls.Config{Certificates: []tls.Certificate{certificate}},
		counts: map[string]int{}, conns: map[net.Conn]bool{},
	}
	var all sync.WaitGroup
	t.Cleanup(func() {
		l.Close()
		o.mu.Lock()
		for conn := range o.conns {
			conn.Close()
		}
		o.mu.Unlock()
		all.Wait()
	})
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { o.serve(conn) })
		}
	})
	return o
}

// Messages returns the accepted messages, oldest first.
func (o *ScriptedServer) Messages() []Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.messages)
}

// Raw are the e-mails as they came over the wire.
func (o *ScriptedServer) Raw() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.raw)
}

// Commands are the lines that clients said, without what they log in with.
func (o *ScriptedServer) Commands() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.commands)
}

// Connections returns how many there were, and how many at once at most.
func (o *ScriptedServer) Connections() (made, most int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.made, o.most
}

// client is one connection.
type client struct {
	o    *ScriptedServer
	conn net.Conn
	in   *textproto.Reader
}

func (c *client) over(conn net.Conn) {
	c.conn, c.in = conn, textproto.NewReader(bufio.NewReader(conn))
}

// say writes an answer, and reports whether the connection goes on. A line
// without a code gets that of the last one.
func (c *client) say(answer string) bool {
	if answer == "CLOSE" {
		return false
	}
	lines := strings.Split(answer, "\n")
	for i, line := range lines {
		if i < len(lines)-1 {
			line = line[:3] + "-" + line[min(4, len(line)):]
		}
		if _, err := fmt.Fprintf(c.conn, "%s\r\n", line); err != nil {
			return false
		}
	}
	return true
}

// answer is what the script says to a verb, or the usual answer.
func (o *ScriptedServer) answer(verb, usual string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.counts[verb]++
	if o.script.Says != nil {
		if own := o.script.Says(verb, o.counts[verb]); own != "" {
			return own
		}
	}
	return usual
}

func (o *ScriptedServer) serve(conn net.Conn) {
	o.mu.Lock()
	o.open++
	o.conns[conn] = true
	o.made++
	o.most = max(o.most, o.open)
	o.mu.Unlock()
	defer func() {
		o.mu.Lock()
		o.open--
		delete(o.conns, conn)
		o.mu.Unlock()
		conn.Close()
	}()
	c := &client{o: o}
	c.over(conn)
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	secure := o.script.Implicit
	if secure {
		c.over(tls.Server(conn, o.tls))
	}
	if !c.say(o.answer("GREETING", "220 mail.example ESMTP")) {
		return
	}
	for {
		line, err := c.in.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		verb = strings.ToUpper(verb)
		said := line
		if verb == "AUTH" {
			said = "AUTH " + strings.ToUpper(strings.Fields(rest + " ?")[0])
		}
		o.mu.Lock()
		o.commands = append(o.commands, said)
		o.mu.Unlock()
		goesOn := true
		switch verb {
		case "EHLO":
			lines := []string{"250 mail.example"}
			if o.script.STARTTLS && !secure {
				lines = append(lines, "250 STARTTLS")
			} else {
				for _, offer := range o.script.Offers {
					lines = append(lines, "250 "+offer)
				}
			}
			goesOn = c.say(o.answer(verb, strings.Join(lines, "\n")))
		case "STARTTLS":
			answer := o.answer(verb, "220 go")
			if goesOn = c.say(answer); goesOn && answer == "220 go" {
				c.over(tls.Server(conn, o.tls))
				secure = true
			}
		case "AUTH":
			goesOn = c.login(rest)
		case "DATA":
			goesOn = c.data()
		case "QUIT":
			c.say(o.answer(verb, "221 bye"))
			return
		default:
			goesOn = c.say(o.answer(verb, "250 ok"))
		}
		if !goesOn {
			return
		}
	}
}

// data takes an e-mail. One that no mail program could read fails the test.
func (c *client) data() bool {
	answer := c.o.answer("DATA", "354 go")
	if !c.say(answer) || !strings.HasPrefix(answer, "354") {
		return answer != "CLOSE"
	}
	body, err := c.in.ReadDotBytes()
	if err != nil {
		return false
	}
	answer = c.o.answer("DATA.", "250 queued")
	if strings.HasPrefix(answer, "250") {
		l, err := Read(bytes.NewReader(body))
		if err != nil {
			c.o.t.Error(err)
		}
		c.o.mu.Lock()
		c.o.messages, c.o.raw = append(c.o.messages, l), append(c.o.raw, string(body))
		c.o.mu.Unlock()
	}
	return c.say(answer)
}

// scram is the server's side of SCRAM-SHA-256 (RFC 5802, 3).
func (o *ScriptedServer) scram(ask func(string) string) bool {
	mac := func(key []byte, text string) []byte {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	const salt, rounds = "salt", 4096
	bare := strings.TrimPrefix(ask(""), "n,,")
	_, nonce, _ := strings.Cut(bare, ",r=")
	challenge := fmt.Sprintf("r=%sserver,s=%s,i=%d", nonce, base64.StdEncoding.EncodeToString([]byte(salt)), rounds)
	final, proof, _ := strings.Cut(ask(challenge), ",p=")
	salted, err := pbkdf2.Key(sha256.New, o.script.Password, []byte(salt), rounds, sha256.Size)
	if err != nil {
		return false
	}
	about := bare + "," + challenge + "," + final
	key := mac(salted, "Client Key")
	stored := sha256.Sum256(key)
	want := make([]byte, sha256.Size)
	subtle.XORBytes(want, key, mac(stored[:], about))
	if proof != base64.StdEncoding.EncodeToString(want) || !strings.HasPrefix(bare, "n="+o.script.User+",") {
		return false
	}
	return ask("v="+base64.StdEncoding.EncodeToString(mac(mac(salted, "Server Key"), about))) == ""
}

// login is PLAIN, LOGIN, CRAM-MD5 or SCRAM-SHA-256; all else is refused.
func (c *client) login(rest string) bool {
	mechanism, initial, _ := strings.Cut(rest, " ")
	mechanism = strings.ToUpper(mechanism)
	ask := func(challenge string) string {
		if !c.say("334 " + base64.StdEncoding.EncodeToString([]byte(challenge))) {
			return ""
		}
		line, _ := c.in.ReadLine()
		text, _ := base64.StdEncoding.DecodeString(line)
		return string(text)
	}
	refused := c.o.script.Refuses[mechanism]
	right := false
	switch {
	case mechanism == "PLAIN":
		text, _ := base64.StdEncoding.DecodeString(initial)
		right = string(text) == "\x00"+c.o.script.User+"\x00"+c.o.script.Password
	case mechanism == "LOGIN" && refused == "":
		user := ask("Username:")
		right = user == c.o.script.User && ask("Password:") == c.o.script.Password
	case mechanism == "CRAM-MD5" && refused == "":
		challenge := "<1.2@mail.example>"
		sum := hmac.New(md5.New, []byte(c.o.script.Password))
		sum.Write([]byte(challenge))
		right = ask(challenge) == fmt.Sprintf("%s %x", c.o.script.User, sum.Sum(nil))
	case mechanism == "SCRAM-SHA-256" && refused == "":
		right = c.o.scram(ask)
	case refused == "":
		refused = "504 5.7.4 " + mechanism + " is not known"
	}
	if refused == "" && !right {
		refused = "535 5.7.8 authentication failed"
	}
	answer := "235 accepted"
	if refused != "" {
		answer = refused
	}
	return c.say(c.o.answer("AUTH", answer)) && (refused == "" || !c.o.script.HangsUp)
}
