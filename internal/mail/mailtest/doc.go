// Package mailtest is a real SMTP server for the tests of those who write
// letters.
package mailtest
