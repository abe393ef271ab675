// Package admin holds the commands of an operator. They work on the store itself, also
// while a server runs on it.
package admin
