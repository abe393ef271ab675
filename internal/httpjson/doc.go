// Package body reads what requests carry and writes what answers do: bounded,
// as it came, and JSON in which no name stands twice.
//
// How much is taken, how deep JSON may be nested and what a document must say
// is for each dialect; that all refuse the same fault in the same words is for
// this package, and so is what a number in JSON means. After [JSON.Object]
// encoding/json reads a body without surprise.
package httpjson
