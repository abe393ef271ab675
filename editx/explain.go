package editx

import (
	"cmp"
	"slices"
)

// Explanation says at length what a finding's code means.
type Explanation struct {
	Code    string `json:"code"`              // as in Finding
	Title   string `json:"title"`             // what it is, in a few words
	Means   string `json:"means"`             // what was seen and why it matters
	Remedy  string `json:"remedy"`            // what the sender does about it
	Example string `json:"example,omitempty"` // how it is written right; may be ""
}

// Explain gives the explanation of a code.
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

// Explanations gives every code that this package can give, sorted.
func Explanations() []Explanation {
	all := slices.Concat(explanations()...)
	slices.SortFunc(all, func(a, b Explanation) int { return cmp.Compare(a.Code, b.Code) })
	return all
}

// explanations are the tables of all kinds of documents.
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

// xmlExplanations are the codes of what is no acceptable XML. They refuse under
// every profile, for two readers could read two orders out of such bytes.
var xmlExplanations = []Explanation{
	{"xml-malformed", "XML not well-formed",
		"The document breaks a rule of XML, or ends before its end. No program can read it for certain.",
		"Correct the place that is named. A document that ends in the middle was cut off on its way: send all of it.",
		"<TitleDetail>Salt &amp; pepper</TitleDetail>"},
	{"xml-hostile", "Construct that no order needs",
		"The document has a DOCTYPE. Such can name files and multiply text without end, and EDItX needs none.",
		"Leave it out; the XML declaration, comments and processing instructions may stand before the order.",
		`<?xml version="1.0" encoding="UTF-8"?>`},
	{"xml-encoding", "Character encoding",
		"The bytes are not in the encoding that the document declares, or in one that is not read here. Names and titles would come out wrong. Where it is certain what the bytes are, the document is read as that, and the finding says so.",
		"Send UTF-8. UTF-16, ISO-8859 and windows-1250 to 1258 are taken when a byte order mark, the charset of the Content-Type or the XML declaration says so.",
		`<?xml version="1.0" encoding="UTF-8"?>`},
	{"xml-character", "Character that XML does not have",
		"The document holds a character that XML 1.0 allows nowhere, such as a control character. Most come from pasted text.",
		"Remove it before the document is written.", ""},
	{"xml-limit", "More than a document may have",
		"The document is larger, deeper or longer than any honest order. The limits protect the exchange for everybody.",
		"Split the order into several, or leave out what is no part of it.", ""},
	{"xml-namespace", "Namespace that cannot be read",
		"A prefix is used and nowhere declared, or declared in a way that XML does not allow.",
		"Declare each prefix with xmlns:prefix, or write names without one: EDItX has no namespace.", "<Header>"},
}

// documentExplanations are the codes of a document as a whole.
var documentExplanations = []Explanation{
	{"editx-root", "Not the document that is taken here",
		"The root element is not that of the document that was expected.",
		"Send the document that is named, or send this one where such are taken.", `<Order version="1.3">`},
	{"editx-namespace", "Document in a namespace",
		"The root element is in a namespace. EDItX has none; the same names in one belong to another standard.",
		"Take the xmlns declaration off the root element.", `<Order version="1.3">`},
	{"editx-envelope", "Envelope in place of an order",
		"The document is an EDItXMessage, an envelope around others, and a single order was expected.",
		"Send each Order inside it as a document of its own.", `<Order version="1.3">`},
	{"editx-lines", "Too many lines",
		"The order has more lines than one order may have; each becomes an entry that is answered by itself.",
		"Split the order into several, each with an OrderNumber of its own.", ""},
	{"editx-more", "More findings than are listed",
		"The document has so many departures from EDItX that the rest is only counted.",
		"Correct what is listed and check again.", ""},
	{"editx-version", "Version cannot hold the order",
		"The order says something that the version of EDItX asked for has no place for, so that writing it would lose that or make an invalid document.",
		"Write it as 1.3, or change what is listed.", ""},
	{"version", "Version of the document",
		"The version attribute is missing, is not known, or is one without a public schema. The content is read all the same; only the strict profile refuses.",
		"Write the version that the document follows, best 1.3.", `<Order version="1.3">`},
	{"profile", "Profile of checking",
		"The name is none of the three profiles.",
		"Use strict, trade or lenient.", "bookgate editx check order.xml --profile strict"},
	{"kept-element", "Kept element that cannot be written",
		"An element that is no part of EDItX was kept with the order and cannot be put back into it.",
		"Fetch the sender's own bytes instead, and tell the operator.", ""},
}

