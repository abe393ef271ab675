// Command bookgate is the program: serve, demo, administration and client
// commands. It puts the commands of internal/cli together.
package main
