// Package dialecttest tells one order story through every dialect. It holds
// tests only.
//
// All dialects are mounted on one server over one real store, as the program
// does it. A door is a way by which orders come: an entry of doors, with a request
// file in testdata/requests that is sent as it stands, and a few functions for
// what its clients do.
//
//	TestStory                     the same purchase through each door, to the
//	                              same seller, who fulfils it, refuses it, or
//	                              sees it withdrawn, on both databases. At every
//	                              step the core, the list, HAL and EDItX say the
//	                              same facts, whichever door it came by, and
//	                              golden files keep what is to be seen. No link
//	                              that anybody is shown is refused
//	TestWhatIsLost                what a doc.go says that other documents do not
//	                              show is in none that the seller reads, and
//	                              every other member of the request is
//	TestAuthorisation             every operation of every route with every kind
//	                              of credential: nothing foreign is shown or
//	                              moved, or told from what is not there
//	TestForeignOrdersOfEveryDoor  the same for what came by the other doors, at
//	                              the trade's own API
//	TestRefusalsTakeAsLong        the time of a refusal tells neither what is
//	                              foreign from what is not there, nor whose
//	                              password, secret or key was wrong: every route
//	                              that takes an id, in 5,000 pairs of requests
//	  control                     who asks is compared after an order was read
//
// The routes are read from the tables that the dialects register, and the
// operations of GraphQL from its introspection: a new one without an entry in the
// matrix fails, and so does a dialect without a door.
package dialecttest
