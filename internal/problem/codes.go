package problem

import "slices"

// The codes of the server itself.
var serverCodes = []Entry{
	{CodeInternal, "Internal error", "Something failed that should not fail.", "Try again; if it stays, tell the operator the request id."},
	{"not-found", "Nothing at this address", "The path is none of this server's.", "Compare the path with the API's description; /orders, /v1/tickets and /oauth/token are the usual ones."},
	{"method-not-allowed", "Method not allowed", "The resource is there and does not take this method.", "Use one of the methods in the Allow header."},
	{"body-too-large", "Body too large", "The request body passes the limit that the answer names.", "Send less at once."},
	{"body-unreadable", "Body could not be read", "The connection ended, or stood still, before the body was complete.", "Send the request again; nothing was changed."},
	{"busy", "Too many requests at once", "The server is answering as many requests as it may, of all or of one party, or their bodies take as much memory as they may.", "Wait for the time in Retry-After and send the request again; nothing was changed."},
	{"waiting-full", "Too many requests that wait", "As many requests as may, of all or of one party, are waiting for something to happen.", "Ask again after the time in Retry-After, or without wait."},
	{"stopping", "The server is stopping", "The server takes no new work because it is being stopped or replaced.", "Send the request again; another process will answer."},
}

// The codes of logging in and of credentials.
var loginCodes = []Entry{
	{"login-malformed", "The login cannot be read", "The form has no user name or no password.", "Send username and password as an application/x-www-form-urlencoded body."},
	{"credentials-wrong", "User name or password is wrong", "No user has this name and password.", "Check both; percent-encode special characters of the password in the form."},
	{"login-busy", "Too many logins at once", "As many logins wait to be checked as may. It does not count as a wrong password.", "Send it again after the time in Retry-After. A ticket is good for two hours: log in once, not for every request."},
	{"login-throttled", "Too many wrong passwords", "There were many wrong passwords in a short time, for this user or from this address.", "Wait for the time in Retry-After. An address from which the user has logged in within the last 30 days is held back by wrong passwords for that user from there alone, never by guesses from elsewhere or at others. Where all clients seem to have one address, the operator has not named the proxy: --trusted-proxy."},
	{"credential-missing", "No credential", "The request has no Authorization header.", "Fetch a ticket at /v1/tickets or a token at /oauth/token and send it in Authorization."},
	{"permission-missing", "Key without this permission", "The key that came with the request does not allow what was asked for.", "Ask the operator of the exchange for a key that has the permission."},
	{"credential-malformed", "The Authorization header cannot be read", "It is not a scheme, a blank and one ticket or token.", "Write: Authorization: Boknett TGT-… or Authorization: Bearer …"},
	{"ticket-unknown", "Ticket or token not known", "It was never issued here, has been logged out, or ended long ago.", "Fetch a new one."},
	{"ticket-expired", "Ticket or token has ended", "Tickets live two hours, tokens one; using them does not prolong them.", "Fetch a new one."},
	{"stream-token-invalid", "Stream token not valid", "The token in the address of the stream was not issued here, or is damaged.", "Ask for a new one at /v2/events/token."},
	{"stream-token-expired", "Stream token has ended", "A stream is begun within a minute of asking for its token.", "Ask for a new one at /v2/events/token and connect at once."},
	{"date-missing", "Date header missing", "With the Boknett scheme every request carries its time.", "Send Date in RFC 1123 form and GMT, or use a Bearer token, which needs no Date."},
	{"date-malformed", "Date header cannot be read", "It is not a date in RFC 1123 form.", "Write it like this: Tue, 10 Jun 2014 16:23:42 GMT"},
	{"date-language", "Date header in another language", "RFC 1123 dates use English names of days and months.", "In a shell: LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S GMT'"},
	{"date-zone", "Zone of the Date header", "The zone is not one that has a single meaning.", "Send the time in GMT."},
	{"date-skew", "Date header too far from server time", "The clocks of client and server differ by more than the window.", "Set the client's clock (NTP); send the time in GMT, not local time."},
	{"user-disabled", "User is disabled", "Name and password are right, and the operator has ended the user's access.", "Ask the operator of the exchange."},
	{"client-wrong", "Client id or secret is wrong", "No client has this id and secret.", "Use the pair that was printed when the client was added."},
	{"audience", "Token for another service", "The audience asked for is not this order API.", "Use the address of the order API, ending in /orders/, or leave the audience out."},
	{"grant-unsupported", "Grant type not supported", "Only client_credentials is given here.", "Send grant_type=client_credentials."},
	{"grant-malformed", "The token request cannot be read", "A field is missing or the body is neither form nor JSON.", "Send grant_type, client_id and client_secret as form or JSON."},
}

