// Package jsontext writes JSON as JavaScript's JSON.stringify does: texts with
// the escapes that JSON requires and no others. Some receivers of signed bodies
// verify the parsed body written again; they get the bytes that were signed.
package jsontext
