package server

// relation explains one of our own link relations, which documents write as
// bk:NAME.
type relation struct{ Name, Meaning string }

func relations() []relation {
	return []relation{
		{"order", "An order. In a list it is embedded, one for each order of the page; in a history it leads to the order that the history is of. GET answers its HAL document."},
		{"line", "A line of an order, embedded in the order's document: one product, how many of it, and what the receiver answered."},
		{"event", "Something that happened to an order, embedded in its history: who did it, when, and from which status to which."},
		{"editx", "The order as an EDItX Trade Order 1.3 document in UTF-8, written from what the exchange keeps, with later reductions in it."},
		{"original", "The document in which the order came, byte for byte as the sender sent it. Repr-Digest carries its SHA-256."},
		{"history", "Everything that happened to an order, oldest first."},
		{"orders", "The orders of the party that asks: the list with GET, and a new EDItX order with POST."},
		{"orders-v2", "The same orders in clean HAL: _links and _embedded, RFC 3339 times, and everything that is known."},
		{"feed", "Every change that the party that asks could see, oldest first, each under a number of its own; the numbers have no holes. GET waits for the next change when it is asked to, and POST to its ack link says how far it was read."},
		{"events", "What happens to the orders of the party that asks, as it happens, as Server-Sent Events: id is the epoch and the change number of the feed, event the type, data the body that a webhook has. Last-Event-ID, or after, resumes without a gap, also after a restore."},
		{"webhooks", "The endpoints of the party that asks: addresses to which its events are sent as Standard Webhooks. POST adds one and shows its secret, once."},
		{"webhook", "An endpoint, embedded in the list of them. Its own address takes PATCH (a merge patch) and DELETE, and POST below it: rotate, pause, resume, test and resend."},
		{"deliveries", "What was sent to an endpoint or waits for it, newest first."},
		{"delivery", "One event on its way to one endpoint: how far it is, and when it is tried next."},
		{"attempts", "Every try of a delivery: when, how long it took, and what was answered, with secrets masked."},
		{"attempt", "A try, embedded in the list of a delivery's tries."},
		{"resend", "POST sends a delivery again, with its tries counted anew and the same webhook-id."},
		{"tickets", "Logging in: POST a form with username and password, and the answer carries a ticket in its Boknett-TGT header."},
		{"token", "An access token by OAuth 2.0 client credentials: POST grant_type, client_id and client_secret."},
		{"devices", "Device orders in GraphQL: POST a query or mutation with an API key in X-API-KEY. Introspection tells the schema."},
		{"installations", "Installation orders in JSON: POST an order, and GET the list, with an API key as Bearer."},
		{"leases", "Lease orders: POST an order as JSON with an API key as Bearer token. Below it are cancel, shipped and status; beside it /v1/tariffs and /v1/config."},
		{"problems", "The page of every problem code, with its cause and its remedy."},
	}
}
