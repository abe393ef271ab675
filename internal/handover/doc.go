// Package handover passes a server's open sockets from the process that serves to
// the one that is to follow it, over a socket file of its own.
//
// The new process asks ([Ask]) and gets an [Offer] with open files. It makes itself
// ready with them, begins to serve, and says so ([Predecessor.Ready]). Only then the
// old one drains. Each side learns of the other's end by the connection's:
//
//   - the new process ends before it was ready: the old one serves on;
//   - it ends while the old one drains: the old one serves again;
//   - the old process ends at any moment: the new one, which has the files, serves.
//
// Messages are lines of JSON. Only a process of the same account is answered: the
// socket file is for its owner alone, and the kernel is asked who connected.
package handover
