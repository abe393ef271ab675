// Package neterr says why another machine could not be reached, in words that
// are the same wherever bookgate calls out.
//
// Errors of the network come wrapped in those of libraries and in English that
// is made for programmers. [Classify] finds what is behind them. Who called adds
// what only the caller knows: the protocol that was spoken, whose machine it
// is, and what to do next.
package neterr
