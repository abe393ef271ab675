// Package logsink stands between the program's log and the file that takes it.
// That file may be on a full disk, and the program that reads it may have
// stopped: then who logs must not wait, and what was lost must not be hidden.
//
// A line is made harmless to a terminal where it is not plain, put into a buffer and
// written by one goroutine. While the file takes nothing the buffer fills; what no
// longer fits is dropped and counted, and the next line that can be written says how
// many lines are missing, since when and why.
package logsink