// elementExplanations are the codes of elements, whatever they hold.
var elementExplanations = []Explanation{
	{"missing", "Element missing",
		"An element that EDItX asks for is not there, or is empty. Without some the order cannot be processed: these refuse it.",
		"Add the element at the path that is named.", "<OrderQuantity>4</OrderQuantity>"},
	{"repeated", "Element there twice",
		"An element that may be there once is there again. Which one counts would be a guess.",
		"Leave one of them.", ""},
	{"choice", "Two elements of which one may be there",
		"Two elements stand side by side that exclude one another, such as two ways to say when to pay.",
		"Leave the one that is meant.", "<PaymentTerms><NetDaysDue>30</NetDaysDue></PaymentTerms>"},
	{"element-order", "Element out of order",
		"EDItX has a fixed order of elements, and this one stands behind another that follows it. It was read by its name.",
		"Write the elements in the order of the schema.", ""},
	{"old-name", "Name of version 1.0",
		"The element bears the name that version 1.0 had for it.",
		"Write the name that the finding gives.", "<OrderQuantity>4</OrderQuantity>"},
	{"version-element", "Element that the version does not have",
		"The element is part of EDItX, and not here in the version that the document declares.",
		"Leave it out, or declare the version that has it.", ""},
	{"unknown", "Element that is no part of EDItX",
		"The schema has no such element here. It is kept, put back when the order is written, and not understood.",
		"Leave it out, or put what it says into a Message.",
		"<Message><MessageType>01</MessageType><MessageLine>Deliver at the back door</MessageLine></Message>"},
	{"nested", "Element inside a value",
		"An element stands inside one that holds text only, so that half of a number might pass for the whole.",
		"Write the text alone.", "<Identifier>9788203192388</Identifier>"},
	{"text", "Text between elements",
		"Text stands where EDItX has elements only. It would be lost.",
		"Put it into a Message, or remove it.",
		"<Message><MessageType>01</MessageType><MessageLine>Urgent</MessageLine></Message>"},
	{"attribute", "Attribute that is no part of EDItX",
		"EDItX has one attribute, version, on the root element. Others are read over and not kept. Those of XML Schema (xsi:type, xsi:schemaLocation) may stand anywhere; the strict profile asks whether the type fits.",
		"Leave it out.", "<Header>"},
	{"blank", "Element that holds nothing",
		"The element is there and empty. It says nothing, and was taken as not given.",
		"Leave the element out, or fill it.", ""},
}

// messageExplanations are the codes of envelopes and their acknowledgements.
var messageExplanations = []Explanation{
	{"editx-documents", "Too many documents in one message",
		"The message has more documents than one may have; each becomes an order that is processed by itself.",
		"Divide them among several messages, each with a MessageNumber of its own.", ""},
	{"message-empty", "Message without documents",
		"The payload of the message is empty. Nothing was ordered with it.",
		"Send the message with its documents, or send none.", `<EDItXMessagePayload><Order version="1.3">…</Order></EDItXMessagePayload>`},
	{"message-count", "Number of documents",
		"NumberOfDocuments says another number than the payload holds. A document may have been lost on its way, or the count is wrong.",
		"Compare what was sent with what came, and send what is missing.", "<NumberOfDocuments>3</NumberOfDocuments>"},
	{"message-type", "Type of a document in a message",
		"A document of the payload is not of the type that the header says of all.",
		"Send documents of different types in different messages.", "<DocumentType>Order</DocumentType>"},
	{"message-version", "Version of a document in a message",
		"A document of the payload says another version than the header says of all.",
		"Write in VersionNumber what stands in the version of each document.", "<VersionNumber>1.3</VersionNumber>"},
	{"message-repeats", "One order twice in a message",
		"Two documents of the message have one OrderNumber. The number names the order, so only one of them will be taken.",
		"Give each order a number of its own, or leave the repetition out.", ""},
	{"ack-status", "Status of an acknowledgement",
		"The status is none of the code list, so that it does not say whether the message was taken.",
		"Write one of Accepted, AcceptedDelayed, XMLErrors, SchemaErrors, PayloadErrors, InvalidDocument and OutOfSequence.",
		"<AcknowledgementStatusCode>Accepted</AcknowledgementStatusCode>"},
}

