// Package problem turns an order.Error into an HTTP status and an RFC 9457
// problem document.
//
// Every code that bookgate answers with stands in the catalogue with a title,
// a cause and a remedy, and has a page of its own under /problems/.
//
// A client that accepts a stream of events and nothing else hears of a problem
// that may pass in a stream, for EventSource stops on any other answer.
package problem
