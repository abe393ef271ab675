// Package conformance runs one order story through every dialect. It holds
// tests only.
//
// All dialects are mounted on one server over one real store, as the program
// does it. A client is a sender's system that speaks one of them: an entry of
// clients, with a request file in testdata/requests that is sent as it stands, and a
// few functions for what it does.
//
//	TestStory                     the same purchase by each client, to the
//	                              same seller, who fulfils it, refuses it, or
//	                              sees it withdrawn, on both databases. At every
//	                              step the core, the list, HAL and EDItX say the
//	                              same facts, whichever client it came by, and
//	                              golden files keep what is to be seen. No link
//	                              that anybody is shown is refused
//	TestWhatIsLost                what a doc.go says that other documents do not
//	                              show is in none that the seller reads, and
//	                              every other member of the request is
//	TestForeignOrdersOfEveryClient  what came by the other clients is not changed by
//	                              strangers at the trade's own API, as they see it
//	                              over a connection
//	TestRefusalsTakeAsLong        the time of a refusal does not reveal what is
//	                              foreign from what is not there, on the routes of
//	                              the control; its long form also tries every other
//	                              route that takes an id, and whose password, secret
//	                              or key was wrong, in 50,000 pairs of requests
//	  control                     who asks is compared after an order was read
//
//	TestPolicy                    testdata/policy.txt says who may do what: every
//	                              route, method and field of GraphQL, with every
//	                              kind of credential, on objects of one's own, of
//	                              others, absent and malformed. The answer is the
//	                              one that is written there; a foreign object is
//	                              answered as an absent one, headers included; and
//	                              a bystander notices nothing of what others do;
//	                              what waits ends with its ticket. Without the build
//	                              tag everycell, one credential stands for all of its
//	                              party's
//	TestPolicyHasEveryRoute       the policy lacks no route, method or field
//	TestEveryCheckIsListed        testdata/checks.txt lacks no check in the source
//	TestMutants                   is the control of TestPolicy: every check of that
//	                              list is switched off, one after the other, and a
//	                              cell must fail. Before that it tries all cells,
//	                              without the race detector. Build tag all
//	TestListsOfOneParty           random lists, feeds and searches against a model:
//	                              no foreign row, and none of one's own is lacking.
//	                              TestSoakListsOfOneParty is its long form, with the
//	                              build tags all and soak
//
// The routes are read from the tables that the dialects register, and the
// operations of GraphQL from its introspection: a new one without a line in the
// policy fails, and so does one without an entry in the matrix, from which the seeds
// of FuzzHTTP and the routes that are timed come, and a dialect without a client.
package conformance
