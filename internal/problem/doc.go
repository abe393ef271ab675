// Package problem turns an order.Error into an HTTP status and an RFC 9457
// problem document.
//
// Every code that bookgate answers with stands in the catalogue with a title,
// a cause and a remedy, and has a page of its own under /problems/.
package problem
