// Package editx turns EDItX documents into order.Order and back.
//
// One table, the grammar of [EDItX] Trade Order 1.0 to 1.3, says for every
// element where it stands, how often, and which member of the order it is.
// [Decode] and [Encode] both walk that table, so that what can be read can be
// written, and in the order of the schema.
//
// Reading is one pass over tokens, behind a gate that refuses what no honest
// order contains. What a sender does against the schema without harm is taken
// and told as a [Finding]; what cannot be understood is refused, with every
// fault at once. An element that the grammar does not know, and a known one
// that holds nothing, is kept as it is and put back where it stood.
//
// Comments, white space between elements, and attributes of EDItX's own
// elements are no content and are not kept. The sender's bytes as they came are
// the business of others.
//
// [EDItX]: https://www.editeur.org/50/Trade-Book-Supply/
package editx