// The codes of reading a request.
var requestCodes = []Entry{
	{"mode-missing", "mode is missing", "The list needs to know which side to show.", "Add mode=SENT_TO_ME, mode=SENT_BY_ME or mode=ALL."},
	{"mode-invalid", "mode is not known", "The value is none of the three modes.", "Use SENT_TO_ME, SENT_BY_ME or ALL."},
	{"fromdate-missing", "fromDate is missing", "Without a cursor the list needs a first time.", "Add fromDate=YYYYMMDDHHMMSS, or next= with the cursor of the last answer."},
	{"fromdate-invalid", "fromDate cannot be read", "It is not a calendar time of 14 digits.", "Write fromDate=YYYYMMDDHHMMSS."},
	{"fromdate-twice", "Two different dates", "fromDate and its old name updatedDate differ.", "Send fromDate alone."},
	{"parameter-malformed", "Parameter that cannot be decoded", "The query of the address has a % that begins no escape, or a semicolon that is not escaped.", "Encode every parameter: %25 for a per cent sign, %3B for a semicolon."},
	{"parameter-repeated", "Parameter given twice", "A query parameter stands there twice with different values.", "Send each parameter once."},
	{"cursor-invalid", "Cursor not valid", "The cursor is damaged, or belongs to another party or mode.", "Send the value of the Next header unchanged, with the mode it was given for; or start again with fromDate."},
	{"pagesize-invalid", "pagesize is not a number", "It must be a whole number from 1 to 1000.", "Leave it out for the default, or send a number."},
	{"parameter-invalid", "Parameter is not a number in its range", "A query parameter must be a whole number within the bounds that the answer names.", "Leave it out for its usual value, or send a number within the bounds."},
	{"through-missing", "through is missing", "The body does not say up to which number the feed was read.", "Send {\"through\": 17} with the number of the last change that was read."},
	{"through-invalid", "through is not a number", "The value is not a whole number from 0.", "Send {\"through\": 17} with the number of the last change that was read."},
	{"json-malformed", "JSON cannot be read", "The body is not one JSON object.", "Check quotes, commas and brackets at the place that the answer names."},
	{"json-duplicate-key", "Key given twice", "A JSON object has the same key twice; which one counts would be a guess.", "Send each key once."},
	{"json-type", "Value of the wrong type", "A value is not of the type that the field has.", "See the field that the answer names."},
	{"json-too-deep", "JSON nested too deep", "The body is nested deeper than anything this API has.", "Send the documented object."},
	{"media-type", "Media type not taken here", "The Content-Type is none that the resource takes.", "Use one that the answer names."},
	{"encoding-unsupported", "Content encoding not supported", "The body is compressed in a way that is not taken here.", "Send the body as it is, without Content-Encoding, or compressed with Content-Encoding: gzip."},
	{"encoding-malformed", "Compressed body cannot be read", "The body is not what its Content-Encoding says, is damaged, or was cut off.", "Send the whole output of gzip, or the body as it is without Content-Encoding."},
	{"not-acceptable", "No such representation", "The resource has no representation of the types in Accept.", "Ask for one that the answer names, or send Accept: */*."},
	{"if-match-invalid", "If-Match cannot be read", "The value is no ETag that this server gave.", "Send the ETag of the order unchanged."},
	{"status-missing", "status is missing", "The body names no status for the line.", "Send {\"status\": \"RECEIVED\"} or another status."},
	{"status-unknown", "Status not known", "The status is none that a receiver can give.", "Use one that the answer names."},
	{"mail-address", "Mail address not taken", "It is not the bare address of one person or office.", "Write it like ordre@forlag.example, without a name and without others beside it."},
	{"answer-invalid", "Value of the answer", "A member of the answer to a line cannot be accepted, such as comment, price, code or quantities.", "See the field that the answer names."},
	{"ean-missing", "ean is missing", "The body names no product.", "Send {\"ean\": \"9788202337926\", \"number\": -1}."},
	{"ean-twice", "Two different products", "ean and its old name isbn differ.", "Send ean alone."},
	{"number-missing", "number is missing", "The body does not say how many copies to take back.", "Send {\"ean\": \"9788202337926\", \"number\": -1}."},
	{"number-invalid", "number is not a negative whole number", "A reduction is written as a negative number.", "Send for example {\"ean\": \"9788202337926\", \"number\": -1}."},
}

