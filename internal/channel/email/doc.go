// Package email speaks with persons: an order as a mail, the answer as a page.
// It is for parties that have no system, only a mail address.
//
// A party's address is an endpoint of the format "letter" with a mailto
// address; its letters are deliveries like all others, kept with the change
// that they tell of and tried until the mail server has taken them. Every
// letter shows the order as it stands when the letter goes, with the EDItX
// document attached, in the party's language.
//
// A letter carries a link to a page on which the order is answered line by
// line. The link is the right to answer: it is signed with a key of the store
// over the delivery and the mail address, ends after [webhook.LinkLife] or when
// the address changes, and decides once. Opening it changes nothing, because
// mail scanners open every link; only the page's button does. Of two people who
// open the same link, the one who answers first decides, and the other sees
// what was answered. As long as lines are without an answer, reminders come,
// each with a link of its own; a line of which all copies were taken back is
// answered by the answer to that.
//
// What the page sends goes through [order.Exchange.Respond], all of it or
// nothing, against the revision that the page showed. The history shows the
// mail address as who answered, via "letter".
package email
