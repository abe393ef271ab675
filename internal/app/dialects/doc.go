// Package dialects lists what the wiring and the commands of an operator both need of every
// dialect: its rules and the permissions of its API keys.
package dialects
