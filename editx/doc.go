// Package editx turns EDItX documents into order.Order and back.
//
// One table, the grammar of [EDItX] Trade Order 1.0 to 1.3, defines for every
// element its position, how often it may occur, and which member of the order it
// is. [Decode] and [Encode] both use that table, so that what can be read can be
// written, and in the order of the schema.
//
// # Reading
//
// Reading is one pass over the tokens of an xmlread.Reader, which refuses a
// DOCTYPE and excessive depth, size or number under every profile. An element
// that the grammar does not know is stored unchanged and written back where it
// was, and so is a known one that is empty, if the schema allows that.
//
// The encoding is that of the byte order mark, else of the [Charset] that came
// with the document, else of the XML declaration: UTF-8, UTF-16, and the
// single-byte encodings in use in Europe. Where the bytes contradict a label,
// they take precedence, with a finding. UTF-32, EBCDIC and others are errors that
// name the encoding.
//
// Comments, processing instructions, white space between elements, and
// attributes of EDItX's own elements are not content and not stored. The caller
// stores the sender's bytes.
//
// Values are read in every unambiguous spelling: codes in another case, dates of
// ISO 8601, decimals as JavaScript and PHP write them, numbers with invisible
// characters. Ambiguous values are refused: 1,234 is a thousand in one country
// and one and a bit in another, 12/01/2026 is January or December. Texts for
// people are never changed.
//
// # Findings and profiles
//
// Every departure from EDItX is a [Finding] with its code, its position, the value
// that was read, and a sentence that ends in what to do. All are collected. A
// [Profile] decides which of them refuse the document: [Strict] requires the
// public schema, [Trade] what a receiver can process, and [Lenient] tolerates
// mistakes. [Check] returns the findings of a document of any known kind, and
// [Explain] the explanation of a code.
//
// The public schemas are those of Trade Order 1.1 and 1.2. For 1.3, whose schema
// is not public, the tree of 1.2 applies, with the code values that came later;
// 1.0 has none, and Strict says so.
//
// # Writing
//
// [Encode] writes version 1.3 and [EncodeVersion] also 1.1 and 1.2, in UTF-8 and
// in the order of the schema, without empty elements except those that the sender
// wrote and the schema allows. Values are written in the form of the schema. Texts
// are not changed: carriage returns are written as references, and a character
// that XML does not have is an error and never replaced. An order is written
// completely or not at all.
//
// [EDItX]: https://www.editeur.org/50/Trade-Book-Supply/
package editx