// replyExplanations are the codes of what is said of an order afterwards:
// responses, reports, cancellations and ship notices.
var replyExplanations = []Explanation{
	{"editx-test", "Trial that would change an order",
		"The document is a Test. It was read and is in order, and it was not carried out.",
		"Send it with PurposeCode Original when it is meant.", "<PurposeCode>Original</PurposeCode>"},
	{"order-reference", "Order that is spoken of",
		"The document does not say which order it speaks of, or speaks of two.",
		"Give the OrderNumber in a ReferenceCoded of type BuyersOrderReference, and send one document for each order.",
		"<ReferenceCoded><ReferenceTypeCode>BuyersOrderReference</ReferenceTypeCode><ReferenceNumber>PO-1</ReferenceNumber></ReferenceCoded>"},
	{"no-lines", "Response without lines",
		"The response answers no line. A word for the whole order leaves open what becomes of each line, and a guess would be told to the buyer as an answer.",
		"Send the response as AllLines, with an ItemDetail for each line.", "<OrderResponseTypeCode>AllLines</OrderResponseTypeCode>"},
	{"lines-left-out", "Lines that are left out",
		"The response says that it does not speak of all lines. The others stay as they are, unanswered.",
		"Answer them too, or leave it at that.", "<OrderResponseTypeCode>AllLines</OrderResponseTypeCode>"},
	{"line-name", "Line without a name",
		"Nothing in the line says which line of the order it is.",
		"Give the LineNumber that the line has in the order, the buyer's reference of it, or its product.", "<LineNumber>1</LineNumber>"},
	{"line-twice", "Line spoken of twice",
		"Two parts of the document name the same line. Which of them counts would be a guess.",
		"Say all of a line in one ItemDetail.", ""},
	{"line-code", "Status of a line",
		"The code is none of EDItEUR's order line statuses. What becomes of the line cannot be told from it.",
		"Write a code of the list; Canceled has one l.",
		"<OrderLineStatusCoded><StatusCodeType>EDItEUR</StatusCodeType><StatusCode>AcceptedShipping</StatusCode></OrderLineStatusCoded>"},
	{"line-shares", "Copies that do not add up",
		"Every copy that was ordered is shipping, shipped, back-ordered or cancelled. The numbers of the line give another sum, or contradict its status.",
		"Correct the numbers, or leave them out when the status says enough.",
		"<OrderQuantity>5</OrderQuantity> … <QuantityShipping>3</QuantityShipping><CanceledQuantity>2</CanceledQuantity>"},
	{"misplaced", "Element of a neighbouring standard",
		"The element stands where, or is spelt as, other standards of the trade have it. It was understood and read.",
		"Write it as EDItX has it.", ""},
	{"substitute", "Several substitutes",
		"More than one product is offered in place of the one ordered. Only one can be told to the buyer here; the first was taken.",
		"Put the one that comes first, or name the others in a Message.", ""},
	{"not-taken", "Part of a response that is not taken over",
		"The element is part of a response, and the answer to a line has no place for it.",
		"Give it with the answer to the single line, or in a Message.", ""},
	{"root-name", "Spelling of the root element",
		"The root element is spelt otherwise than in EDItX. It was read all the same.",
		"Write the name that is given.", `<OrderCancelation version="1.1">`},
	{"package", "Packages that do not fit together",
		"A line names a package that is not described, a package is described twice, or the number of packages is another than that of their descriptions.",
		"Correct the PackageNumber or the count.", "<PackageReference><PackageNumber>1</PackageNumber></PackageReference>"},
	{"sscc-check", "Number of a package",
		"The serial number of a package is not one: it has another length, or its last digit does not fit. A scanner at the other end will not read it.",
		"Write the 18 digits under the bar code.", ""},
}

