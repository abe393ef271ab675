// Package storetest is what every webhook.Store must do, as one exported test.
package storetest
