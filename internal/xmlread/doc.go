// Package xmlread turns the bytes of an XML document into tokens that are safe
// to use: well-formed, in UTF-8, within limits, and without a DOCTYPE.
//
// [Load] checks the size, converts the encoding to UTF-8 and scans a large
// document for oversized constructs. A [Reader] returns its tokens one by one,
// with namespaces and positions. Errors are [order.Error] values whose code
// begins with "xml-", with line, column, path and a hint.
//
// [Canonical] and [Standalone] turn one element of a document into text of its
// own; [Writer] writes elements with everything escaped.
//
// The package knows no document format. What error texts say of one, and what
// is counted in it, is in a [Format].
package xmlread
