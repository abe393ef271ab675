package editx

import (
	"cmp"
	"slices"
)

// Explanation explains the code of a finding.
type Explanation struct {
	Code    string `json:"code"`              // as in Finding
	Title   string `json:"title"`             // in a few words
	Means   string `json:"means"`             // what was found and why it matters
	Remedy  string `json:"remedy"`            // what the sender can do
	Example string `json:"example,omitempty"` // the correct form; may be ""
}

// Explain returns the explanation of a code.
func Explain(code string) (Explanation, bool) {
	for _, table := range explanations() {
		for _, e := range table {
			if e.Code == code {
				return e, true
			}
		}
	}
	return Explanation{}, false
}

// Explanations returns every code that this package can report, sorted.
func Explanations() []Explanation {
	all := slices.Concat(explanations()...)
	slices.SortFunc(all, func(a, b Explanation) int { return cmp.Compare(a.Code, b.Code) })
	return all
}

// explanations returns the tables of all kinds of documents.
func explanations() [][]Explanation {
	return [][]Explanation{
		xmlExplanations,
		documentExplanations,
		elementExplanations,
		valueExplanations,
		orderExplanations,
		messageExplanations,
		replyExplanations,
	}
}

// xmlExplanations are the codes of what is not acceptable XML. They refuse
// under every profile, since two readers could read two orders from such bytes.
var xmlExplanations = []Explanation{
	{"xml-malformed", "XML not well-formed",
		"The document breaks a rule of XML, or ends before its end, so it cannot be read reliably.",
		"Correct the position that is reported. If the document ends in the middle, it was cut off on its " +
			"way: send all of it.",
		"<TitleDetail>Salt &amp; pepper</TitleDetail>"},
	{"xml-hostile", "DOCTYPE not allowed",
		"The document has a DOCTYPE. A DOCTYPE can reference files and multiply text without limit, and " +
			"EDItX does not need one.",
		"Remove it. The XML declaration, comments and processing instructions may precede the order.",
		`<?xml version="1.0" encoding="UTF-8"?>`},
	{"xml-encoding", "Character encoding",
		"The bytes are not in the encoding that the document declares, or that encoding is not supported. " +
			"Names and titles would be wrong. Where the encoding of the bytes is certain, the document is " +
			"read in it, with a warning.",
		"Send UTF-8. UTF-16, ISO-8859 and windows-1250 to 1258 are accepted when a byte order mark, the " +
			"charset of the Content-Type or the XML declaration names them.",
		`<?xml version="1.0" encoding="UTF-8"?>`},
	{"xml-character", "Character not allowed in XML",
		"The document contains a character that XML 1.0 does not allow, such as a control character. Most " +
			"come from pasted text.",
		"Remove it before the document is written.",
		""},
	{"xml-limit", "Document exceeds a limit",
		"The document is larger, deeper or longer than allowed. The limits protect the service for all " +
			"its users.",
		"Split the order into several, or leave out what is not part of it.",
		""},
	{"xml-namespace", "Namespace not valid",
		"A prefix is used without a declaration, or declared in a way that XML does not allow.",
		"Declare each prefix with xmlns:prefix, or write names without one: EDItX has no namespace.",
		"<Header>"},
}

// documentExplanations are the codes of a document as a whole.
var documentExplanations = []Explanation{
	{"editx-root", "Unexpected document",
		"The root element is not that of the expected document.",
		"Send the document that is expected here, or send this one where it is accepted.",
		`<Order version="1.3">`},
	{"editx-namespace", "Document in a namespace",
		"The root element is in a namespace. EDItX has none; the same names in a namespace belong to " +
			"another standard.",
		"Remove the xmlns declaration from the root element.",
		`<Order version="1.3">`},
	{"editx-envelope", "Envelope instead of an order",
		"The document is an EDItXMessage, an envelope around other documents. A single order was " +
			"expected.",
		"Send each Order inside it as a document of its own.",
		`<Order version="1.3">`},
	{"editx-lines", "Too many lines",
		"The order has more lines than allowed. Each line is answered separately.",
		"Split the order into several, each with its own OrderNumber.",
		""},
	{"editx-more", "More findings than listed",
		"The document has more departures from EDItX than are listed; the rest is counted.",
		"Correct the listed ones and check again.",
		""},
	{"editx-version", "Version cannot represent the order",
		"The order has content that the requested version of EDItX cannot represent. Writing it would " +
			"lose that content or produce an invalid document.",
		"Write it as 1.3, or change what is listed.",
		""},
	{"version", "Version of the document",
		"The version attribute is missing, unknown, or has no public schema. The content is read " +
			"regardless; only the strict profile refuses.",
		"Write the version that the document follows, preferably 1.3.",
		`<Order version="1.3">`},
	{"profile", "Unknown profile",
		"The name is not one of the three profiles.",
		"Use strict, trade or lenient.",
		"bookgate editx check order.xml --profile strict"},
	{"kept-element", "Unknown element cannot be written",
		"An element that is not part of EDItX was stored with the order and cannot be written back.",
		"Fetch the sender's original document instead, and contact the operator.",
		""},
}

