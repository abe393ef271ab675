// Package document holds the commands that work on EDItX files without a server or a store.
package document
