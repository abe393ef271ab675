package mail

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// reply is an answer of the mail server, with all its lines.
type reply struct {
	code     int
	enhanced string // RFC 3463, such as 5.1.1; empty where it has none
	text     string // without the codes, one line, safe to show
}

// maxReply bounds what is shown of an answer, in characters: more than the
// longest explanation of the large services, with its links.
const maxReply = 1000

// Both places of an enhanced code: at the beginning (RFC 2034), and behind a #
// as qmail has it.
var (
	enhancedFirst = regexp.MustCompile(`^([245]\.\d{1,3}\.\d{1,3})(?:\s|$)`)
	enhancedQmail = regexp.MustCompile(`#([245]\.\d{1,3}\.\d{1,3})\b`)
)

// newReply joins the lines of an answer. The enhanced code that the server
// repeats in each line stands once.
func newReply(code int, message string) reply {
	r := reply{code: code}
	var words []string
	for line := range strings.SplitSeq(message, "\n") {
		line = CleanLine(line)
		if m := enhancedFirst.FindStringSubmatch(line); m != nil && (r.enhanced == "" || r.enhanced == m[1]) {
			r.enhanced, line = m[1], strings.TrimSpace(line[len(m[1]):])
		}
		if line != "" {
			words = append(words, line)
		}
	}
	r.text = strings.Join(words, " ")
	if m := enhancedQmail.FindStringSubmatch(r.text); r.enhanced == "" && m != nil {
		r.enhanced = m[1]
	}
	return r
}

// CleanLine makes a text one line that is safe to show: it holds no control
// characters and none that hide or turn the reading direction.
func CleanLine(line string) string {
	line = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == '\u2028' || c == '\u2029' {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(line, "\uFFFD"))
	return strings.Join(strings.Fields(line), " ")
}

// String shows an answer as the server wrote it.
func (r reply) String() string {
	text := strings.TrimSpace(fmt.Sprintf("%d %s", r.code, r.text))
	if r.enhanced != "" && !strings.Contains(r.text, "#"+r.enhanced) {
		text = strings.TrimSpace(fmt.Sprintf("%d %s %s", r.code, r.enhanced, r.text))
	}
	if runes := []rune(text); len(runes) > maxReply {
		text = string(runes[:maxReply]) + "…"
	}
	return text
}

// is reports whether the answer is of a class such as 2 or 5.
func (r reply) is(class int) bool { return r.code/100 == class }

// shortPassword is the length below which a password can be part of a word by
// chance: removing it there would reveal it.
const shortPassword = 4

// verdict is the meaning of an answer that refuses a message.
type verdict int

const (
	passes     verdict = iota // temporary
	mailbox                   // there is no such mailbox: final
	content                   // the message itself is refused, as too large or as spam: final
	limit                     // a sending limit: an hour, a day, or a quota
	full                      // the mailbox is full
	relay                     // the server does not relay for us
	greeting                  // our name is refused, or our address has none
	listed                    // our address is on a block list, or has a bad reputation
	sender                    // the sender's address or domain is refused
	login                     // a login is required
	encryption                // TLS is required
	policy                    // another rule of the server
)

