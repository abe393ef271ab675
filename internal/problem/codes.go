package problem

// The codes of the server's own door.
var doorCodes = []Entry{
	{CodeInternal, "Internal error", "Something failed that should not fail.", "Try again; if it stays, tell the operator the request id."},
	{"not-found", "Nothing at this address", "The path is none of this server's.", "Compare the path with the API's description; /orders, /v1/tickets and /oauth/token are the usual ones."},
	{"method-not-allowed", "Method not allowed", "The resource is there and does not take this method.", "Use one of the methods in the Allow header."},
	{"body-too-large", "Body too large", "The request body passes the limit that the answer names.", "Send less at once."},
	{"body-unreadable", "Body could not be read", "The connection ended, or stood still, before the body was complete.", "Send the request again; nothing was changed."},
	{"busy", "Too many requests at once", "The server is answering as many requests as it may.", "Wait for the time in Retry-After and send the request again; nothing was changed."},
	{"stopping", "The server is stopping", "The server takes no new work because it is being stopped or replaced.", "Send the request again; another process will answer."},
}

// The codes of logging in and of credentials.
var loginCodes = []Entry{
	{"login-malformed", "The login cannot be read", "The form has no user name or no password.", "Send username and password as an application/x-www-form-urlencoded body."},
	{"credentials-wrong", "User name or password is wrong", "No user has this name and password.", "Check both; percent-encode special characters of the password in the form."},
	{"login-throttled", "Too many wrong passwords", "There were many wrong passwords for this user in a short time.", "Wait for the time in Retry-After. A correct login from an address that logged in before is never held back."},
	{"credential-missing", "No credential", "The request has no Authorization header.", "Fetch a ticket at /v1/tickets or a token at /oauth/token and send it in Authorization."},
	{"credential-malformed", "The Authorization header cannot be read", "It is not a scheme, a blank and one ticket or token.", "Write: Authorization: Boknett TGT-… or Authorization: Bearer …"},
	{"ticket-unknown", "Ticket or token not known", "It was never issued here, has been logged out, or ended long ago.", "Fetch a new one."},
	{"ticket-expired", "Ticket or token has ended", "Tickets live two hours, tokens one; using them does not prolong them.", "Fetch a new one."},
	{"date-missing", "Date header missing", "With the Boknett scheme every request carries its time.", "Send Date in RFC 1123 form and GMT, or use a Bearer token, which needs no Date."},
	{"date-malformed", "Date header cannot be read", "It is not a date in RFC 1123 form.", "Write it like this: Tue, 10 Jun 2014 16:23:42 GMT"},
	{"date-language", "Date header in another language", "RFC 1123 dates use English names of days and months.", "In a shell: LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S GMT'"},
	{"date-zone", "Zone of the Date header", "The zone is not one that has a single meaning.", "Send the time in GMT."},
	{"date-skew", "Date header too far from server time", "The clocks of client and server differ by more than the window.", "Set the client's clock (NTP); send the time in GMT, not local time."},
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
	{"parameter-repeated", "Parameter given twice", "A query parameter stands there twice with different values.", "Send each parameter once."},
	{"cursor-invalid", "Cursor not valid", "The cursor is damaged, or belongs to another party or mode.", "Send the value of the Next header unchanged, with the mode it was given for; or start again with fromDate."},
	{"pagesize-invalid", "pagesize is not a number", "It must be a whole number from 1 to 1000.", "Leave it out for the default, or send a number."},
	{"json-malformed", "JSON cannot be read", "The body is not one JSON object.", "Check quotes, commas and brackets at the place that the answer names."},
	{"json-duplicate-key", "Key given twice", "A JSON object has the same key twice; which one counts would be a guess.", "Send each key once."},
	{"json-type", "Value of the wrong type", "A value is not of the type that the field has.", "See the field that the answer names."},
	{"json-too-deep", "JSON nested too deep", "The body is nested deeper than anything this API has.", "Send the documented object."},
	{"media-type", "Media type not taken here", "The Content-Type is none that the resource takes.", "Use one that the answer names."},
	{"encoding-unsupported", "Content encoding not supported", "The body is compressed in a way that is not taken here.", "Send the body as it is, without Content-Encoding."},
	{"not-acceptable", "No such representation", "The resource has no representation of the types in Accept.", "Ask for one that the answer names, or send Accept: */*."},
	{"if-match-invalid", "If-Match cannot be read", "The value is no ETag that this server gave.", "Send the ETag of the order unchanged."},
	{"status-missing", "status is missing", "The body names no status for the line.", "Send {\"status\": \"RECEIVED\"} or another status."},
	{"status-unknown", "Status not known", "The status is none that a receiver can give.", "Use one that the answer names."},
	{"answer-invalid", "Value of the answer", "comment, valid_from, valid_to or price cannot be accepted.", "See the field that the answer names."},
	{"ean-missing", "ean is missing", "The body names no product.", "Send {\"ean\": \"9788202337926\", \"number\": -1}."},
	{"ean-twice", "Two different products", "ean and its old name isbn differ.", "Send ean alone."},
	{"number-missing", "number is missing", "The body does not say how many copies to take back.", "Send {\"ean\": \"9788202337926\", \"number\": -1}."},
	{"number-invalid", "number is not a negative whole number", "A reduction is written as a negative number.", "Send for example {\"ean\": \"9788202337926\", \"number\": -1}."},
}

