// Package hal writes and reads the HAL+JSON documents of order types.
//
// There are two generations. The legacy documents (AppendItem, AppendOrder)
// are those of the Boknett order API, byte for byte the same for the same
// order, written by hand because every poller asks for them. The documents
// under /v2 (Order, List, History, Feed, Webhook, Delivery) are clean HAL
// (draft-kelly-json-hal-11) with RFC 3339 times and everything that is known; the
// same structs read them. The feed is asked for most of all, so it is written by
// hand as well.
package hal
