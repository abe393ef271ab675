// Package cli runs a command line: the tree of commands, exit codes, and how errors,
// tables, JSON and text are printed. What it needs of the process (streams, environment,
// working directory) is in App, so that several command lines can run in one process.
// The commands are in the packages below.
package cli