// elementExplanations are the codes of elements, independent of their content.
var elementExplanations = []Explanation{
	{"missing", "Missing element",
		"A required element is missing or empty. Some elements are needed to process the order: without " +
			"them it is refused.",
		"Add the element at the reported path.",
		"<OrderQuantity>4</OrderQuantity>"},
	{"repeated", "Repeated element",
		"An element that may occur once occurs again, so its value is ambiguous.",
		"Remove one of them.",
		""},
	{"choice", "Conflicting elements",
		"Two elements that exclude each other occur together, such as two ways to state when to pay.",
		"Remove the wrong one.",
		"<PaymentTerms><NetDaysDue>30</NetDaysDue></PaymentTerms>"},
	{"element-order", "Element out of order",
		"EDItX has a fixed order of elements. This one follows another that should come later. It was " +
			"read by its name.",
		"Write the elements in the order of the schema.",
		""},
	{"old-name", "Name from version 1.0",
		"The element has the name that version 1.0 used for it.",
		"Write the name in the finding.",
		"<OrderQuantity>4</OrderQuantity>"},
	{"version-element", "Element not in this version",
		"The element is part of EDItX, but not at this position in the declared version.",
		"Remove it, or declare a version that has it.",
		""},
	{"unknown", "Element not part of EDItX",
		"The schema has no such element at this position. It is not interpreted. It is stored and written " +
			"back with the order.",
		"Remove it, or put its content into a Message.",
		"<Message><MessageType>01</MessageType><MessageLine>Deliver at the side entrance</MessageLine></Message>"},
	{"nested", "Element inside a value",
		"An element occurs inside a value that allows text only, so part of a number could be mistaken " +
			"for the whole.",
		"Write the text alone.",
		"<Identifier>9788203192388</Identifier>"},
	{"text", "Text between elements",
		"Text occurs where EDItX allows elements only. It would be lost.",
		"Put it into a Message, or remove it.",
		"<Message><MessageType>01</MessageType><MessageLine>Urgent</MessageLine></Message>"},
	{"attribute", "Attribute not part of EDItX",
		"EDItX has one attribute, version, on the root element. Other attributes are ignored and not " +
			"stored. Those of XML Schema (xsi:type, xsi:schemaLocation) are allowed anywhere; the strict " +
			"profile checks the type.",
		"Remove it.",
		"<Header>"},
	{"blank", "Empty element",
		"The element is present and empty. It was treated as missing.",
		"Remove the element, or add its value.",
		""},
}

// valueExplanations are the codes of values in any document.
var valueExplanations = []Explanation{
	{"code", "Code not on its list",
		"The value is not on the code list, has blanks around it, or is newer than the version. It is " +
			"stored as written: the receiver may know it.",
		"Use a code of the list.",
		"<PartyIDType>GLN</PartyIDType>"},
	{"code-form", "Code in another spelling",
		"The value is a code of the list in another case, with hyphens, or under the name of another " +
			"standard. It was read as the code of the list, and is written so.",
		"Write the code as its list has it.",
		"<ProductIDType>EAN13</ProductIDType>"},
	{"invisible", "Invisible characters",
		"A number or code contains invisible characters, or blanks other than XML's, often copied from a " +
			"web page or a spreadsheet. They were removed. In text they are stored, and only control " +
			"characters are reported.",
		"Type the number again, or clean what is copied.",
		"<Identifier>9788203192388</Identifier>"},
	{"integer", "Not a whole number",
		"The value is not a whole number of 32 bits.",
		"Write digits alone.",
		"<NetDaysDue>30</NetDaysDue>"},
	{"integer-form", "Whole number in another form",
		"The value was read as a whole number, but is not written in the form of the schema. A fraction " +
			"of zeros is ignored: 1.000 is one, not a thousand.",
		"Write digits alone, without a decimal point.",
		"<BatchBonusQuantity>1</BatchBonusQuantity>"},
	{"decimal", "Not a decimal number",
		"The value is not an unambiguous number: 1,234 is one thing in Norway and another in Britain.",
		"Write digits and one full stop.",
		"<MonetaryAmount>249.00</MonetaryAmount>"},
	{"decimal-form", "Decimal number in another form",
		"The value was read, but has a decimal comma, thousands separators, an exponent, or a dash for " +
			"the minus sign.",
		"Write a full stop as decimal separator, no thousands separators and no exponent.",
		"<MonetaryAmount>2782.63</MonetaryAmount>"},
	{"decimal-digits", "Decimal number with too many digits",
		"The number is valid but has more digits than are stored: 18 in all and 9 after the full stop. It " +
			"was rounded, half away from zero.",
		"Round before writing: 19.9 times 3 is 59.70 and not 59.699999999999996.",
		"<MonetaryAmount>59.70</MonetaryAmount>"},
	{"date", "Not a date",
		"The value is not an unambiguous date, does not exist, or cannot be written in EDItX, which has " +
			"the years 2000 to 2999.",
		"Write YYYYMMDD, or YYYYMMDDThhmm with Z or an offset where a time is needed.",
		"<IssueDateTime>20261121T0930</IssueDateTime>"},
	{"date-form", "Date in another form",
		"The value was read as a date, but is not written in the form of EDItX. Seconds are dropped: " +
			"EDItX has none. Where EDItX has a day without a time, the time is dropped.",
		"Write YYYYMMDD, or YYYYMMDDThhmm with Z or an offset where a time is needed.",
		"<IssueDateTime>20261121</IssueDateTime>"},
	{"party-check", "Party number not valid",
		"A GLN or SAN has the wrong length or check digit. Whether the party is known is decided by " +
			"looking it up.",
		"Correct the number.",
		"<Identifier>7080010001559</Identifier>"},
	{"ean-check", "Product number not valid",
		"An EAN, ISBN, ISMN, UPC or GTIN has the wrong length or check digit. It would order another " +
			"book, or none.",
		"Correct the number. Write a number of the seller's own with ProductIDType Seller or Proprietary.",
		"<ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788203192388</Identifier></ProductID>"},
}

