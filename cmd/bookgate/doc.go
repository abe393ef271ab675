// Command bookgate is the program: serve, demo, administration and client
// commands, one file a command. It wires; it decides nothing.
package main
