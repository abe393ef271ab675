// Package editx turns EDItX documents into order.Order and back.
//
// One table, the grammar of [EDItX] Trade Order 1.0 to 1.3, says for every
// element where it stands, how often, and which member of the order it is.
// [Decode] and [Encode] both walk that table, so that what can be read can be
// written, and in the order of the schema.
//
// # Reading
//
// Reading is one pass over tokens, behind a gate that refuses what no honest
// order contains: a DOCTYPE, excessive depth, size or number. Such is refused
// under every profile, at small cost. An element that the grammar does not know
// is kept as it is and put back where it stood, and so is a known one that holds
// nothing, if the schema takes it so.
//
// The encoding is that of the byte order mark, else of the [Charset] that came
// with the document, else of the XML declaration: UTF-8, UTF-16, and the
// encodings of one byte that offices in Europe write. Where the bytes themselves
// say otherwise than a label, they are believed, with a finding. UTF-32, EBCDIC
// and others are refused by name.
//
// Comments, processing instructions, white space between elements, and
// attributes of EDItX's own elements are no content and are not kept. The
// sender's bytes as they came are the business of others.
//
// Values are read in every spelling that has one meaning: codes in another case,
// dates of ISO 8601, decimals as JavaScript and PHP write them, numbers with
// characters that nobody sees. What has two meanings is refused: 1,234 is a
// thousand here and one and a bit there, 12/01/2026 is January or December.
// Texts for people stay as they are, to the last character.
//
// # Findings and profiles
//
// Every departure from EDItX is a [Finding]: its code, its place, what was seen,
// and a sentence that ends in what to do. All are collected. A [Profile] decides
// which of them refuse the document: [Strict] asks for the public schema, [Trade]
// for what a receiver can process, and [Lenient] forgives slips. [Check] reports
// on a document of any kind that is known here, and [Explain] says at length what
// a code means.
//
// The public schemas are those of Trade Order 1.1 and 1.2. For 1.3, whose schema
// is not public, the tree of 1.2 is asked, with the code values that came later;
// 1.0 has none, and Strict says so.
//
// # Writing
//
// [Encode] writes version 1.3 and [EncodeVersion] also 1.1 and 1.2, in UTF-8 and
// in the order of the schema, without empty elements save those that the sender
// wrote and the schema takes. Values are written in the form of the schema,
// however they were spelt. Texts are never touched: carriage returns are written
// as references, and a character that XML does not have is refused, not replaced.
// Nothing is written of an order that cannot be written whole.
//
// [EDItX]: https://www.editeur.org/50/Trade-Book-Supply/
package editx
