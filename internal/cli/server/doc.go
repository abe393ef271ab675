// Package server holds the commands that run the gateway or show how it would run: serve,
// demo, config and licenses.
package server