// orderExplanations are the codes of what an order says.
var orderExplanations = []Explanation{
	{"order-number", "Order number not valid",
		"The OrderNumber is longer than 70 characters or contains control characters. Both parties " +
			"identify the order by it.",
		"Write a short number in one line of plain characters.",
		"<OrderNumber>HB-2026-00417</OrderNumber>"},
	{"purpose", "Purpose of the order",
		"The PurposeCode is missing, in another case, or not one of the three. A wrong guess would " +
			"deliver books that were not ordered, so only a missing one is read as Original; the lenient " +
			"profile reads an unknown one as Test.",
		"Write Original, Duplicate or Test.",
		"<PurposeCode>Original</PurposeCode>"},
	{"buyer", "Buyer without a number",
		"The BuyerParty has no number, so the buyer is unknown.",
		"Add a PartyID with its type and Identifier.",
		"<PartyID><PartyIDType>NBSN</PartyIDType><Identifier>1098</Identifier></PartyID>"},
	{"product", "Line without a product",
		"A line has no product number.",
		"Add a ProductID with its type and Identifier.",
		"<ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788203192388</Identifier></ProductID>"},
	{"product-conflict", "Line with two products",
		"Two numbers on one line identify different products. Both are stored, and the receiver may " +
			"deliver either.",
		"Remove the wrong number.",
		""},
	{"quantity", "Quantity not valid",
		"The quantity is not a whole number of copies from 1 to 1000000.",
		"Write the copies as a whole number. To cancel copies, send a reduction, not a negative line.",
		"<OrderQuantity>4</OrderQuantity>"},
	{"quantity-form", "Quantity in another form",
		"The quantity was read, but is written with a decimal point or an exponent. A fraction of zeros " +
			"is ignored: 1.000 is one copy, not a thousand.",
		"Write whole numbers in digits alone.",
		"<OrderQuantity>4</OrderQuantity>"},
	{"line-number", "Line numbers not valid",
		"A LineNumber is missing, not a number from 1, or not unique. Lines are answered by their " +
			"numbers, so all were numbered again.",
		"Number each line uniquely, from 1.",
		"<LineNumber>1</LineNumber>"},
	{"summary", "Summary does not match",
		"A count in the Summary differs from the lines, or cannot be read. The lines are authoritative; " +
			"some may have been lost.",
		"Count again, or add the missing lines.",
		"<NumberOfLines>2</NumberOfLines>"},
}

