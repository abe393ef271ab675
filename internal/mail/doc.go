// Package mail sends e-mails over SMTP. It is the only package with go-mail.
//
// A [Message] goes to one recipient, as plain text and as HTML, with
// attachments. [Sender.Send] hands it to the operator's mail server over TLS and
// returns the result. Nothing is queued here: the caller keeps a durable queue
// of its own. An [Error] holds a message for the operator and says whether a
// retry can help.
//
// The SMTP session is implemented here, because mail servers differ in what they
// offer, refuse and answer, and the operator is shown their answers in full.
// go-mail provides the login mechanisms and the MIME writer. A [Sender] opens a
// bounded number of connections and sends several messages on each.
//
// A message that the server accepted and whose answer was lost is sent again
// by the caller with the same Message-ID, by which mail programs recognise it.
package mail
