// Package mailtest is an SMTP server for tests: [Server] accepts e-mails as a
// library implements the protocol, [ScriptedServer] answers as a script says.
package mailtest
