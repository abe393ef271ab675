// Package hal writes and reads the HAL+JSON documents of order types.
//
// There are two generations. The legacy documents (AppendItem, AppendOrder)
// are those of the Boknett order API, byte for byte the same for the same
// order, written by hand because every poller asks for them. The documents
// under /v2 (Order, Line, List, History, Event, Feed, Webhook, Delivery, Attempt)
// are clean HAL (draft-kelly-json-hal-11) with RFC 3339 times and everything that
// is known; the same structs read them. Whatever is embedded has a self link
// that answers, a document links to what its reader may do as things stand, no
// relation is both a template and embedded, and each of ours, bk:…, has a page.
// The feed is asked for most of all, so it is written by hand as well.
package hal
