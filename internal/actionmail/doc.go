// Package actionmail sends e-mails with a signed link to a page on which the
// recipient decides. It holds the catalog of texts by language, the templates,
// the link, the page and what all pages have in common, and the result of a
// delivery.
//
// Each user has texts and templates of its own, its view of an order, and
// decides what the button of a page does. A [Service] does the rest, so that
// e-mails and pages behave alike. A link is signed with a key of the store, ends
// after [webhook.LinkLife], and contains nothing of the order or its recipient.
package actionmail
