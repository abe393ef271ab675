// Package paper is what letters and pages have in common: texts in languages,
// the bounds of a page, the seal of a link, and what came of a letter.
//
// Which dialect writes, about what, and what a link decides is the dialect's.
package paper