// The codes of reading an EDItX document.
var documentCodes = []Entry{
	{"xml-empty", "No document", "The body is empty.", "Send the EDItX order as the body of the request."},
	{"xml-malformed", "XML not well-formed", "The document breaks a rule of XML at the place that the answer names.", "Correct the place; bookgate editx check FILE shows it."},
	{"xml-hostile", "XML construct refused", "The document has a construct that no order needs and that can harm a reader: a DOCTYPE with its entities.", "Send the plain order without it."},
	{"xml-encoding", "Character encoding", "The document is not in the encoding that it declares, or in one that is not taken.", "Send UTF-8; UTF-16, ISO-8859 and windows-1250 to 1258 are taken when declared."},
	{"xml-character", "Character that XML does not have", "The document holds a character that XML does not allow, such as a control character.", "Remove it before the document is written; the answer names its place."},
	{"xml-limit", "More than a document may have", "The document is larger, deeper or longer than any order; the answer names the limit.", "Split the order into several, or leave out what is not part of it."},
	{"xml-namespace", "Namespace cannot be read", "A prefix is used and not declared, or declared in a way that XML does not allow.", "Declare each prefix with xmlns:prefix, or leave it out; EDItX elements have none."},
	{"xml-too-large", "Document too large", "The document passes a limit that the answer names.", "Split it into several orders."},
	{"editx-root", "Not an EDItX order", "The root element is not <Order>.", "Send an EDItX trade order: <Order version=\"1.3\">."},
	{"editx-namespace", "Order in a namespace", "EDItX elements are in no namespace.", "Take the xmlns declaration off the root element."},
	{"editx-envelope", "Envelope not taken here", "The document is an EDItXMessage envelope.", "Send the Order inside it as a document of its own."},
	{"editx-documents", "Too many documents in one message", "The EDItXMessage has more documents than one message may have.", "Divide them among several messages."},
	{"message-empty", "Message without documents", "The EDItXMessage has nothing in its payload.", "Send it with its documents."},
	{"editx-test", "Test that would change an order", "The response or cancellation has PurposeCode Test; it was read and not carried out.", "Send it as Original when it is meant."},
	{"editx-lines", "Too many lines", "The order has more lines than one order may have.", "Split the order into several, each under its own OrderNumber."},
	{"kept-element", "Unknown element cannot be written", "An element of the sender's document that is unknown to bookgate could not be put back into the order.", "Fetch /editx/original, which has the sender's own bytes, and tell the operator."},
	{"editx-version", "Version cannot hold the order", "The order says something that the version of EDItX asked for has no place for, or the version is not written here.", "Ask for version 1.3, or change what the answer lists."},
	{"profile", "Profile of checking not known", "The name is none of the profiles by which documents are checked.", "Use strict, trade or lenient."},
	{"editx-content", "Order cannot be processed", "Values are missing or cannot be accepted; the answer names each with its place.", "Correct the values and send again; bookgate editx check FILE shows them."},
}

