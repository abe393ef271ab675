// Package chaos breaks the real binary on purpose and checks that nothing is
// lost, doubled or hidden. It holds tests only: the short forms run with
// make test-all, the long ones with make soak.
//
// Each run keeps its ledger outside the gateway and has a control: the same run
// with a planted fault, which must be caught. A run whose control passes has
// proved nothing, and fails. Those without one in the list share what they prove
// with a run that has it.
//
//	TestKillLoop          SIGKILL of the gateway under load
//	  control             a front that acknowledges before the order is stored
//	TestServerKills       SIGKILL of the PostgreSQL server under a gateway
//	  control             a front that takes the database's silence for success
//	TestDeadHolder        one of two replicas dies holding what it acknowledged
//	  control             a survivor that looks after no other
//	TestSoakPatroni       the leader of a Patroni trio dies, in make soak alone
//	  control             a leader that waits for no standby
//	TestPowerCut          the power fails at any call to the disk
//	  control             a disk that does not flush the log
//	TestDiskFull          the disk is full, read-only, failing, or fails once
//	  control             a front that takes refusals for success
//	TestSameOrderAtOnce   many copies of an order at once, with kills between
//	  control             two gateways that share no store
//	TestFourPollers       clients poll in four ways while commits stall
//	  control             a poller without overlap, two that ask a second too late
//	TestClockSteps        the clock is set by an hour and ten years, there and back
//	  control             a gateway whose waits follow the clock
//	TestBitFlips          single bits flipped in stored documents
//	  control             a reader that checks nothing
//	TestBackupWhileWriting  a backup taken under load and restored elsewhere
//	  control             the database file copied alone
//	TestBackupDiskFull    the disk of a backup fails at any call
//	  control             the same commands on a sound disk
//	TestDeliveries        SIGKILL while events go to a receiver that drops and doubles
//	  control             a receiver that ignores gaps and doubles, and a dispatcher that forgets
//	TestRolling           the process is replaced again and again under load
//	  control             one that ends its connections at once when it is replaced
//	TestRollingActivated  one process after the other on a socket of the service manager
//	  control             one that ends them at once when it is to stop
//	TestHandoverNewEnds   the new process ends at each stage of a hand-over
//	  control             an old one that does not serve again
//	TestHandoverOldEnds   the old one does
//	TestHandoverKills     SIGKILL of either at any moment of a hand-over
//	TestWebhookAnswers    events go to receivers that misbehave in every way at once
//	  control             a gateway that follows redirects (plant.FollowRedirects)
//	TestWebhookDelay      how late events come, also beside slow receivers
//	  control             one place for all deliveries (plant.SingleWorker)
//	TestHostileXML        documents that hurt a reader, to each path that takes XML, then many at once
//	  control             elements that nest and follow without an end (plant.NoXMLLimits)
//	TestCanaries          secrets in every wrong place, and persons in orders; then
//	                      everything that was written is searched for them
//	  control             a log with the header of requests, a refusal that repeats one
//	TestLogThatTakesNothing  the log's reader has stopped or ended, or its disk is full
//	  control             a gateway in which who logs waits
//	TestPlacesUnderAttack  slow headers and bodies, header bombs, idle connections,
//	                      held uploads and long polls, while others are served
//	  control             a server without time limits
//	TestLoginsSideBySideTakeLittleMemory  many logins at once
//	  control             all passwords are checked at once
//	TestLoginFlood        logins without pause as users that are not there
//	TestEndedCredentials  streams and polls end with their credential, everywhere
//	  control             what was ended elsewhere is not looked at
//
// A stage says where a run plays: on one gateway over SQLite, or on replicas
// over a PostgreSQL server of the test's own (postgrestest). TestPowerCut and
// TestDiskFull are SQLite's alone: what PostgreSQL makes of its disk is its own
// promise, and ours is to demand fsync of it. The runs with backups and
// deliveries play over SQLite too; that both stores keep what these need is shown
// by the tests of package store. TestServerKills, TestDeadHolder and
// TestSoakPatroni are about what only PostgreSQL has. Where there is no
// PostgreSQL, its half of each run is skipped.
//
// A kill cannot show what a power cut loses, for the kernel still writes what
// the dead process gave it. So shim/disk.c, loaded in front of libc, writes
// down each call by which SQLite changes its files, and the test puts its
// acknowledgements into the same journal. From it the files are rebuilt as they
// could be after a power cut at any entry: with nothing of what was not flushed,
// or with a random half of it, some of it torn between two sectors. The same
// shim makes calls fail for TestDiskFull, and flushes slow for TestFourPollers:
// then a commit hangs between the moment at which a change is stamped and that
// at which it can be seen, as it does in PostgreSQL when a trigger of the test
// sleeps at the end of a transaction.
//
// What the rebuilt disks do not show: damage to what was flushed, and a sector
// that is half written. The shim does not see the calls that the program makes
// without SQLite, by which a new store gets its folder and its name; that these
// are flushed, each folder in the one above, before the store can be asked for
// anything is a test of package store/internal/sqldb, TestNewStoreStandsForCertain.
//
// Receivers of webhooks follow the scripts of package receivertest. The control
// of the fuzz targets is TestSoakFuzzingFindsAPanic, in internal/dialect/conformance.
//
// A zero is printed with what it is worth: no failure in n trials bounds the
// rate by 3/n at 95 % confidence. Times are printed beside what is promised and
// decide nothing, for the machine may be busy; where lateness is the fault itself
// there is a bound far above the goal, which the planted fault passes. With -v the lines of all runs are
// repeated at the end.
package chaos
