package montly

import (
	"embed"

	"github.com/bookgate/bookgate/internal/actionmail"
)

// The languages of the e-mails to customers. The first is that of a shop without
// one of these: the dialect is used in Sweden.
const (
	swedish actionmail.Language = "sv"
	english actionmail.Language = "en"
)

func languages() []actionmail.Language { return []actionmail.Language{swedish, english} }

//go:embed mail.txt mail.html page.html page.css
var files embed.FS

// texts returns every text that a customer reads, in each language beside the
// others.
func texts() actionmail.Texts {
	return actionmail.Texts{
		"moment-layout": {swedish: "2006-01-02 kl. 15.04", english: "2 January 2006, 15:04"},
		"day-layout":    {swedish: "2006-01-02", english: "2 January 2006"},

		"subject-sign": {
			swedish: "Skriv under leasingavtalet för order %s hos %s",
			english: "Sign the lease for order %s with %s",
		},
		"subject-delivery": {
			swedish: "Bekräfta leveransen av order %s från %s",
			english: "Confirm the delivery of order %s from %s",
		},
		"opening-sign": {
			swedish: "Leasingen av order %s hos %s är beviljad. Varorna skickas när avtalet är undertecknat.",
			english: "The lease of order %s with %s has been accepted. The goods are sent when the agreement is " +
				"signed.",
		},
		"opening-delivery": {
			swedish: "Order %s från %s har skickats. Bekräfta när varorna har kommit fram; därmed är ordern slutförd.",
			english: "Order %s from %s has been shipped. Confirm when the goods have arrived; that completes the " +
				"order.",
		},
		"hello":         {swedish: "Hej, %s.", english: "Hello, %s."},
		"link-sign":     {swedish: "Skriv under här:", english: "Sign here:"},
		"link-delivery": {swedish: "Bekräfta här:", english: "Confirm here:"},
		"terms-sign": {
			swedish: "Länken kan användas en gång, före %s. Den är nyckeln till underskriften, så skicka den bara " +
				"vidare till den som har rätt att skriva under.",
			english: "The link can be used once, before %s. It is the key to signing, so pass it on only to the " +
				"person who has the right to sign.",
		},
		"terms-delivery": {
			swedish: "Länken kan användas en gång, före %s. Skicka den bara vidare till den som tar emot varorna.",
			english: "The link can be used once, before %s. Pass it on only to the person who receives the goods.",
		},
		"no-reply": {
			swedish: "Svar på det här mejlet läses inte. Kontakta %s vid frågor och uppge ordernummer %s.",
			english: "Replies to this mail are not read. With questions, contact %s and give the order number %s.",
		},
		"test-order": {
			swedish: "Det här är ett test: inget avtal ingås och inga varor skickas.",
			english: "This is a test: no agreement is made and no goods are sent.",
		},

		"order-number": {swedish: "Ordernummer", english: "Order number"},
		"shop":         {swedish: "Butik", english: "Shop"},
		"company":      {swedish: "Företag", english: "Company"},
		"org-number":   {swedish: "Organisationsnummer", english: "Registration number"},
		"person":       {swedish: "Beställare", english: "Ordered by"},
		"finance":      {swedish: "Leasingbolag", english: "Leased from"},
		"goods":        {swedish: "Varor", english: "Goods"},
		"pieces":       {swedish: "%d st.", english: "%d pcs"},
		"more-lines":   {swedish: "och %d rader till", english: "and %d more lines"},
		"monthly":      {swedish: "Månadsavgift", english: "Monthly amount"},
		"period":       {swedish: "Leasingperiod", english: "Leasing period"},
		"months":       {swedish: "%d månader", english: "%d months"},
		"without-tax":  {swedish: "%s exkl. moms", english: "%s excluding VAT"},

		"title-sign":     {swedish: "Leasingavtal för order %s hos %s", english: "Lease of order %s with %s"},
		"title-delivery": {swedish: "Leverans av order %s från %s", english: "Delivery of order %s from %s"},
		"intro-sign": {
			swedish: "Läs igenom uppgifterna. Med knappen skriver du under avtalet för %s. Det kan inte ångras här.",
			english: "Check the details. With the button you sign the agreement for %s. It cannot be undone here.",
		},
		"intro-delivery": {
			swedish: "Tryck på knappen när varorna har kommit fram till %s. Det kan inte ångras här.",
			english: "Press the button when the goods have reached %s. It cannot be undone here.",
		},
		"button-sign":     {swedish: "Skriv under avtalet", english: "Sign the agreement"},
		"button-delivery": {swedish: "Varorna har kommit fram", english: "The goods have arrived"},

		"done-sign": {swedish: "Avtalet är undertecknat", english: "The agreement has been signed"},
		"done-why-sign": {
			swedish: "Tack. %s kan nu skicka varorna. Ett mejl kommer när de är på väg.",
			english: "Thank you. %s can now send the goods. A mail will come when they are on their way.",
		},
		"done-delivery": {swedish: "Leveransen är bekräftad", english: "The delivery has been confirmed"},
		"done-why-delivery": {
			swedish: "Tack. %s vet nu att varorna har kommit fram, och ordern är slutförd.",
			english: "Thank you. %s knows now that the goods have arrived, and the order is completed.",
		},

		"used-sign": {
			swedish: "Avtalet är redan undertecknat",
			english: "The agreement has been signed already",
		},
		"used-why-sign": {
			swedish: "Det undertecknades %s. Länken kan inte användas igen.",
			english: "It was signed on %s. The link cannot be used again.",
		},
		"used-delivery": {
			swedish: "Leveransen är redan bekräftad",
			english: "The delivery has been confirmed already",
		},
		"used-why-delivery": {
			swedish: "Den bekräftades %s. Länken kan inte användas igen.",
			english: "It was confirmed on %s. The link cannot be used again.",
		},
		"cancelled": {swedish: "Ordern är annullerad", english: "The order has been cancelled"},
		"cancelled-why": {
			swedish: "Den annullerades %s. Det finns inget kvar att göra.",
			english: "It was cancelled on %s. There is nothing left to do.",
		},
		"declined": {swedish: "Ordern är avslagen", english: "The order has been declined"},
		"declined-why": {
			swedish: "Den avslogs %s. Det finns inget kvar att göra.",
			english: "It was declined on %s. There is nothing left to do.",
		},

		"unknown": {swedish: "Länken kan inte användas", english: "This link cannot be used"},
		"unknown-why": {
			swedish: "Den är ofullständig eller för gammal. Öppna länken i det senaste mejlet om ordern, eller " +
				"kontakta butiken.",
			english: "It is incomplete or too old. Open the link in the newest mail about the order, or contact the " +
				"shop.",
		},
		"form": {swedish: "Svaret kunde inte läsas", english: "The answer could not be read"},
		"form-why": {
			swedish: "Öppna länken i mejlet igen och tryck på knappen där.",
			english: "Open the link in the mail again and press the button there.",
		},
		"busy": {swedish: "Svaret kunde inte sparas just nu", english: "The answer could not be stored just now"},
		"busy-why": {
			swedish: "Ingenting är ändrat. Vänta en stund och öppna länken igen.",
			english: "Nothing was changed. Wait a little and open the link again.",
		},
		"trouble":     {swedish: "Något gick fel hos oss", english: "Something went wrong here"},
		"trouble-why": {swedish: "Försök igen om en stund.", english: "Try again in a while."},
	}
}