// The codes of the exchange's rules.
var orderCodes = []Entry{
	{"order-not-found", "No such order", "No order with this id is visible to the party that asks.", "Check the id and the login."},
	{"document-not-found", "No original document", "The order did not come as a document.", "Fetch /editx, which is written from the order."},
	{"document-private", "The sender's own request", "The order came by the interface of another system, and its request holds what is for its sender alone.", "Read the order, or fetch /editx, which is written from it."},
	{"order-retired", "Order no longer stored", "The order is so old that it was purged; its number cannot be reused.", "Use a new OrderNumber for a new order. What is older than the operator keeps cannot be read here."},
	{"order-erased", "Order number of an erased order", "The sender has sent an order under this number, and its personal data were erased, so that the two cannot be compared.", "Use a new OrderNumber for a new order."},
	{"document-expired", "Original document no longer stored", "The document is so old that its bytes were purged; the response has their size and digest.", "Fetch /editx, which is written from the order."},
	{"document-erased", "Original document erased", "The document was erased with the personal data of its order; the response has its size and digest.", "Fetch /editx, which is written from what is left of the order."},
	{"event-not-found", "No such event", "The order's history has no entry of this number.", "Read the whole history; its entries are numbered from 1."},
	{"line-not-found", "No such line", "The order has no line of this number.", "Use the lineNumber of the order's view."},
	{"buyer-not-sender", "Buyer is not the sender", "BuyerParty is neither the party that sends nor one it may act for.", "Correct BuyerParty/PartyID, or ask the operator to allow it."},
	{"key-unknown", "Key not known", "The key that came with the request was never issued for this interface, or has been revoked.", "Ask the operator of the exchange for a key."},
	{"key-not-found", "No such key", "The exchange has no key with this id.", "bookgate key list shows the keys."},
	{"keys-many", "Too many keys", "The party has as many keys for this interface as are allowed at once.", "Revoke one that is not used any more."},
	{"attributes-invalid", "Attributes cannot be stored", "An attribute beside an answer has a name or a value that cannot be stored, or there are too many.", "Use up to 20 names of letters and digits, each with a text of one line."},
	{"attributes-not-accepted", "Attributes are not accepted for this order", "The order came by a way that knows no attributes beside a line's answer.", "Leave the attributes out."},
	{"device-attribute", "Attributes of the parcel missing", "A device order becomes FULFILLED with the attributes deviceId and trackingLink, and one of them is missing or is not what it should be.", "Send both attributes with the status: a deviceId of 8 characters, and the address under which the parcel can be followed."},
	{"device-order-closed", "Device order is closed", "The device was shipped, or its order was cancelled; neither is undone.", "Nothing is to be done. Who needs another device orders again."},
	{"device-order-whole", "Device order is for one device", "There is nothing to take back of one device.", "Cancel the order with cancelOrder, as long as it is ORDERED."},
	{"installation-fields", "Values of an installation order", "Values of the order are missing, or are not what they should be; the answer lists each with its path.", "Correct what is listed and send the order again; nothing was created, and its idempotencyKey was not used."},
	{"installation-query", "Parameters of a list of installation orders", "A parameter is not one of its values, or the page is larger than one answer can hold.", "Correct what is listed."},
	{"installation-closed", "Installation order is closed", "The order was completed, declined or cancelled; none of these is undone.", "Nothing is to be done. Who needs the work after all orders it again."},
	{"lease-state", "Not in this state of a lease order", "The lease order is further than what was asked of it, or not as far yet.", "See its status; nothing was changed."},
	{"lease-unsigned", "Lease order is not signed", "The lines of a lease order are answered when the customer has signed.", "Wait for the signature."},
	{"lease-closed", "Lease order is closed", "What was shipped, declined or cancelled is not undone.", "Nothing is to be done."},
	{"lease-whole", "Lease order is signed as a whole", "The customer signs for all of the order, so that no copies are taken back.", "Until it is signed it can be cancelled."},
	{"lease-reason", "Reason of a decline", "The reason is too long or not one line.", "Say in a sentence what the shop may know."},
	{"lease-email", "No pending e-mail", "The customer of the lease order is not asked for anything at this step.", "E-mails are sent when the order is accepted and when it is shipped."},
	{"lease-tariff", "Tariff cannot be read", "A tariff is not MONTHS=PERCENT within its bounds, or there are none.", "Write for example 24=4.47 36=3.04."},
	{"duplicate-number", "Order number used before", "The sender has sent another order under this number.", "Use a new OrderNumber."},
	{"not-receiver", "Only the receiver may do this", "Lines are answered by the party that the order was sent to.", "As sender, follow the answers or reduce the order."},
	{"not-sender", "Only the sender may do this", "An order is reduced by the party that sent it.", "As receiver, answer the line instead."},
	{"order-not-sent", "Order has not reached its receiver", "The order is still being processed, or failed.", "Wait until it is SENT, or read the reason of the failure."},
	{"line-blocked", "Line is closed", "The line is FULFILLED_BLOCKED; that is final.", "Agree with the other party outside the exchange."},
	{"product-not-on-order", "Product not on the order", "No open line of the order is of this product.", "Use the ean of one of its lines."},
	{"order-full", "Order has no space for another line", "The order has so many lines, or so much in them, that with another its document could not be read any more.", "Take more copies back at once, or cancel the order and send what remains as a new one."},
	{"reduction-too-large", "More than remains", "The reduction is larger than what remains of the product.", "Take back at most what remains."},
	{"line-unknown", "No such line", "The document names a line that the order does not have.", "Name the lines by number, reference or product as the order does."},
	{"line-ambiguous", "Line not clear", "The name in the document fits several lines.", "Give the line's number."},
	{"line-twice", "Line answered twice", "One document answers the same line twice.", "Answer each line once."},
	{"line-not-open", "Line cannot be withdrawn", "The line is fulfilled or rejected.", "A fulfilled line is returned, not withdrawn; a rejected one needs nothing."},
	{"nothing-to-cancel", "Nothing left to withdraw", "Every line is fulfilled, rejected or already taken back.", "Nothing needs to be done, or agree on a return."},
	{"answers-refused", "Several lines refused", "Several lines of the document cannot be taken; the answer lists each. Nothing was changed.", "Correct them and send the document again."},
	{"order-number-differs", "Document of another order", "The document names another order number than the order it was sent to.", "Send it to the order that it speaks of."},
	{"stale", "Order has changed", "The request was made for an older revision.", "Read the order again and repeat the request."},
	{"feed-ahead", "Feed ends before this number", "The changes behind a number were asked for, and the party's newest change has a lower one. The store may have been restored from a backup.", "Start again behind the head that the answer names, or at 0 to read everything again."},
	{"ack-ahead", "Acknowledged what has not happened", "The number that was acknowledged is beyond the party's newest change.", "Acknowledge the number of the last change that was read; after a restore from a backup, read the feed again first."},
	{"receiver-unknown", "Receiver not connected", "No party bears the number in SellerParty.", "Correct SellerParty and send again with a new number."},
	{"receiver-erased", "Receiver no longer connected", "The party in SellerParty was taken out of the exchange.", "Name another receiver and send again with a new number."},
	{"reason-invalid", "Reason of an erasure", "The reason is too long or not one line.", "Give the number of a case, and no name."},
	{"receiver-missing", "No receiver found", "The order names no receiver and no rule has one.", "Name it in SellerParty, or ask the operator for a route."},
	{"receiver-ambiguous", "Several receivers", "The products belong to several receivers.", "Send one order for each."},
}

