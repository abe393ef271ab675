package email

import (
	"embed"

	"github.com/bookgate/bookgate/internal/actionmail"
)

// The languages of the e-mails. The first is that of a party without one of
// these.
const (
	norwegian actionmail.Language = "nb" // bokmål
	english   actionmail.Language = "en"
)

func languages() []actionmail.Language { return []actionmail.Language{norwegian, english} }

//go:embed mail.txt mail.html page.html page.css
var files embed.FS

// texts returns every text that a recipient reads, in each language beside the
// others.
func texts() actionmail.Texts {
	return actionmail.Texts{
		"moment-layout": {norwegian: "2.1.2006 kl. 15.04", english: "2 January 2006, 15:04"},
		"day-layout":    {norwegian: "2.1.2006", english: "2 January 2006"},

		"subject-sent":    {norwegian: "Ordre %s fra %s", english: "Order %s from %s"},
		"subject-reduced": {norwegian: "Endring i ordre %s fra %s", english: "Change to order %s from %s"},
		"subject-reminder": {
			norwegian: "Påminnelse: ordre %s fra %s venter på svar",
			english:   "Reminder: order %s from %s waits for an answer",
		},
		"subject-test": {norwegian: "Test-e-post til %s", english: "Test e-mail to %s"},

		"opening-sent": {norwegian: "%s har sendt dere en ordre.", english: "%s has sent you an order."},
		"opening-reduced": {
			norwegian: "%s ber om å trekke tilbake eksemplarer av en ordre. Se linjene med minus foran antallet.",
			english:   "%s asks to take copies of an order back. See the lines with a minus before the quantity.",
		},
		"opening-reminder": {
			norwegian: "En ordre fra %s er ikke besvart ennå.",
			english:   "An order from %s has not been answered yet.",
		},
		"test-body": {
			norwegian: "Dette er en test-e-post til %s. E-post om ordrer kommer til denne adressen. Dere trenger " +
				"ikke å gjøre noe.",
			english: "This is a test e-mail to %s. E-mails about orders come to this address. There is nothing to do.",
		},

		"hello":        {norwegian: "Hei, %s.", english: "Hello, %s."},
		"order-number": {norwegian: "Ordrenummer", english: "Order number"},
		"received":     {norwegian: "Mottatt", english: "Received"},
		"lines":        {norwegian: "Bestillingen", english: "What is ordered"},
		"more-lines": {
			norwegian: "og %d linjer til; alle står i vedlegget.",
			english:   "and %d more lines; all of them are in the attachment.",
		},
		"copies":     {norwegian: "%d eks.", english: "%d copies"},
		"deliver-to": {norwegian: "Leveres til", english: "Deliver to"},
		"notes":      {norwegian: "Beskjeder", english: "Notes"},
		"contact":    {norwegian: "Kontakt hos avsenderen", english: "Contact at the sender"},

		"answer-here": {norwegian: "Svar på ordren her:", english: "Answer the order here:"},
		"answer-now":  {norwegian: "Svar på ordren", english: "Answer the order"},
		"link-terms": {
			norwegian: "Lenken kan brukes én gang, frem til %s. Den er nøkkelen til å svare, så ikke send den videre " +
				"til andre enn den som skal svare.",
			english: "The link can be used once, until %s. It is the key to answering, so pass it on only to the " +
				"person who answers.",
		},
		"no-reply": {
			norwegian: "Svar på denne e-posten blir ikke lest. Får dere ikke åpnet siden, så ta kontakt med %s " +
				"direkte og oppgi ordrenummer %s.",
			english: "Replies to this e-mail are not read. If you cannot open the page, contact %s directly and give " +
				"the order number %s.",
		},
		"attached": {
			norwegian: "Ordren ligger ved som EDItX (%s), for systemer som leser det.",
			english:   "The order is attached as EDItX (%s), for systems that read it.",
		},

		"page-title": {norwegian: "Ordre %s fra %s", english: "Order %s from %s"},
		"page-intro": {
			norwegian: "Velg et svar for hver linje og send dem samlet. Linjer dere svarer på senere, får dere en " +
				"påminnelse om.",
			english: "Choose an answer for each line and send them together. You will be reminded of the lines that " +
				"you answer later.",
		},
		"page-part": {
			norwegian: "Ordren har flere linjer enn det er plass til her. Resten kommer med neste e-post, når disse " +
				"er besvart.",
			english: "The order has more lines than fit here. The rest comes with the next e-mail, when these are " +
				"answered.",
		},
		"line":     {norwegian: "Linje %d", english: "Line %d"},
		"quantity": {norwegian: "Antall", english: "Quantity"},
		"state":    {norwegian: "Status", english: "State"},
		"comment":  {norwegian: "Kommentar til avsenderen", english: "Comment for the sender"},
		"send":     {norwegian: "Send svarene", english: "Send the answers"},
		"correct": {
			norwegian: "Svarene er ikke sendt. Rett opp dette:",
			english:   "The answers have not been sent. Correct this:",
		},
		"answered-by": {norwegian: "Svarene er sendt til %s.", english: "The answers have been sent to %s."},
		"thanks":      {norwegian: "Takk. Svarene er mottatt", english: "Thank you. The answers have been received"},
		"remaining": {
			norwegian: "%d linjer er ikke besvart ennå. Dere får en påminnelse med en ny lenke.",
			english:   "%d lines have not been answered yet. A reminder with a new link will come.",
		},
		"used": {norwegian: "Denne lenken er brukt", english: "This link has been used"},
		"used-at": {
			norwegian: "Ordren ble besvart med denne lenken %s. Et nytt svar ble ikke tatt imot.",
			english:   "The order was answered with this link on %s. No other answer was taken.",
		},
		"used-new": {
			norwegian: "Så lenge linjer er ubesvart, kommer det påminnelser med en ny lenke. Vil dere endre et svar, " +
				"så ta kontakt med %s.",
			english: "As long as lines are unanswered, reminders come with a new link. To change an answer, contact " +
				"%s.",
		},

		"choose-later":     {norwegian: "Svarer senere", english: "Answer later"},
		"choose-unchanged": {norwegian: "Ingen endring", english: "No change"},
		"choose-accept":    {norwegian: "Godtas, vi leverer", english: "Accepted, we deliver"},
		"choose-reject":    {norwegian: "Avvises, vi kan ikke levere", english: "Rejected, we cannot deliver"},
		"choose-delivered": {norwegian: "Er levert", english: "Has been delivered"},
		"choose-accept-taken": {
			norwegian: "Godtas, vi leverer så mange færre",
			english:   "Accepted, we deliver so many fewer",
		},
		"choose-reject-taken": {norwegian: "Avvises, det er for sent", english: "Rejected, it is too late"},
		"choose-singly":       {norwegian: "Svarer linje for linje", english: "Answer line by line"},
		"choose-accept-all": {
			norwegian: "Godtas, vi leverer så mange færre av alle disse",
			english:   "Accepted, we deliver so many fewer of all these",
		},
		"choose-reject-all": {
			norwegian: "Avvises, det er for sent for alle disse",
			english:   "Rejected, it is too late for all these",
		},
		"taken": {
			norwegian: "Avsenderen vil trekke tilbake %d linjer",
			english:   "The sender wants to take %d lines back",
		},
		"taken-singly": {norwegian: "Svar linje for linje", english: "Answer line by line"},
		"fault-taken-alone": {
			norwegian: "Tilbaketrekkingen har en kommentar, men ikke noe svar. Velg et svar.",
			english:   "What is taken back has a comment and no answer. Choose an answer.",
		},
		"fault-taken-choice": {
			norwegian: "Tilbaketrekkingen: velg et av svarene.",
			english:   "What is taken back: choose one of the answers.",
		},
		"fault-taken-long": {
			norwegian: "Tilbaketrekkingen: kommentaren er for lang.",
			english:   "What is taken back: the comment is too long.",
		},
		"fault-taken-missing": {
			norwegian: "Tilbaketrekkingen avvises: skriv kort hvorfor, så avsenderen vet det.",
			english:   "What is taken back is rejected: write briefly why, so that the sender knows.",
		},
		"state-open": {norwegian: "ikke besvart", english: "not answered"},
		"state-requested": {
			norwegian: "avsenderen vil trekke tilbake, ikke besvart",
			english:   "the sender wants to take back, not answered",
		},
		"state-withdrawn": {norwegian: "trukket tilbake", english: "taken back"},
		"state-accepted":  {norwegian: "godtatt", english: "accepted"},
		"state-rejected":  {norwegian: "avvist", english: "rejected"},
		"state-delivered": {norwegian: "levert", english: "delivered"},
		"fault-nothing": {
			norwegian: "Velg et svar for minst én linje.",
			english:   "Choose an answer for at least one line.",
		},
		"fault-comment-missing": {
			norwegian: "Linje %d avvises: skriv kort hvorfor, så avsenderen vet det.",
			english:   "Line %d is rejected: write briefly why, so that the sender knows.",
		},
		"fault-comment-long": {
			norwegian: "Linje %d: kommentaren er lengre enn %d tegn.",
			english:   "Line %d: the comment is longer than %d characters.",
		},
		"fault-comment-alone": {
			norwegian: "Linje %d har en kommentar, men ikke noe svar. Velg et svar.",
			english:   "Line %d has a comment and no answer. Choose an answer.",
		},
		"fault-choice": {
			norwegian: "Linje %d: velg et av svarene.",
			english:   "Line %d: choose one of the answers.",
		},
		"fault-changed": {
			norwegian: "Ordren er endret mens siden var åpen. Se over linjene og send svarene på nytt.",
			english:   "The order changed while the page was open. Look the lines over and send the answers again.",
		},
		"fault-refused": {
			norwegian: "Svarene kunne ikke tas imot. Se over linjene og send på nytt.",
			english:   "The answers could not be taken. Look the lines over and send them again.",
		},
		"fault-busy": {
			norwegian: "Svarene kunne ikke lagres akkurat nå. Vent litt og send på nytt.",
			english:   "The answers could not be stored just now. Wait a little and send them again.",
		},

		"unknown": {norwegian: "Denne lenken kan ikke brukes", english: "This link cannot be used"},
		"unknown-why": {
			norwegian: "Den er ufullstendig, for gammel, eller erstattet av en ny. Åpne lenken i den nyeste e-posten " +
				"om ordren, eller ta kontakt med den som bestilte.",
			english: "It is incomplete, too old, or replaced by a new one. Open the link in the newest e-mail about " +
				"the order, or contact the sender of the order.",
		},
		"form": {norwegian: "Svarene kunne ikke leses", english: "The answers could not be read"},
		"form-why": {
			norwegian: "Åpne lenken i e-posten på nytt, og send svarene derfra.",
			english:   "Open the link in the e-mail again, and send the answers from there.",
		},
		"busy": {norwegian: "For travelt akkurat nå", english: "Too busy just now"},
		"busy-why": {
			norwegian: "Ingenting er endret. Vent litt og prøv igjen.",
			english:   "Nothing was changed. Wait a little and try again.",
		},
		"trouble": {norwegian: "Noe gikk galt hos oss", english: "Something went wrong here"},
		"trouble-why": {
			norwegian: "Ingenting er endret. Prøv igjen om litt.",
			english:   "Nothing was changed. Try again in a while.",
		},
	}
}
