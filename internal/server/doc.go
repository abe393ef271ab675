// Package server is the listener, root router, limits, request log, health and
// metrics; it mounts the dialects.
//
// A request passes, in this order (middleware.go): the log and the request id,
// CORS, the recovery from panics, the normalised path and the limits on
// requests and bytes; then the route table (routes.go). The address of the client is
// decided before all of that (proxy.go): behind trusted proxies it is the one that
// they name, and from there on RemoteAddr is the client's address.
//
// What the server answers itself is its root, its health, and the pages that
// explain problems and link relations (pages.go); everything else is a dialect's.
//
// What a request is refused with reaches clients that send all before they read:
// the body is read and discarded, within bounds, before the answer leaves
// (connection.go).
//
// Long-polling requests move to a separate, larger limit (WaitSlot in quota.go), and a
// server that stops ends their waiting. Requests whose body is read, whose refused
// body is discarded, or whose answer is read slowly (responsewriter.go) have limits of
// other kinds. All of these, and the memory for bodies, are shared
// (quota.go) by parties, and where there is no valid credential by addresses, so that
// one client alone cannot have them all.
//
// A server that stops, or hands its sockets to another process (server.go,
// proxy.go), drains: each answer is the last of its connection, and an idle
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
