// Package storetest is what every order.Store must do, as one exported test.
//
// The name of each subtest is a promise of order.Store or order.Directory in
// plain words; a store that passes [Run] keeps them all.
package storetest