// valueExplanations are the codes of values, in whatever document.
var valueExplanations = []Explanation{
	{"code", "Code that is not on its list",
		"The value is none of the code list, or has blanks around it, or is newer than the version. It is kept as written: the receiver may know it.",
		"Use a code of the list.", "<PartyIDType>GLN</PartyIDType>"},
	{"code-form", "Code in another spelling",
		"The value is a code of the list in another case, with hyphens, or under the name that another standard has for it. It was read as the code of the list, and is written so.",
		"Write the code as its list has it.", "<ProductIDType>EAN13</ProductIDType>"},
	{"invisible", "Characters that cannot be seen",
		"A number or code holds characters without width, or blanks that are none of XML's; they come along when it is copied from a web page or a spreadsheet. With them it would be another number that looks the same. They were left out. In text they are kept, and only control characters are reported.",
		"Write the number anew, or clean what is copied.", "<Identifier>9788203192388</Identifier>"},
	{"integer", "Not a whole number",
		"The value cannot be read as a whole number of 32 bits.",
		"Write digits alone.", "<NetDaysDue>30</NetDaysDue>"},
	{"integer-form", "Whole number in another form",
		"The value was read as a whole number, and is not written as the schema has them. A fraction of noughts says nothing: 1.000 is one, not a thousand.",
		"Write digits alone, without a decimal point.", "<BatchBonusQuantity>1</BatchBonusQuantity>"},
	{"decimal", "Not a decimal number",
		"The value cannot be read as a number for certain: 1,234 is one thing in Norway and another in Britain.",
		"Write digits and one full stop.", "<MonetaryAmount>249.00</MonetaryAmount>"},
	{"decimal-form", "Decimal number in another form",
		"The value was read, and has a decimal comma, thousands marks, an exponent, or a dash for the minus sign.",
		"Write a full stop as decimal mark, no thousands mark and no exponent.", "<MonetaryAmount>2782.63</MonetaryAmount>"},
	{"decimal-digits", "Decimal number with more digits than are stored",
		"The number is valid and has more digits than money: 18 in all and 9 behind the full stop are stored. It was rounded, halves away from nought.",
		"Round before writing; 19.9 times 3 is 59.70 and not 59.699999999999996.", "<MonetaryAmount>59.70</MonetaryAmount>"},
	{"date", "Not a date",
		"The value cannot be read as a date for certain, or names a day that does not exist or that EDItX cannot write: it has the years 2000 to 2999.",
		"Write YYYYMMDD, or YYYYMMDDThhmm with Z or an offset where a time is wanted.", "<IssueDateTime>20261121T0930</IssueDateTime>"},
	{"date-form", "Date in another form",
		"The value was read as a date, and is not written as EDItX writes them. Seconds are dropped: EDItX has none. Where EDItX has a day without a time, the day is the one that is written.",
		"Write YYYYMMDD, or YYYYMMDDThhmm with Z or an offset where a time is wanted.", "<IssueDateTime>20261121</IssueDateTime>"},
	{"party-check", "Number of a party that is a typing error",
		"A GLN or SAN has the wrong length or check digit. Whether the party is known is decided by looking it up.",
		"Correct the number.", "<Identifier>7080010001559</Identifier>"},
	{"ean-check", "Number of a product that is a typing error",
		"An EAN, ISBN, ISMN, UPC or GTIN has the wrong length or check digit, under whatever name of its type. With it another book would be ordered, or none.",
		"Correct the number. An article of the house goes under ProductIDType Seller or Proprietary.",
		"<ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788203192388</Identifier></ProductID>"},
}

// orderExplanations are the codes of what an order says.
var orderExplanations = []Explanation{
	{"order-number", "Number of the order",
		"The OrderNumber is longer than 70 characters or holds control characters. It is the name by which both parties find the order.",
		"Write a short number in one line of plain characters.", "<OrderNumber>HB-2026-00417</OrderNumber>"},
	{"purpose", "Purpose of the order",
		"The PurposeCode is missing, in another case, or none of the three. A wrong guess delivers books that nobody ordered, so nothing but a missing one is taken as Original; the lenient profile takes an unknown one as Test.",
		"Write Original, Duplicate or Test.", "<PurposeCode>Original</PurposeCode>"},
	{"buyer", "Buyer without a number",
		"The BuyerParty has no number, so that nobody knows whose order it is.",
		"Add a PartyID with its type and Identifier.",
		"<PartyID><PartyIDType>NBSN</PartyIDType><Identifier>1098</Identifier></PartyID>"},
	{"product", "Line without a product",
		"A line names no product by a number.",
		"Add a ProductID with its type and Identifier.",
		"<ProductID><ProductIDType>EAN13</ProductIDType><Identifier>9788203192388</Identifier></ProductID>"},
	{"product-conflict", "Line with two products",
		"Two numbers of one line mean different products. Both are kept, and the receiver may deliver either.",
		"Leave the number that is meant.", ""},
	{"quantity", "Quantity that cannot be ordered",
		"The quantity is no whole number of copies from 1 to 1000000.",
		"Write the copies as a whole number. Copies are taken back by a reduction, not by a negative line.", "<OrderQuantity>4</OrderQuantity>"},
	{"quantity-form", "Quantity in another form",
		"The quantity was read, and is written with a decimal point or an exponent. A fraction of noughts says nothing: 1.000 is one copy, not a thousand.",
		"Write whole numbers in digits alone.", "<OrderQuantity>4</OrderQuantity>"},
	{"line-number", "Numbers of the lines",
		"A LineNumber is missing, is no number from 1, or is there twice. Lines are answered by their numbers, so all were numbered anew.",
		"Give every line a number of its own, from 1.", "<LineNumber>1</LineNumber>"},
	{"summary", "Summary that does not agree",
		"The Summary counts otherwise than the lines give, or cannot be read. The lines hold; the sender may have lost some.",
		"Count again, or write the lines that are missing.", "<NumberOfLines>2</NumberOfLines>"},
}
