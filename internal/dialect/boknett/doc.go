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
//   - A tag names the epoch of the store, so one from before a restore is known
//     as such: If-None-Match is 200, If-Match is 412 and says so. Proxies that
//     compress weaken tags or lengthen them (W/"…", "…-gzip", "…;gzip"); such a
//     tag counts by what it names, for If-Match as well, where RFC 9110, 13.1.1
//     wants a strong comparison: behind such a proxy nobody could change
//     anything. What is no tag matches nothing in If-None-Match, and is 400 in
//     If-Match, since the change would else be made without its guard.
//   - Refusals are problem documents (RFC 9457); the original says "40x".
//     The token service keeps the error form of OAuth 2.0.
//   - mode is required, as the newest page says; early versions took ALL when
//     it was absent, as /v2/orders does. ALL is still taken.
//   - The Date header is judged with the Boknett scheme only.
//   - An order shows why it failed, and /editx/original gives the bytes that
//     the sender sent.
//   - The lines of an order have a self link, in the legacy documents too:
//     clients of HAL drop what is embedded without one. GET …/lines/{lineId}
//     answers the line.
//   - Under /v2 an order links to what its reader may do as it stands
//     (bk:answer, bk:respond, bk:reduce, bk:cancel) and to what the reader can
//     read; a link that would be refused is not there. What is embedded is a
//     document of its own as well: …/lines/{lineId}, …/history/{number}, and the
//     attempts of a delivery. Links that are templates may be followed without
//     values; /v2/orders is then ALL from the beginning, or what the cursor in
//     next was given for.
//   - POST /v2/orders answers 201 with the order, since clients of HAL follow
//     that and no 202, and the same order again in the same way, with
//     Idempotency-Replayed. It is stored by then and may still be UNPROCESSED.
//     An EDItXMessage is answered by its acknowledgement there too.
//   - GET /v2/feed gives every change that the party could see, oldest first,
//     each under a number of the party's own: the numbers begin at 1 and have no
//     holes, so a reader that has all of them up to head has everything. after
//     is the last number that the reader has (0 when left out), limit the
//     greatest number of changes (100, at most 1000). With wait (seconds, at
//     most 50) it answers as soon as there is something, else with an empty
//     page when the time is over or the server stops, and after 45 s at the
//     latest, since proxies end what has been silent for 50; its link next goes
//     on behind the page in any case. Of an order that the party sees no longer a
//     change has number, kind hidden, time and a self link alone. next also has the epoch in
//     which its number counts, so whoever follows it goes on after a restore; an
//     after that is beyond head all the same is 422 feed-ahead.
//   - POST /v2/feed/ack with {"through": N} says that the party has read its
//     feed up to N, and answers head and acknowledged. With "epoch" beside it, that
//     of the number, what was read and then lost in a restore is not acknowledged:
//     its number may be another change's by now. A number that is not
//     greater than the last changes nothing; one beyond head is 422 ack-ahead.
//     The link ack of a page names the epoch of its numbers, and epoch beside
//     through does the same: a number from before a restore acknowledges no
//     more than what is still there.
//     The history under /v2 shows the sending side of an order as fetched when
//     the receiver first acknowledged each event.
//   - GET /v2/events tells the changes of the feed as they happen, as
//     Server-Sent Events: id is EPOCH-NUMBER with the change number, event the
//     type, data the body of a webhook. Last-Event-ID, or after, goes on behind an
//     id; without either the stream begins now. After a restore an id from before
//     goes on at the restored point. A number without an epoch (after takes one
//     in a parameter of its own) may be from before a restore, and counts in the
//     store's first epoch. A Last-Event-ID that is no id begins behind after, else
//     at the first change: EventSource ends for good on a refusal. A parameter
//     lastEventId is as good as the header, for polyfills send it. events holds
//     types and patterns with commas between. What is hidden or not wanted is
//     passed over.
//   - No block of a stream is without data: clients hand it on as an event. A
//     listener that begins now, and one for which 1000 changes were passed over or
//     that heard nothing for an hour, gets its place as an event of type place. A
//     comment line every 15 s shows that the stream lives.
//   - A stream is cut off, without its last chunk (over HTTP/1.0 by a reset), with
//     its ticket, when the server stops, and for a listener that does not read for
//     a minute: clients exist that take a tidy end for the end of all events. Where
//     the server is full, or cannot answer just now, a request that accepts
//     text/event-stream and no JSON is answered 200 with retry and cut: EventSource
//     ends for good on a 503.
//   - The Date of a request for the stream may be as old as it likes, for
//     EventSource sends its first headers again. When the ticket or token has
//     ended the answer is 401 all the same; a fresh one is the client's to fetch.
//   - What is sent again by hand comes over the stream as event: resend, without
//     an id. It is told by the process that carries the wish out, to those who
//     listen there at that moment: where several replicas serve, the others hear
//     nothing. It is no change, and nothing is lost by missing it.
//   - /v2/webhooks has the endpoints of the party that asks. The secret of an
//     endpoint is in the answers that make one, POST on the collection and
//     …/rotate, and in no other. An endpoint of another party is 404 like none.
//     format names the dialect whose events and form an endpoint gets; without
//     it they are those of Standard Webhooks. PATCH takes a merge patch (RFC 7396)
//     under its media type and as application/json: null takes description, events
//     (then all), headers or one of them away; url cannot be taken away. A rotated
//     secret signs for a day from its rotation on, however many there are.
//   - POST …/lines/{lineId} takes one L or two in every FULFILLED word;
//     answers have the documented spellings. It also takes code (EDItEUR's
//     order line status), expected_date, quantities (shipping, backordered and
//     cancelled, which add up to what was ordered) and substitute. /v2, the
//     history and the EDItX answers show them; the legacy document keeps its
//     shape.
//   - A line's answer also takes facts, an object of texts, for an order that
//     came by another dialect: that dialect says which it knows, and for an order
//     of this one they are 422 facts-not-taken. Facts belong to the order's own
//     dialect, so no document here shows them, to either side. The history and
//     the feed show an order's moves in its own dialect as moved, with that
//     dialect's words in from and to.
//   - Documents are read as strictly as the sender's own profile says, which
//     the operator sets: strict, trade or lenient.
//   - What was there and is kept no longer is 410 for those who could see it:
//     old orders that the operator retires, and documents that expired or were
//     erased with the personal data of their order.
//   - GET …/response and …/status-report give the answers to an order as EDItX
//     OrderResponse and OrderStatusReport. POST …/response takes the receiver's
//     OrderResponse, all of it or nothing, and answers 200 with {"missing":
//     [lines]} and the header Missing-Lines: the lines that nobody has answered
//     yet. They stay as they are; nothing is made of silence.
//   - POST …/cancellation takes the sender's OrderCancelation; with no body at
//     all it withdraws everything that is neither fulfilled nor rejected.
//
// Numbers in JSON, wherever a member takes one:
//
//   - A number counts by its value: -1, -1.0 and -1e0 take one copy back, and
//     2.5015E+2 is the price 250.15. As a product's number 9.788202337926E12 is
//     9788202337926. In quotes a price is digits with a full stop, and a number of
//     copies is refused, as in the original.
//   - Prices have up to nine decimals. Programs that compute in binary floating
//     point write the rest that it leaves, which counts for nothing:
//     250.15000000000001 is 250.15, because both are the same double, and
//     59.699999999999996 and 0.30000000000000004 are rounded to the ninth decimal,
//     59.7 and 0.3. That never changes an amount that can be paid, while a refusal
//     would be of a sum that is right. A number of fewer than 14 digits is no such
//     rest: with a tenth decimal it is refused.
//   - An empty list passes for an empty object and the other way round, because
//     PHP writes [] for both and Lua {}. Where an object must say something, {} and
//     [] are refused alike. substitute may be either: [] names no product, and {} is
//     a product without a number, which is refused.
//
// Messages of many orders, which the original does not have:
//
//   - POST /orders also takes an EDItXMessage. Each document is an order or a
//     refusal of its own, and the answer is an EDItXMessageAcknowledgement with
//     a row for each: 202 when at least one was accepted, 422 when none was. A
//     message that cannot be read as one is a problem document, as is a failure
//     on our side: the sender sends the message again, and no order is taken
//     twice.
//   - What says Accepted is kept for ever; whether it finds its receiver is
//     told by the order itself, as for an order that comes alone.
//   - The same message again gives the same rows with the first addresses and
//     Idempotency-Replayed: true. A number that was left out, that is no
//     greater than the last, or that came before with other content makes the
//     message OutOfSequence, in words too; its good documents are taken all the
//     same, for a lost order is the worst that can happen. A message that
//     contradicts its own header, or has a refused document, is PayloadErrors.
//   - GET …/message gives a page of the list as one EDItXMessage, by the list's
//     rules for mode, fromDate, next, pagesize, ETag, Next and Link; fromDate
//     may be left out. Nothing new is 204 with the cursor. A page ends early
//     where its orders would be more than a message may hold.
//   - Such a message is made of its page alone, so the same page is the same
//     bytes. InterchangeReference is PARTY-MODE-FIRST-LAST with the change
//     numbers of the page, MessageNumber the last of them: it grows and has
//     gaps, for completeness is the cursor's to prove. Sender is the exchange,
//     as its public address under the type Proprietary, since it has no number
//     in the trade; Receiver is the party that asks. PurposeCode is Original
//     for SENT_TO_ME, otherwise Duplicate: the party has its own orders already.
//     SentDateTime is the page's last change.
//
// An order here is a document, and of what it says nearly all is in HAL under
// /v2 and in EDItX; the legacy documents have the members of the original alone.
//
// What other dialects do not show of a document, and neither HAL nor EDItX has,
// so that it is found in …/editx/original alone:
//
//   - comments between the elements
//   - version, of EDItX, that the document says it has
//
// Real clients set the traps that this package walks around; traps_test.go shows
// each of them.
package boknett