// The words of servers, by subject. They are matched in the order of the functions
// below: an answer with a block list and "mailbox unavailable" is about us.
var (
	saysEncryption = says(`\bstarttls\b`, `must use (tls|encryption)`, `encryption (is )?required`,
		`(requires?|use) (a )?(secure|encrypted) connection`)
	saysLogin = says(`auth\w*( is)? (required|needed)`, `(not|un)[ -]?authenticated (client|user|session)`,
		`(client|user|session)\b.* not authenticated`, `must (first )?authenticate`, `please (authenticate|log ?in)`,
		`(requires?|needs?|without|need) (smtp )?auth`, `log ?in first`)
	saysGreeting = says(`\b(helo|ehlo)\b`, `reverse (dns|host ?name|lookup|mapping)`, `\b(r?dns|ptr|fcrdns)\b`,
		`cannot find your (host|reverse) ?name`)
	saysListed = says(`(block|black|deny) ?list`, `blocked (using|by|due|because)`,
		`\b(is|been|was|currently) (block|list)ed\b`,
		`\b(rbl|dnsbl|spamhaus|spamcop|barracuda(central)?|sorbs|abusix|uceprotect)\b`, `reputation`, `banned`,
		`(client|host|ip|server|network|connection)\b.{0,80}\b(blocked|listed|rejected)`,
		`not (be )?accepted from (this|your) (ip|host|server|address)`)
	saysSender = says(`\bsender\b`, `\b(spf|dkim|dmarc)\b`, `mail from`, `(return|reverse)[ -]path`,
		`your (domain|address)`,
		`not (allowed|authori[sz]ed|permitted) to (send|perform)`, `send ?as`, `not owned by`,
		`sending (domain|(is )?paused)`,
		`from address`, `while verifying`, `\b(not |un)verified`, `verified (sender|identit\w*|domain)`)
	saysRelay = says(`relay`, `rcpthosts`, `not (a )?local domain`,
		`not (in|one of) (my|our) (list of )?(domains|hosts)`,
		`we do not (accept|handle) mail for`)
	saysFull = says(`mail ?box (is |was )?(currently )?full`,
		`(over|exceed\w*|out of)\b.{0,40}\b(quota|storage|mailbox)`,
		`quota (is )?(exceeded|full)`, `(insufficient|not enough) (storage|space)`, `mailbox size limit`)
	saysLimit = says(`\b(rate|sending|daily|hourly|monthly|relay|messag(e|es|ing)|connection)( \w+)? (limit|quota)s?\b`,
		`throttl`, `too many`,
		`credits? exceeded`, `at a rate`, `too (fast|quickly)`)
	saysTooLarge = says(`\b(message|maximum|mail) size\b`, `size limit`, `too (large|big|long)`)
	saysContent  = says(`\bspam(assassin)?\b`, `unsolicited`, `\bjunk\b`, `\b(virus(es)?|malware|phish\w*)\b`,
		`\b(content|attachments?)\b`)
	saysInactive = says(`inactiv`, `disabled`, `suspended`)
	saysClient   = says(`\b(client|host|ip|server|network|connection|listed|rbl|dnsbl)\b`)
	saysPolicy   = says(`polic(y|ies)`, `access denied`, `not (allowed|permitted)`, `prohibited`, `denied`,
		`administrative`, `spam`,
		`too many`, `rate limit`, `try again`, `temporar`)
	saysMailbox = says(
		`\b(unknown|invalid|bad|no such|non-?existent|nonexisting|undeliverable) (local |virtual |e-?mail |recipient'?s? )?`+
			`(user|recipient|mail ?box|address|account|person|name|alias)`,
		`(user|recipient|mail ?box|address|account|alias)( name)?\b.{0,60}\b(unknown|unavailable|not (be )?found|not exists?|`+
			`doesn'?t exist|not known|invalid|no longer (exists|active|valid|available|in use)|disabled|inactive|deactivated|`+
			`suspended|closed|not (listed|valid|a valid|local))\b`,
		`\bno (mail ?box|account|user)\b`, `unrout(e)?able (address|mail|domain)`,
		`not (a )?(known|valid) (user|recipient|mail ?box|address)`,
		`do(es not|esn'?t) (exist|have an? (\S+ )?(account|mailbox))`, `no longer (works|employed|with)`,
		`(doesn'?t|does not) like recipient`,
		`addressee unknown`, `no one (here )?(by|with) that name`)
)

