// Package mail sends letters over SMTP; the only room with go-mail.
//
// A [Letter] goes to one person, as plain text and as HTML, with attachments.
// [Sender.Send] hands it to the operator's mail server over TLS and tells at
// once what came of it: nothing is queued here, for whoever sends keeps its own
// durable list. An [Error] says in words what went wrong, and whether trying
// again can help.
//
// The session is our own: mail servers differ in what they offer, refuse and say,
// and the operator reads their words whole. Of go-mail it has the mechanisms of
// the login and the writer of messages. A [Sender] opens a bounded number of
// connections and hands several letters over on each.
//
// A letter that the server has taken and whose answer got lost is sent again
// by its owner with the same Message-ID, by which mail programs know it.
package mail
