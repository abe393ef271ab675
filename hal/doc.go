// Package hal writes and reads the HAL+JSON documents of order types.
//
// There are two generations. The legacy documents (AppendItem, AppendOrder) are
// those of the Boknett order API, byte for byte the same for the same order,
// and appended by hand since every poller requests them. The documents under
// /v2 (Order, Line, List, History, Event, Feed, Webhook, Delivery, Attempt) are
// clean HAL (draft-kelly-json-hal-11) with RFC 3339 times and all data; the
// same structs read them. Embedded resources have a self link that can be
// requested, a document links to what its reader may do in its current state,
// no relation is both a template and embedded, and each of ours, bk:…, has a
// page. The feed is requested most often, so it is appended by hand as well.
package hal