// says matches any of the patterns, in any letter case.
func says(patterns ...string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)` + strings.Join(patterns, "|"))
}

// addresses in an answer are ignored: <relay@sender.example> is not about
// relaying.
var addresses = regexp.MustCompile(`<[^<>]*>|\S+@\S+`)

func (r reply) withoutAddresses() string {
	return addresses.ReplaceAllString(r.text[:min(len(r.text), sortedReply)], " ")
}

// sortedReply bounds the part of an answer that is matched, in bytes. The subject
// is at the beginning.
const sortedReply = 4 * maxReply

// ofSender matches answers to RCPT with the code of an address that are about the
// sender's.
var ofSender = says(`\bsender\b.{0,30}\b(reject\w*|verif\w*|denied|unknown|invalid)`,
	`(unknown|invalid|bad|verify) sender`)

// ofRecipient returns the meaning of an answer to RCPT. Servers delay refusals of
// the client and the sender until RCPT (Postfix: smtpd_delay_reject), so only an
// answer about the mailbox counts against it: an enhanced code of addresses, or
// words where there is no specific code.
func (r reply) ofRecipient() verdict {
	class, detail := r.subject()
	words := r.withoutAddresses()
	switch {
	case !r.is(5):
		return r.passing()
	case class == 1 && (detail == 7 || detail == 8), class == 1 && ofSender.MatchString(words):
		return sender
	case class == 1:
		return mailbox
	case class == 2 && detail == 1 && (saysMailbox.MatchString(words) || saysInactive.MatchString(words)):
		return mailbox // disabled
	case class == 2 && detail == 2:
		return full
	case saysLimit.MatchString(words) && class == 2:
		return passes // what the mailbox takes in an hour
	case saysLimit.MatchString(words):
		return limit
	case class < 0 && (r.code == 552 && !saysMailbox.MatchString(words) || saysFull.MatchString(words)):
		return full
	case class == 7 && detail >= 129 && detail <= 134:
		return policy // of the mailbox, such as a group that only its members write to
	}
	if v := r.ofUs(); v != passes {
		return v
	}
	if class < 0 && saysMailbox.MatchString(words) && !saysPolicy.MatchString(words) {
		return mailbox
	}
	return policy
}

// ofContent returns the meaning of an answer to DATA, and to the message. Only an
// answer about the message counts against it; servers delay refusals of the client,
// the sender or the rate until here too.
func (r reply) ofContent() verdict {
	class, detail := r.subject()
	words := r.withoutAddresses()
	switch {
	case !r.is(5):
		return r.passing()
	case class == 2 && detail == 2:
		return full
	case class == 3 && detail != 4:
		return policy // the state of the server
	case class == 3, class == 6, saysTooLarge.MatchString(words):
		return content
	case saysLimit.MatchString(words):
		return limit
	case class == 4:
		return policy // the state of the network
	case class < 0 && saysFull.MatchString(words):
		return full
	case class == 1 && detail != 7 && detail != 8 && !ofSender.MatchString(words):
		return mailbox
	}
	ofItself := saysContent.MatchString(urls.ReplaceAllString(words, " "))
	if ofItself && !saysClient.MatchString(words) {
		return content
	}
	if v := r.ofUs(); v != passes {
		return v
	}
	if ofItself || class == 5 {
		return content
	}
	return policy
}

// urls in an answer are ignored: a page about spam explains why a client is blocked.
var urls = regexp.MustCompile(`https?://\S+`)

// ofSender returns the meaning of an answer to MAIL.
func (r reply) ofSender() verdict {
	if !r.is(5) {
		return r.passing()
	}
	if class, detail := r.subject(); class == 3 && detail == 4 || saysTooLarge.MatchString(r.withoutAddresses()) {
		return content
	}
	if saysLimit.MatchString(r.withoutAddresses()) {
		return limit
	}
	if v := r.ofUs(); v != passes {
		return v
	}
	return sender
}

// ofUs returns what an answer refuses about the client, which the operator has to
// fix, else passes.
func (r reply) ofUs() verdict {
	class, detail := r.subject()
	words := r.withoutAddresses()
	switch {
	case saysEncryption.MatchString(words), r.code == 538, class == 7 && (detail == 10 || detail == 11):
		return encryption
	case r.code == 530, r.code == 534, r.code == 535, saysLogin.MatchString(words):
		return login
	case class == 7 && (detail >= 20 && detail <= 24 || detail == 26 || detail == 27):
		return sender
	case saysRelay.MatchString(words):
		return relay
	case saysGreeting.MatchString(words), class == 7 && detail == 25:
		return greeting
	case saysListed.MatchString(words):
		return listed
	case saysSender.MatchString(words):
		return sender
	}
	return passes
}

// passing returns the meaning of a temporary answer.
func (r reply) passing() verdict {
	class, detail := r.subject()
	words := r.withoutAddresses()
	if class == 2 && detail == 2 || class <= 2 && saysFull.MatchString(words) && !saysLimit.MatchString(words) {
		return full
	}
	return passes
}

// subject returns the two numbers after the class of the enhanced code, and -1
// where there is no specific one: X.0.0, X.3.0, and X.5.0, which one of the largest
// services puts before every text.
func (r reply) subject() (subject, detail int) {
	_, err := fmt.Sscanf(r.enhanced, "%d.%d.%d", new(int), &subject, &detail)
	if err != nil || subject == 0 || (subject == 3 || subject == 5) && detail == 0 {
		return -1, -1
	}
	return subject, detail
}
