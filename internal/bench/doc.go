// Command bench drives list, order, EDItX, submit and line update on loopback
// against the real binary and prints a line for each.
package main
