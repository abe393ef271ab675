// Package interop runs unchanged clients, servers and proxies of others
// against the real binary. It holds tests only, which make test-all runs.
//
// Clients from npm are pinned in node/package.json and its lock file;
// make test-deps installs them into node/node_modules. A script in node/ is one
// job of one client: it reads its settings from the environment, prints what it
// saw as JSON, and exits with 0.
package interop