// The codes of sending events out.
var webhookCodes = []Entry{
	{"webhook-url", "Address of a webhook", "The address cannot be sent to, or lies in a network that is not reached from here.", "Name an https:// address on the public internet; the operator can allow a network."},
	{"webhook-events", "Type of event", "A filter matches no type of event, there are too many of them, or the endpoint's format takes none.", "Use types as the answer names them, or a pattern such as order.*."},
	{"webhook-format", "Format of a webhook", "The name is none of a format that endpoints can have here, or another than the endpoint has.", "Use one that the answer names when the endpoint is added, or leave it out."},
	{"webhook-headers", "Headers of a webhook", "A header of your own cannot be sent, or is set by the exchange itself.", "Use headers of your own such as X-Api-Key, a few and short."},
	{"webhook-description", "Description of a webhook", "The description is longer than a line.", "Shorten it."},
	{"webhook-not-found", "No such webhook", "The party that asks has no endpoint of this id.", "See /v2/webhooks for those that it has."},
	{"webhook-too-many", "Too many webhooks", "The party has the maximum number of endpoints.", "Delete one that is no longer used."},
	{"webhook-secret", "Secret of a webhook", "The text is not a valid webhook secret.", "Copy the whole word that begins with whsec_."},
	{"webhook-signature", "Signature does not match", "The message was not signed with this secret, or was changed on its way.", "See what the message names; most often the body was parsed before it was verified."},
	{"attempt-not-found", "No such attempt", "The delivery has no attempt of this number.", "See the delivery's attempts."},
	{"webhook-rotations", "Too many rotations within a day", "Every rotated secret goes on signing for a day, and the endpoint has as many of them as may sign.", "Rotate again when the oldest ends, which the answer names; or add another endpoint and delete this one."},
	{"delivery-not-found", "No such delivery", "There is no delivery of this id, or it is another endpoint's.", "See the endpoint's deliveries; they are stored for 30 days after their end."},
	{"delivery-state", "State of a delivery", "The value is not a valid delivery state.", "Use pending, delivered or failed."},
	{"since-invalid", "since is not a time", "The value is not a valid RFC 3339 time.", "Write it like 2026-11-21T09:00:00Z."},
	{"resend-what", "Nothing to send again", "The body does not say what to send again.", "Send {\"failed\": true}, or since with a time, or both."},
}

