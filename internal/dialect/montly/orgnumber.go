package montly

import "strings"

// orgDigits is how many digits a Swedish organisation number has, the last of
// them a check digit.
const orgDigits = 10

// parseOrgNumber reads an organisation number as buyers type it: ten digits,
// with a dash or a blank before the last four or without, and blanks around. In
// front may stand 16, or for persons the century of their birth. The result has
// the dash. legalOnly lets in firms alone; a sole trader shows a personal number,
// whose third digit belongs to a month.
func parseOrgNumber(s string, legalOnly bool) (number string, ok bool) {
	digits, ok := orgNumberDigits(strings.TrimSpace(s))
	if !ok || digits == strings.Repeat("0", orgDigits) || luhn(digits) != 0 {
		return "", false
	}
	if legalOnly && isPersonal(digits) {
		return "", false
	}
	return digits[:6] + "-" + digits[6:], true
}

// orgNumberDigits takes the dash and what stands in front of ten digits away.
func orgNumberDigits(s string) (string, bool) {
	s = strings.NewReplacer("‐", "-", "‑", "-", "–", "-", "−", "-", "\u00a0", " ").Replace(s)
	if n := len(s); n >= 5 && (s[n-5] == '-' || s[n-5] == ' ') {
		s = s[:n-5] + s[n-4:]
	}
	if !isDigits(s) {
		return "", false
	}
	if len(s) == orgDigits {
		return s, true
	}
	if len(s) != orgDigits+2 {
		return "", false
	}
	front, rest := s[:2], s[2:]
	return rest, front == "16" && !isPersonal(rest) || isPersonal(rest) && (front == "18" || front == "19" || front == "20")
}

// isPersonal reports whether ten digits can be those of a person: no legal
// person has a third digit below 2.
func isPersonal(digits string) bool { return digits[2] < '2' }

// luhn gives the rest that must be 0: every second digit counts twice, beginning
// before the last, and a sum of two digits counts as both.
func luhn(digits string) int {
	sum := 0
	for i := range len(digits) {
		n := int(digits[i] - '0')
		if (len(digits)-i)%2 == 0 {
			n *= 2
		}
		sum += n/10 + n%10
	}
	return sum % 10
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
