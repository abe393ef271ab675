package mail

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/mail/mailtest"
)

// TestWhichRefusalsAreFinal says what refuses an e-mail for good, and what does not.
func TestWhichRefusalsAreFinal(t *testing.T) {
	const here = "<kari@forlag.example>: "
	for _, c := range []struct {
		verb, answer string
		final        bool
		words        string
	}{
		{"RCPT", "550 5.1.1 " + here + "Recipient address rejected: User unknown in virtual mailbox table", true, "for this address"},
		{"RCPT", "550-5.1.1 The email account that you tried to reach does not exist.\n550 5.1.1 Please try again.", true, "does not exist. Please try again."},
		{"RCPT", "553 5.1.2 We cannot find your recipient's domain", true, "for this address"},
		{"RCPT", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", true, "for this address"},
		{"RCPT", "550 User unknown", true, "for this address"},
		{"RCPT", "550 Unknown user", true, "for this address"},
		{"RCPT", "550 No such user here", true, "for this address"},
		{"RCPT", "550 no such recipient", true, "for this address"},
		{"RCPT", "550 Mailbox unavailable", true, "for this address"},
		{"RCPT", "550 5.5.0 Requested action not taken: mailbox unavailable", true, "for this address"},
		{"RCPT", "550 mailbox does not exist", true, "for this address"},
		{"RCPT", "550 Invalid recipient: " + here, true, "for this address"},
		{"RCPT", "550 Invalid recipient", true, "for this address"},
		{"RCPT", "550 Unrouteable address", true, "for this address"},
		{"RCPT", "550 5.0.0 " + here + "user not found", true, "for this address"},
		{"RCPT", "550 sorry, no mailbox here by that name (#5.1.1)", true, "for this address"},
		{"RCPT", "550 <relay.sender@forlag.example>: no such user", true, "for this address"},

		{"RCPT", "554 5.7.1 " + here + "Relay access denied", false, "does not relay for us"},
		{"RCPT", "550 relay not permitted", false, "does not relay for us"},
		{"RCPT", "550 5.7.1 Unable to relay", false, "does not relay for us"},
		{"RCPT", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", false, "does not relay for us"},
		{"RCPT", "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname", false, "name or address"},
		{"RCPT", "550 5.7.25 no reverse DNS", false, "name or address"},
		{"RCPT", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1", false, "blocks this machine"},
		{"RCPT", "550 Requested action not taken: mailbox unavailable. Your IP 192.0.2.1 is listed at the DNSBL", false, "blocks this machine"},
		{"RCPT", "550 5.1.8 <ordre@bookgate.example>: Sender address rejected: Domain not found", false, "e-mails from ordre@bookgate.example"},
		{"RCPT", "550 5.1.0 <ordre@bookgate.example>: Sender address rejected: User unknown in local recipient table", false, "e-mails from ordre@bookgate.example"},
		{"RCPT", "550 Sender verify failed", false, "e-mails from ordre@bookgate.example"},
		{"RCPT", "550 5.7.26 This mail has been blocked because it is not authenticated: DMARC", false, "operator"},
		{"RCPT", "530 5.7.0 Authentication required", false, "asks us to log in"},
		{"RCPT", "550 5.7.1 Client was not authenticated", false, "operator"},
		{"RCPT", "550 5.7.1 rejected by policy", false, "a rule of its own"},
		{"RCPT", "550 Access denied", false, "a rule of its own"},
		{"RCPT", "550 5.4.1 Recipient address rejected: Access denied", false, "a rule of its own"},
		{"RCPT", "554 transaction failed", false, "a rule of its own"},
		{"RCPT", "552 5.2.2 " + here + "Recipient address rejected: Mailbox is full", false, "the mailbox is full"},
		{"RCPT", "552 too much", false, "the mailbox is full"},
		{"RCPT", "550 user over quota", false, "the mailbox is full"},
		{"RCPT", "452 4.2.2 mailbox full", false, "the mailbox is full"},
		{"RCPT", "452 4.5.3 too many recipients", false, "now: 452"},
		{"RCPT", "450 4.2.0 " + here + "Greylisted", false, "now: 450"},
		{"RCPT", "450 4.7.1 Helo command rejected", false, "now: 450"},
		{"RCPT", "450 unknown user, perhaps", false, "now: 450"},
		{"RCPT", "452 4.3.1 Insufficient system storage", false, "now: 452"},
		{"RCPT", "550 5.3.0 " + here + "No such user here", true, "for this address"},
		{"RCPT", "552 1 Requested mail action aborted, mailbox not found", true, "for this address"},
		{"RCPT", "554 delivery error: This user doesn't have a mail.example account", true, "for this address"},
		{"RCPT", "550 5.2.1 This mailbox has been blocked due to inactivity", true, "for this address"},
		{"RCPT", "450 4.2.1 The user is receiving mail at a rate that prevents more", false, "now: 450"},
		{"RCPT", "550 5.7.133 Group; authentication required of the sender", false, "a rule of its own"},
		{"RCPT", "550 5.4.5 Daily relay sending limit exceeded", false, "no more from us for now"},
		{"RCPT", "550 Maximum credits exceeded", false, "no more from us for now"},

		{"MAIL", "550 who are you", false, "e-mails from ordre@bookgate.example"},
		{"MAIL", "530 5.7.0 Must issue a STARTTLS command first", false, "wants an encrypted connection"},
		{"MAIL", "530 5.7.1 Authentication required", false, "asks us to log in"},
		{"MAIL", "552 5.3.4 Message size exceeds fixed limit", true, "did not take the e-mail"},
		{"MAIL", "421 busy", false, "now: 421"},
		{"MAIL", "552 Message too large", true, "did not take the e-mail"},
		{"MAIL", "550 5.7.1 Daily message quota exceeded", false, "no more from us for now"},

		{"DATA", "554 5.5.1 Error: no valid recipients", true, "did not take the e-mail"},
		{"DATA.", "552 5.3.4 Message size exceeds fixed limit", true, "did not take the e-mail"},
		{"DATA.", "550 5.7.1 Message content rejected", true, "did not take the e-mail"},
		{"DATA.", "554 5.6.0 malformed", true, "did not take the e-mail"},
		{"DATA.", "552 5.2.2 Over quota", false, "the mailbox is full"},
		{"DATA.", "550 5.7.1 Relaying denied", false, "does not relay for us"},
		{"DATA.", "550-5.7.26 Unauthenticated email is not accepted due to the domain's DMARC policy\n550 5.7.26 see the page", false, "e-mails from"},
		{"DATA.", "554 5.7.1 blocked using bl.example", false, "blocks this machine"},
		{"DATA.", "451 later", false, "now: 451"},
		{"DATA.", "454 Throttling failure: Daily message quota exceeded.", false, "now: 454"},
		{"DATA.", "452 4.3.1 Insufficient system storage", false, "now: 452"},
		{"DATA.", "554 5.3.1 Mail system full", false, "a rule of its own"},
		{"DATA.", "554 5.4.14 Hop count exceeded", false, "a rule of its own"},
		{"DATA.", "554 Transaction failed", false, "a rule of its own"},
		{"DATA.", "550 5.7.1 Rate limit exceeded", false, "no more from us for now"},
		{"DATA.", "550 5.4.5 Daily user sending limit exceeded", false, "no more from us for now"},
		{"DATA.", "554 5.7.1 You have exceeded the daily sending quota of your account", false, "no more from us for now"},
		{"DATA.", "554 Message rejected: Email address is not verified.", false, "e-mails from"},
		{"DATA.", "554 Message rejected: Sending paused for this account.", false, "e-mails from"},
		{"DATA.", "550 The from address does not match a verified Sender Identity.", false, "e-mails from"},
		{"DATA.", "550 5.7.515 Access denied, sending domain forlag.example does not pass authentication", false, "e-mails from"},
		{"DATA.", "550 5.7.708 Access denied, traffic not accepted from this IP", false, "blocks this machine"},
		{"DATA.", "554 5.7.1 Your IP is listed, see https://bl.example/spam", false, "blocks this machine"},
		{"DATA.", "550 5.7.1 This message has been blocked: likely unsolicited mail", true, "did not take the e-mail"},
		{"DATA.", "550 5.7.1 Server detected spam in the message", true, "did not take the e-mail"},
		{"DATA.", "550 maximum message size exceeded: 25600000", true, "did not take the e-mail"},
		{"DATA.", "552 Message size exceeds the daily limit of 1 MB", true, "did not take the e-mail"},

		{"GREETING", "554 5.7.1 mail.example your IP is blocked, see the list", false, "blocks this machine"},
		{"GREETING", "421 4.3.2 too many connections", false, "e-mails now: 421"},
		{"EHLO", "550 5.7.1 bad name", false, "name or address"},
	} {
		_, s := plainly(t, mailtest.Script{Says: func(verb string, _ int) string {
			if verb == c.verb {
				return c.answer
			}
			return ""
		}})
		e := faultOf(t, s)
		if e.Final != c.final || !strings.Contains(e.PublicMessage, c.words) || strings.Contains(e.PublicMessage, "for this address") != (c.final && c.verb == "RCPT") {
			t.Errorf("%s %q: final %t, %q; want %t, %q", c.verb, c.answer, e.Final, e.PublicMessage, c.final, c.words)
		}
		if code := c.answer[:3]; fmt.Sprint(e.Code) != code || strings.Count(e.PublicMessage, c.answer[4:]) > 1 {
			t.Errorf("%s %q: code %d, %q", c.verb, c.answer, e.Code, e.PublicMessage)
		}
		operators := strings.Contains(e.PublicMessage, "the operator has to mend")
		ofOne := strings.Contains(e.PublicMessage, "a rule of its own") || strings.Contains(e.PublicMessage, "for now")
		if ofAll := operators && !ofOne || c.verb == "GREETING" || c.verb == "EHLO"; e.Server != ofAll {
			t.Errorf("%s %q: of every e-mail is %t", c.verb, c.answer, e.Server)
		}
		if later := c.answer[0] == '4' || c.final || strings.Contains(e.PublicMessage, "mailbox is full"); operators == later {
			t.Errorf("%s %q: the operator's to mend is %t, %q", c.verb, c.answer, operators, e.PublicMessage)
		}
	}
}

func TestServersWordsAreWhole(t *testing.T) {
	long := strings.Repeat("x", 90)
	_, s := plainly(t, mailtest.Script{Says: func(verb string, _ int) string {
		if verb == "RCPT" {
			return "550-5.7.1 Our system has found that\n550-5.7.1 \x1b[31myour\u202e message " + long + "\n550-5.7.1 " + long + "\n550 5.7.1 see https://mail.example/why"
		}
		return ""
	}})
	if e := faultOf(t, s); !strings.Contains(e.PublicMessage, "550 5.7.1 Our system has found that [31myour message "+long+" "+long+" see https://mail.example/why") {
		t.Errorf("%q", e.PublicMessage)
	}
	_, s = plainly(t, mailtest.Script{Says: func(verb string, _ int) string {
		if verb == "RCPT" {
			return "550 " + strings.Repeat("ø", 5000)
		}
		return ""
	}})
	if e := faultOf(t, s); strings.Count(e.PublicMessage, "ø") > maxReply || strings.Count(e.PublicMessage, "ø") < maxReply-20 {
		t.Errorf("%d characters", len([]rune(e.PublicMessage)))
	}
}

func TestAnswersThatAreNotSMTP(t *testing.T) {
	for _, verb := range []string{"GREETING", "EHLO", "RCPT", "DATA."} {
		_, s := plainly(t, mailtest.Script{Says: func(v string, _ int) string {
			if v == verb {
				return "HTTP/1.1 400 Bad\u202eRequest"
			}
			return ""
		}})
		if e := faultOf(t, s); e.Final || !strings.Contains(e.PublicMessage, "not SMTP") || !strings.Contains(e.PublicMessage, `HTTP/1.1 400 Bad\u202eRequest`) {
			t.Errorf("%s: %+v", verb, e)
		}
	}
}