// The codes of the store and the directory.
var storeCodes = []Entry{
	{"store-busy", "Store is busy", "The store cannot take the change just now. Nothing was saved.", "Try again after the time in Retry-After."},
	{"store-full", "Store is full", "There is no space on the disk. Nothing was saved.", "Try again later; the operator has to free space."},
	{"store-lost", "Store is not in its place", "The database was removed, moved or replaced while it is served. Nothing is acknowledged until it is back.", "Try again later; the operator finds the cause in the log."},
	{"store-failed", "Store does not work", "The database reports an error, or its files cannot be used. Nothing was saved.", "Try again later; the operator finds the cause in the log."},
	{"order-id-taken", "Order id in use", "There is an order with this id already.", "Give another id, or none, so that the exchange makes one."},
	{"document-damaged", "Stored document is damaged", "The stored bytes no longer have the digest that they came with, so they are not served.", "Tell the operator; the document must be restored from a backup."},
	{"party-not-found", "No such party", "No party of this exchange bears the number.", "See bookgate party list."},
	{"party-erased", "Party taken out of the exchange", "The party was erased; its number stays taken.", "Add the firm under another number."},
	{"party-taken", "Number borne by another party", "A number can belong to one party only.", "Use another number or alias."},
	{"party-ambiguous", "Number borne by several parties", "Without its scheme the number means several parties.", "Name the scheme."},
	{"party-id", "Party number", "The number has characters that cannot be used.", "Use letters, digits, dots, dashes and underscores."},
	{"party-name", "Party name", "The name is missing or too long.", "Give the firm's name."},
	{"party-profile", "Profile", "The profile is none that documents can be read by.", "Use strict, trade or lenient."},
	{"party-language", "Language not known", "It is not a language in which e-mails are written.", "Use nb for Norwegian bokmål, sv for Swedish or en for English."},
	{"party-scheme", "Numbering scheme", "The scheme has characters that cannot be used.", "Use the EDItX word, such as NBSN or GLN."},
	{"identifier-malformed", "Identifier", "The identifier is not SCHEME:VALUE.", "Write for example GLN:7080010001559."},
	{"route-prefix", "EAN prefix", "The prefix is not 1 to 13 digits.", "Write for example 978820."},
	{"user-name", "User name", "The user name has characters that cannot be used.", "Use letters, digits and . _ - @ +."},
	{"user-password", "Password", "The password is too short or too long.", "Use 8 to 1024 bytes."},
	{"user-not-found", "No such user", "No user has this name.", "bookgate user list shows the users."},
	{"client-not-found", "No such client", "No client has this id.", "bookgate client list shows the clients."},
	{"client-revoked", "Client is revoked", "The client was revoked, so its secret cannot be replaced.", "Add a new client."},
	{"ticket-not-found", "No such ticket", "The ticket is not known here.", "Nothing needs to be done: it cannot be used."},
	{"store-open", "Store cannot be opened", "The data folder or its database cannot be used, or the address cannot be read.", "See what the message names."},
	{"store-foreign", "Not a bookgate store", "The database belongs to another program.", "Choose another data folder."},
	{"store-older", "Store of an older bookgate", "The database has an older schema than this program works on.", "Bring it up to date: bookgate db migrate."},
	{"store-missing", "No store", "There is no database in the data folder.", "Name the right folder; bookgate serve makes a store."},
	{"store-damaged", "Store is damaged", "The database holds what it cannot hold.", "The operator restores a backup."},
	{"store-diverged", "Store of another build", "A schema step was applied to the database with another text than this program has under its number.", "Run the build that the database was made with. bookgate db status lists the steps."},
	{"store-newer", "Store of a newer bookgate", "The database was written by a newer version.", "Run that version or a newer one."},
	{"store-settings", "Database settings", "The database server is too old, or is set so that it could lose what it acknowledged.", "Change the setting that the message names."},
	{"text-unkeepable", "Text that cannot be stored", "A text holds a NUL character or broken UTF-8, which the store cannot hold.", "Send the text without it."},
	{"store-address", "Address of a store", "The address names neither a folder nor a PostgreSQL database.", "Write sqlite:FOLDER or postgres://user@host:5432/bookgate."},
	{"store-served", "Store in service", "A process serves the store, so it cannot be copied, nor be copied to.", "Stop the process first."},
	{"store-used", "Store not empty", "A copy is made into an empty store only.", "Name a folder that is not there yet, or an empty database."},
	{"copy-damaged", "Damaged documents", "Documents in the store are not what came in, so a copy would not be whole.", "Restore them from a backup, or copy with --damaged."},
	{"copy-changed", "Store changed while it was copied", "A process wrote to the store meanwhile. Nothing of the copy was stored.", "Stop what writes, and copy again."},
	{"copy-differs", "Copy is not the same", "What was read back from the copy is not what was written. Nothing of it was stored.", "Look for a trigger or another program on the target, and copy again."},
	{"copy-unsure", "Copy may have been stored", "The connection broke at the very end of a copy.", "Copy again: a target that holds the copy is refused as not empty."},
	{"store-locked", "Data folder in use", "Another bookgate serves this data folder.", "Stop it, or choose another folder."},
}

