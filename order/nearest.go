package order

// maxEdits is how far a word may be from the one that was meant: two typing
// errors. Beyond it a suggestion misleads more often than it helps.
const maxEdits = 2

// Nearest gives the candidate that is spelled most like word, if one is at
// most two edits away: for the "did you mean" of messages.
func Nearest(word string, candidates []string) (best string, ok bool) {
	least := maxEdits + 1
	for _, c := range candidates {
		if d := editDistance(word, c, least); d < least {
			best, least, ok = c, d, true
		}
	}
	return best, ok
}

// editDistance is Levenshtein's, giving up at limit.
func editDistance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