// The codes of reading an EDItX document.
var documentCodes = []Entry{
	{"xml-empty", "No document", "The body is empty.", "Send the EDItX order as the body of the request."},
	{"xml-malformed", "XML not well-formed", "The document breaks a rule of XML at the place that the answer names.", "Correct the place; bookgate editx check FILE shows it."},
	{"xml-hostile", "XML construct refused", "The document has a construct that no order needs and that can harm a reader: a DOCTYPE, a processing instruction, excessive depth or size.", "Send the plain order without it."},
	{"xml-encoding", "Character encoding", "The document is not in the encoding that it declares, or in one that is not taken.", "Send UTF-8; ISO-8859-1 and Windows-1252 are taken when declared."},
	{"xml-character", "Character that XML does not have", "The document holds a character that XML does not allow, such as a control character.", "Remove it before the document is written; the answer names its place."},
	{"xml-limit", "More than a document may have", "The document is larger, deeper or longer than any order; the answer names the limit.", "Split the order into several, or leave out what is not part of it."},
	{"xml-namespace", "Namespace cannot be read", "A prefix is used and not declared, or declared in a way that XML does not allow.", "Declare each prefix with xmlns:prefix, or leave it out; EDItX elements have none."},
	{"xml-too-large", "Document too large", "The document passes a limit that the answer names.", "Split it into several orders."},
	{"editx-root", "Not an EDItX order", "The root element is not <Order>.", "Send an EDItX trade order: <Order version=\"1.3\">."},
	{"editx-namespace", "Order in a namespace", "EDItX elements are in no namespace.", "Take the xmlns declaration off the root element."},
	{"editx-envelope", "Envelope not taken here", "The document is an EDItXMessage envelope.", "Send the Order inside it as a document of its own."},
	{"editx-lines", "Too many lines", "The order has more lines than one order may have.", "Split the order into several, each under its own OrderNumber."},
	{"kept-element", "Kept element cannot be written", "An element of the sender's document that bookgate only keeps could not be put back into the order.", "Fetch /editx/original, which has the sender's own bytes, and tell the operator."},
	{"editx-content", "Order cannot be processed", "Values are missing or cannot be accepted; the answer names each with its place.", "Correct the values and send again; bookgate editx check FILE shows them."},
}

