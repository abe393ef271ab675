// Package postgrestest starts a PostgreSQL server for tests: of its own, in a
// temporary folder, on a free port of loopback, and ended with the test
// process. A test for which there are no binaries is skipped.
//
// Tests that run on several engines ask Included whether PostgreSQL is one of
// them; tests of PostgreSQL alone carry the build tag all.
//
// A package that uses it ends the server in its TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(postgrestest.Run(m)) }
package postgrestest
