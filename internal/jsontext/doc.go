// Package jsontext writes JSON as JSON.stringify of JavaScript writes it: texts
// as they are, with the escapes that JSON demands and no other. Receivers of
// signed bodies exist that verify the parsed body written again; they get the
// bytes that were signed.
package jsontext
