// Command generate writes notices.json: the licenses and notices of what is in
// the program, as the module cache and the Go installation have them. With an
// argument it writes to that file.
package main
