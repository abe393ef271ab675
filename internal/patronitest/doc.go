// Package patronitest starts a PostgreSQL trio for tests, as the README sets it
// up: three servers under Patroni, three members of etcd that choose their
// leader, and HAProxy before the gateways. All of them listen on free ports of
// loopback, keep their data in a temporary folder and end with the test. A test
// for which there are no packages is skipped and says which are missing.
//
// patroni.yml and haproxy.cfg are those of the documents, word for word; only addresses
// are exchanged.
package patronitest
