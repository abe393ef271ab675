// Package email sends orders by e-mail and takes the answers on a web page. It
// is the channel of parties that have no system, only an e-mail address.
//
// The address of a party is an endpoint of the format [webhook.MailFormat] with a
// mailto address. Its e-mails are deliveries like all others: they are stored in
// the transaction of the event and tried until the mail server has accepted
// them. Every e-mail shows the order as it stands when the e-mail is sent, with
// the EDItX document attached, in the party's language.
//
// An e-mail has a link to a page on which the order is answered line by line.
// The link is the right to answer: it is signed with a key of the store over the
// delivery and the address, ends after [webhook.LinkLife] or when the address
// changes, and can be used once. Opening it changes nothing, because mail scanners
// open every link; only the page's button does. If two people open the same link,
// the first answer counts, and the other is shown what was answered. Reminders
// are sent while lines have no answer, each with a link of its own. A line of
// which all copies were taken back is answered by the answer to that.
//
// The page's answers go through [order.Exchange.Respond], all of them or none,
// against the revision that the page showed. The history shows the e-mail address
// as the actor, via [webhook.MailFormat].
package email
