package installer

import "strings"

// currencies are the codes of ISO 4217 for what people pay with: without
// metals, funds and what is kept for testing.
const currencies = `
 AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
 COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR
 IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR
 MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD
 SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD
 XCG XOF XPF YER ZAR ZMW ZWG
`

// currency is the rule of a currency's code.
func currency(s string) string {
	for code := range strings.FieldsSeq(currencies) {
		if code == s {
			return ""
		}
	}
	return "It is no code of ISO 4217 with three capital letters, such as NOK."
}

// The currencies that have other than two digits behind the point.
const (
	withoutDigits = " BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF "
	withThree     = " BHD IQD JOD KWD LYD OMR TND "
)

// minorDigits is how many digits of an amount stand behind the point.
func minorDigits(currency string) uint8 {
	switch {
	case currency == "":
		return 2
	case strings.Contains(withoutDigits, " "+currency+" "):
		return 0
	case strings.Contains(withThree, " "+currency+" "):
		return 3
	}
	return 2
}
