// Package server is the listener, root router, limits, request log, health and
// metrics; it mounts the dialects.
//
// A request passes, in this order: the log and the request id (middleware.go,
// count.go), the catching of panics (protect.go), the path made plain (path.go),
// the limits on requests and bytes (admit.go), and the route table (methods.go).
// Whom a connection or request comes from is decided before all of that (proxied.go,
// client.go): behind proxies that are trusted it is whom they name, and from there on
// RemoteAddr is the client's address.
//
// What the server answers itself is its root, its health, and the pages that
// explain problems and link relations; everything else is a dialect's.
//
// What a request is refused with reaches clients that send all before they read:
// the body is read and discarded, within bounds, before the answer leaves
// (unread.go).
//
// A place among those that work is for a request that has work. One that is
// going to wait until something happens says so (Park): it leaves its place and
// takes one among those that wait, of which there are many more. A server that
// stops ends their waiting. One whose body is going to be read (receive.go), whose
// refused body is discarded, or whose answer is read slowly (answer.go) is in
// places of other kinds. All of these, and the memory for bodies, are shared
// (shares.go, quota.go): by parties, and where there is no valid credential by
// addresses, so that one alone cannot have them all.
//
// A server that stops, or hands its sockets to another process (handover.go,
// listener.go), drains: each answer is the last of its connection, and an idle
// connection ends so that a request on its way is answered (connection.go).
//
// A handler that fails before it has written answers with a problem. One that
// fails in the middle of a long answer panics with [http.ErrAbortHandler]: the
// connection is cut, so that no client takes half an answer for a whole one.
//
// What is refused here at a dialect's paths (a method, a size, one request too
// many, a fault) is answered in the dialect's form where it has one, else with a
// problem.
package server