// The codes of backups, which only commands give.
var backupCodes = []Entry{
	{"backup-exists", "Backup exists", "A file of that name is there, and nothing is overwritten.", "Give the backup another name."},
	{"backup-unwritten", "Backup not written", "The backup could not be written in full, so nothing of it was stored.", "Free space, or write it elsewhere."},
	{"backup-unnoted", "Backup not noted", "The backup is written, and the store could not take note of it.", "Keep the backup, and look at what is wrong with the store."},
	{"backup-missing", "No such backup", "There is no file of that name.", "See bookgate backup list."},
	{"backup-foreign", "Not a backup", "The file is not one that bookgate backup has written.", "See bookgate backup list."},
	{"backup-diverged", "Backup of another build", "The backup's store was made with another text of a schema step than this program has.", "Use the build of bookgate that took it."},
	{"backup-newer", "Backup of a newer bookgate", "The backup has a schema that this program does not know.", "Use the bookgate that took it, or a later one."},
	{"backup-damaged", "Backup cannot be trusted", "What is in the backup is not what its manifest says.", "Use another backup."},
	{"restore-occupied", "Place is not empty", "There is something where the backup should be restored, and nothing is overwritten.", "Restore into an empty place."},
	{"restore-failed", "Backup not restored", "The backup could not be written to its new place in full, so nothing of it was stored.", "Look at the cause that the message names."},
	{"restore-differs", "Restored otherwise", "What was written to the database came out otherwise, so nothing of it was stored.", "Look for a trigger or another program that works on the database."},
}

