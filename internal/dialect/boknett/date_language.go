package boknett

import (
	_ "embed"
	"iter"
	"strings"
	"unicode/utf8"
)

// dateNames are the names of days and months as computers set to a language
// write them.
//
//go:embed datenames.txt
var dateNames string

// language is a part of dateNames.
type language struct{ name, names string }

// languages reads dateNames, the likeliest in the field first.
func languages() iter.Seq[language] {
	return func(yield func(language) bool) {
		for text := dateNames; text != ""; {
			line, rest, _ := strings.Cut(text, "\n")
			end := 0 // of the lines that begin with what they hold
			for after := rest; len(after) > 1 && after[1] == ' '; end = len(rest) - len(after) {
				_, after, _ = strings.Cut(after, "\n")
			}
			if line[0] != '#' && !yield(language{line, rest[:end]}) {
				return
			}
			text = rest[end:]
		}
	}
}

// dateWord is a word of a date that may be a name.
type dateWord struct {
	text       string // in lower case
	bare       string // without the full stop
	blurred    bool   // some of its characters came as question marks
	day, month bool   // whether it is so in English
}

// datedWords are the words of a date that may be names.
func datedWords(words []string) (all []dateWord) {
	for _, w := range words {
		w = strings.ToLower(w)
		bare := strings.TrimSuffix(w, ".")
		if rest := strings.Trim(bare, "?\ufffd"); rest != "" && !isDigits(rest) {
			all = append(all, dateWord{text: w, bare: bare, blurred: strings.ContainsAny(bare, "?\ufffd"),
				day: englishName(w, weekdays) >= 0, month: englishName(w, months) >= 0})
		}
	}
	return all
}

// languagesOf returns the languages that fit the words of a date best, and the
// first word that is none of English. ma is Monday in Finnish and in Norwegian,
// and marrask. after it is Finnish alone; so the day and the month count
// together. A full stop where the language has none counts less: må. is Nynorsk,
// and må the Swedish of older programs too. A date of English words alone fits
// none.
func languagesOf(words []string) (fits []string, foreign string) {
	dated, best := datedWords(words), 0
	for l := range languages() {
		fit, first := l.fit(dated)
		if first == "" || fit < best {
			continue
		}
		if fit > best {
			best, fits, foreign = fit, nil, first
		}
		fits = append(fits, l.name)
	}
	return fits, foreign
}

// fit counts how well the best day and the best month among words are the
// language's, and returns the first of them that is not English. A day comes
// first, and in French mar. is one.
func (l language) fit(words []dateWord) (fit int, foreign string) {
	day, month := 0, 0
	for i, w := range words {
		asDay, asMonth := 0, 0
		if i == 0 {
			asDay = l.best(w, 'd')
		}
		if asDay == 0 {
			asMonth = l.best(w, 'm')
		}
		if foreign == "" && (asDay > 0 && !w.day || asMonth > 0 && !w.month) {
			foreign = w.text
		}
		day, month = max(day, asDay), max(month, asMonth)
	}
	return day + month, foreign
}

// best is how well the language's names of a kind fit a word at most.
func (l language) best(w dateWord, kind byte) (fit int) {
	for line := range strings.Lines(l.names) {
		if line[0] != kind {
			continue
		}
		for name := range strings.FieldsSeq(line[1:]) {
			fit = max(fit, w.fits(name))
		}
	}
	return fit
}

// fits is 2 for a name with its full stop or without, 1 for one that has a full
// stop too many, or question marks for other characters, which is what some programs make
// of all that is not ASCII.
func (w dateWord) fits(name string) int {
	switch bare := strings.TrimSuffix(name, "."); {
	case name == w.text || bare == w.text:
		return 2
	case bare == w.bare || w.blurred && blurs(bare, w.bare):
		return 1
	}
	return 0
}

// blurs reports whether a name can have been written as word.
func blurs(name, word string) bool {
	for _, r := range word {
		have, size := utf8.DecodeRuneInString(name)
		if size == 0 || r != have && (r != '?' && r != utf8.RuneError || have < utf8.RuneSelf) {
			return false
		}
		name = name[size:]
	}
	return name == ""
}
