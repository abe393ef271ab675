// Package actionmail sends e-mails with a signed link to a page on which the
// recipient decides: texts in languages, templates, the link, the page around
// it, and what came of sending.
//
// Which dialect writes, about what, and what the button of a page does is the
// dialect's. It has templates and texts of its own and the view of an order; a
// [Service] does the rest, so that e-mails and pages of all dialects behave
// alike. A link is signed with a key of the store, ends after
// [webhook.LinkLife], and tells nothing of the order or its recipient.
package actionmail