// The codes that the commands give about a server they talk to.
var clientCodes = []Entry{
	{"address-invalid", "Address of the server", "The address of the server cannot be used.", "Write it like https://orders.example.no, without user, password or query."},
	{"unreachable", "Server cannot be reached", "No connection to the server could be made, or it broke.", "Check the address, the network and whether the server runs; then try again."},
	{"not-bookgate", "Not the answer of a bookgate", "What answers at the address does not speak this API, or something in between answers for it.", "Check the address, and any proxy before it."},
	{"redirected", "Server has moved", "The address answers with a redirect, and credentials are never sent after one.", "Log in at the new address."},
	{"answer-too-large", "Answer too large", "The server sent more than any answer of this API has.", "Check the address; no bookgate does that."},
	{"digest-mismatch", "Document changed on its way", "The document that arrived is not the one that its digest was made from.", "Try again; if it stays, look for a proxy that rewrites answers."},
	{"not-logged-in", "Not logged in", "There is no login for this server, or it has ended.", "Run: bookgate login URL --user NAME"},
	{"id-invalid", "Order id", "The text is neither an order id nor the beginning of one.", "Take the id from bookgate inbox --all or bookgate outbox."},
	{"file", "File", "The file that was named cannot be read.", "Check its name and its rights."},
	{"order-failed", "Order failed", "The order was accepted and could not be routed, and the server has no reason.", "See: bookgate order ID --history"},
	{"id-ambiguous", "Several orders", "More than one order has an id that begins like this.", "Write more of the id."},
}

// Entry explains one code to a person.
type Entry struct {
	Code   string
	Title  string
	Cause  string
	Remedy string
}

// CodeInternal is the code of every error without a code.
const CodeInternal = "internal"

// Lookup returns the entry of a code. A code that is missing from the catalogue
// is a fault that a test finds; it still gets a title.
func Lookup(code string) Entry {
	i := slices.IndexFunc(catalogue(), func(e Entry) bool { return e.Code == code })
	if i < 0 {
		return Entry{Code: code, Title: code}
	}
	return catalogue()[i]
}

// Catalogue lists every code, for the index of the pages.
func Catalogue() []Entry { return catalogue() }

// catalogue holds the codes by the package that returns them.
func catalogue() []Entry {
	return slices.Concat(serverCodes, loginCodes, requestCodes, documentCodes, orderCodes, webhookCodes, storeCodes, backupCodes, clientCodes)
}