// messageExplanations are the codes of envelopes and their acknowledgements.
var messageExplanations = []Explanation{
	{"editx-documents", "Too many documents in one message",
		"The message has more documents than allowed. Each becomes a separate order.",
		"Split them into several messages, each with its own MessageNumber.",
		""},
	{"message-empty", "Message without documents",
		"The payload of the message is empty, so nothing was ordered.",
		"Send the message with its documents, or do not send it.",
		`<EDItXMessagePayload><Order version="1.3">…</Order></EDItXMessagePayload>`},
	{"message-count", "Wrong number of documents",
		"NumberOfDocuments differs from the number in the payload. A document may have been lost, or the " +
			"count is wrong.",
		"Compare what was sent with what was received, and send what is missing.",
		"<NumberOfDocuments>3</NumberOfDocuments>"},
	{"message-type", "Document of another type",
		"A document in the payload has another type than the header states.",
		"Send documents of different types in different messages.",
		"<DocumentType>Order</DocumentType>"},
	{"message-version", "Document of another version",
		"A document in the payload has another version than the header states.",
		"Write the version of the documents in VersionNumber.",
		"<VersionNumber>1.3</VersionNumber>"},
	{"message-repeats", "Order repeated in a message",
		"Two documents in the message have the same OrderNumber. The number identifies the order, so only " +
			"one of them is accepted.",
		"Number each order uniquely, or remove the repetition.",
		""},
	{"ack-status", "Unknown acknowledgement status",
		"The status is not on the code list, so it does not say whether the message was accepted.",
		"Write one of Accepted, AcceptedDelayed, XMLErrors, SchemaErrors, PayloadErrors, InvalidDocument " +
			"and OutOfSequence.",
		"<AcknowledgementStatusCode>Accepted</AcknowledgementStatusCode>"},
}

// replyExplanations are the codes of the documents after an order: responses,
// reports, cancellations and ship notices.
var replyExplanations = []Explanation{
	{"editx-test", "Test document",
		"The document is a Test. It is valid and was not carried out.",
		"Send it with PurposeCode Original to carry it out.",
		"<PurposeCode>Original</PurposeCode>"},
	{"order-reference", "Missing order reference",
		"The document does not identify its order, or identifies two.",
		"Add the OrderNumber in a ReferenceCoded of type BuyersOrderReference, and send one document for " +
			"each order.",
		"<ReferenceCoded><ReferenceTypeCode>BuyersOrderReference</ReferenceTypeCode><ReferenceNumber>PO-1</ReferenceNumber></ReferenceCoded>"},
	{"no-lines", "Response without lines",
		"The response answers no line. A status of the whole order does not say what happens to each " +
			"line.",
		"Send the response as AllLines, with an ItemDetail for each line.",
		"<OrderResponseTypeCode>AllLines</OrderResponseTypeCode>"},
	{"lines-left-out", "Lines not in the response",
		"The response does not cover all lines. The others stay unanswered.",
		"Answer them too, or ignore this warning.",
		"<OrderResponseTypeCode>AllLines</OrderResponseTypeCode>"},
	{"line-name", "Line not identified",
		"Nothing in the line identifies a line of the order.",
		"Add the LineNumber of the line in the order, the buyer's reference, or the product.",
		"<LineNumber>1</LineNumber>"},
	{"line-twice", "Line answered twice",
		"Two parts of the document name the same line, so the answer is ambiguous.",
		"Write everything about a line in one ItemDetail.",
		""},
	{"line-code", "Unknown line status",
		"The code is not one of EDItEUR's order line statuses, so the status of the line is unknown.",
		"Write a code of the list; Canceled has one l.",
		"<OrderLineStatusCoded><StatusCodeType>EDItEUR</StatusCodeType><StatusCode>AcceptedShipping</StatusCode></OrderLineStatusCoded>"},
	{"line-shares", "Copies do not add up",
		"Every ordered copy is shipping, shipped, back-ordered or cancelled. The numbers of the line have " +
			"another sum, or contradict its status.",
		"Correct the numbers, or omit them when the status is sufficient.",
		"<OrderQuantity>5</OrderQuantity> … " +
			"<QuantityShipping>3</QuantityShipping><CanceledQuantity>2</CanceledQuantity>"},
	{"misplaced", "Element from a related standard",
		"The element has the position or spelling of another standard of the trade. It was understood.",
		"Write it as EDItX has it.",
		""},
	{"substitute", "Several substitutes",
		"More than one substitute is offered for the product. Only the first was used.",
		"Send one substitute, or name the others in a Message.",
		""},
	{"not-taken", "Element not used",
		"The element is part of a response, but the answer to a line has no such property. It was " +
			"ignored.",
		"Send it with the answer to the single line, or in a Message.",
		""},
	{"root-name", "Spelling of the root element",
		"The root element is spelled differently in EDItX. The document was read.",
		"Write the name in the finding.",
		`<OrderCancelation version="1.1">`},
	{"package", "Packages do not match",
		"A line names a package that is not described, a package is described twice, or the number of " +
			"packages differs from the descriptions.",
		"Correct the PackageNumber or the count.",
		"<PackageReference><PackageNumber>1</PackageNumber></PackageReference>"},
	{"sscc-check", "Package number not valid",
		"The serial number of a package has the wrong length or check digit. A scanner will not read it.",
		"Write the 18 digits under the bar code.",
		""},
}
