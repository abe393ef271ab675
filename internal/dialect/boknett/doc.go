// Package boknett speaks the order API of the Norwegian book trade: the
// ticket service, the access token service, and the order resources, in the
// documents of the legacy generation and, under /v2, in clean HAL.
//
// Three surfaces carry the same operations: /orders and /orders/v1 with the
// legacy documents, /v2/orders with everything that is known and a history.
// Links stay on the surface that a request came in on.
//
// Where it departs from its original, always towards more:
//
//   - A list has a Next header with a cursor, and takes next and pagesize, as
//     the sister export API does. Without them the whole list comes.
//   - Orders and lists have strong ETags; a reader that sends one back pays
//     for an unchanged answer with one read. If-Match guards a change.
//     If-Modified-Since is not looked at: its seconds are too coarse.
//   - Refusals are problem documents (RFC 9457); the original says "40x".
//     The token service keeps the error form of OAuth 2.0.
//   - mode is required, as the newest page says; early versions took ALL when
//     it was absent. ALL is still taken.
//   - The Date header is judged with the Boknett scheme only.
//   - An order shows why it failed, and /editx/original gives the bytes that
//     the sender sent.
//   - POST …/lines/{lineId} takes one L or two in every FULFILLED word;
//     answers have the documented spellings.
//
// Real clients set the traps that this package walks around: see
// reference/boknett.md, section b, and the test of the same name.
package boknett