// The codes of the exchange's rules.
var orderCodes = []Entry{
	{"order-not-found", "No such order", "No order with this id is visible to the party that asks.", "Check the id and the login."},
	{"document-not-found", "No original document", "The order did not come as a document.", "Fetch /editx, which is written from the order."},
	{"line-not-found", "No such line", "The order has no line of this number.", "Use the lineNumber of the order's view."},
	{"buyer-not-sender", "Buyer is not the sender", "BuyerParty is neither the party that sends nor one it may act for.", "Correct BuyerParty/PartyID, or ask the operator to allow it."},
	{"duplicate-number", "Order number used before", "The sender has sent another order under this number.", "Use a new OrderNumber."},
	{"not-receiver", "Only the receiver may do this", "Lines are answered by the party that the order was sent to.", "As sender, follow the answers or reduce the order."},
	{"not-sender", "Only the sender may do this", "An order is reduced by the party that sent it.", "As receiver, answer the line instead."},
	{"order-not-sent", "Order has not reached its receiver", "The order is still being processed, or failed.", "Wait until it is SENT, or read the reason of the failure."},
	{"line-blocked", "Line is closed", "The line is FULFILLED_BLOCKED; that is final.", "Agree with the other party outside the exchange."},
	{"product-not-on-order", "Product not on the order", "No open line of the order is of this product.", "Use the ean of one of its lines."},
	{"reduction-too-large", "More than remains", "The reduction is larger than what remains of the product.", "Take back at most what remains."},
	{"line-unknown", "No such line", "The document names a line that the order does not have.", "Name the lines by number, reference or product as the order does."},
	{"line-ambiguous", "Line not clear", "The name that the document gives fits several lines.", "Give the line's number."},
	{"line-twice", "Line answered twice", "One document answers the same line twice.", "Answer each line once."},
	{"line-not-open", "Line cannot be withdrawn", "The line is fulfilled or rejected.", "A fulfilled line is returned, not withdrawn; a rejected one needs nothing."},
	{"nothing-to-cancel", "Nothing left to withdraw", "Every line is fulfilled, rejected or already taken back.", "Nothing needs to be done, or agree on a return."},
	{"answers-refused", "Several lines refused", "Several lines of the document cannot be taken; the answer lists each. Nothing was changed.", "Correct them and send the document again."},
	{"order-number-differs", "Document of another order", "The document names another order number than the order it was sent to.", "Send it to the order that it speaks of."},
	{"stale", "Order has changed", "The request was made for an older revision.", "Read the order again and repeat the request."},
	{"receiver-unknown", "Receiver not connected", "No party bears the number in SellerParty.", "Correct SellerParty and send again with a new number."},
	{"receiver-missing", "No receiver found", "The order names no receiver and no rule gives one.", "Name it in SellerParty, or ask the operator for a route."},
	{"receiver-ambiguous", "Several receivers", "The products belong to several receivers.", "Send one order for each."},
}

// The codes of the store and the directory.
var storeCodes = []Entry{
	{"store-busy", "Store is busy", "The store cannot take the change just now. Nothing was saved.", "Try again after the time in Retry-After."},
	{"store-full", "Store is full", "There is no room on the disk. Nothing was saved.", "Try again later; the operator has to make room."},
	{"store-failed", "Store does not work", "The database reports an error, or its files cannot be used. Nothing was saved.", "Try again later; the operator finds the cause in the log."},
	{"order-id-taken", "Order id in use", "There is an order with this id already.", "Give another id, or none, so that the exchange makes one."},
	{"document-damaged", "Stored document is damaged", "The stored bytes no longer have the digest that they came with, so they are not served.", "Tell the operator; the document must be restored from a backup."},
	{"party-not-found", "No such party", "No party of this exchange bears the number.", "See bookgate party list."},
	{"party-taken", "Number borne by another party", "A number can belong to one party only.", "Use another number or alias."},
	{"party-ambiguous", "Number borne by several parties", "Without its scheme the number means several parties.", "Name the scheme."},
	{"party-id", "Party number", "The number has characters that cannot be used.", "Use letters, digits, dots, dashes and underscores."},
	{"party-name", "Party name", "The name is missing or too long.", "Give the firm's name."},
	{"party-profile", "Profile", "The profile is none that documents can be read by.", "Use strict, trade or lenient."},
	{"party-scheme", "Numbering scheme", "The scheme has characters that cannot be used.", "Use the EDItX word, such as NBSN or GLN."},
	{"identifier-malformed", "Identifier", "The identifier is not SCHEME:VALUE.", "Write for example GLN:7080010001559."},
	{"route-prefix", "EAN prefix", "The prefix is not 1 to 13 digits.", "Write for example 978820."},
	{"user-name", "User name", "The user name has characters that cannot be used.", "Use letters, digits and . _ - @ +."},
	{"user-password", "Password", "The password is too short or too long.", "Use 8 to 1024 bytes."},
	{"user-not-found", "No such user", "No user has this name.", "Check the name."},
	{"client-not-found", "No such client", "No client has this id.", "Check the id."},
	{"ticket-not-found", "No such ticket", "The ticket is not known here.", "Nothing needs to be done: it cannot be used."},
	{"store-open", "Store cannot be opened", "The data folder or its database cannot be used.", "See what the message names."},
	{"store-foreign", "Not a bookgate store", "The database belongs to another program.", "Choose another data folder."},
	{"store-newer", "Store of a newer bookgate", "The database was written by a newer version.", "Run that version or a newer one."},
	{"store-locked", "Data folder in use", "Another bookgate serves this data folder.", "Stop it, or choose another folder."},
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
	{"id-ambiguous", "Several orders", "More than one order has an id that begins like this.", "Write more of the id."},
}
