package archtest

import "slices"

// module is the path that all of ours begin with.
const module = "github.com/bookgate/bookgate"

// row is a row of the table: a package, or with a star at the end all
// packages below.
type row struct {
	pkg   string   // below module
	may   []string // what it may import from us; a star at the end means all below
	never []string // what it may not import from elsewhere
	why   string
}

// rows is the table. The first row that matches a package counts.
func rows() []row {
	return []row{
		{
			pkg: "order", never: []string{outside, "net/http", "database/sql", "encoding/xml"},
			why: "the core knows neither HTTP nor SQL nor XML, so that a rule can be read and tested alone; it uses the standard library only",
		},
		{
			pkg: "order/storetest", may: []string{"order", "internal/fulltest"}, never: []string{"net/http", "database/sql"},
			why: "it tests every order.Store by the interface alone; knowing one engine, it would bend the promise towards it",
		},
		{
			pkg: "internal/xmlread", may: []string{"order"}, never: []string{"net/http", "database/sql"},
			why: "every format in XML reads with it and under its limits; knowing one of them, it would read for that one",
		},
		{
			pkg: "editx", may: []string{"order", "internal/xmlread"}, never: []string{"net/http", "database/sql"},
			why: "a format turns bytes into core values and back; it is used by commands and by many dialects, without a server or a store",
		},
		{
			pkg: "hal", may: []string{"order", "internal/jsontext"}, never: []string{"net/http", "database/sql", outside},
			why: "a format turns core values into bytes; who asks, over what, is not its business, and the two formats must not lean on each other",
		},
		{
			pkg: "store", may: []string{"order", "store/internal/sqldb", "store/internal/dump", "internal/auth", "internal/webhook"}, never: []string{"net/http", "encoding/xml"},
			why: "the store keeps what the core and the logins define; knowing a format or a dialect, neither could change without it",
		},
		{
			pkg: "store/internal/dump", may: []string{"order", "store/internal/sqldb"}, never: []string{outside, "net/http", "encoding/xml", "database/sql"},
			why: "a backup is all rows of all tables; what a row means is the business of the store, which passes what must be known of it",
		},
		{
			pkg: "store/internal/sqldb", may: []string{"order", "store/migrations"}, never: []string{"net/http", "encoding/xml"},
			why: "it runs SQL and knows the databases; of the core it uses the errors, and of what is stored nothing",
		},
		{
			pkg: "store/migrations", may: nil, never: []string{outside, "net/http"},
			why: "it holds the schema steps of each database and nothing else",
		},
		{
			pkg: "internal/auth", may: []string{"order", "internal/reqlog"}, never: []string{"database/sql"},
			why: "it says what a store of logins must do and asks for it by interface; the arrow goes from store to auth; whose key a request has it writes into the request's record",
		},
		{
			pkg: "internal/webhook", may: []string{"order", "hal", "internal/jsontext", "internal/neterr"}, never: []string{"database/sql"},
			why: "it says what a store of deliveries must do and asks for it by interface; the arrow goes from store to webhook; its bodies spell what the documents spell",
		},
		{
			pkg: "internal/webhook/storetest", may: []string{"order", "internal/webhook"}, never: []string{"database/sql"},
			why: "it tests every store of deliveries by the interface alone; knowing one engine, it would bend the promise towards it",
		},
		{
			pkg: "internal/webhook/receivertest", may: []string{"internal/webhook"}, never: []string{"database/sql"},
			why: "it is the other end of a delivery, for tests; of ours it knows the words for what must come of one",
		},
		{
			pkg: "internal/plant", never: []string{outside, "net/http", "database/sql"},
			why: "a fault may be planted in any package, so this one leans on none; it is empty in what is shipped",
		},
		{
			pkg: "internal/logsink", never: []string{outside, "net/http", "database/sql"},
			why: "it stands below the log of everything; whatever it leaned on could not log",
		},
		{
			pkg: "internal/notices", never: []string{outside, "net/http", "database/sql"},
			why: "it is a list of texts; what made it is beside it and not shipped",
		},
		{
			pkg: "internal/notices/generate", may: []string{"internal/jsontext", "internal/notices"}, never: []string{outside, "net/http", "database/sql"},
			why: "it reads the module cache when the list is made, and is not part of the program",
		},
		{
			pkg: "internal/jsontext", never: []string{outside, "net/http", "database/sql"},
			why: "every package that writes JSON writes it with this one, so it must lean on none of them",
		},
		{
			pkg: "internal/neterr", may: []string{"order"}, never: []string{outside, "net/http", "database/sql"},
			why: "it reads errors of the network; which protocol failed, and whose machine it was, is known to those who call out",
		},
		{
			pkg: "internal/mail", may: []string{"order", "internal/neterr"}, never: []string{"database/sql", "net/http"},
			why: "it sends an e-mail and returns the result; what is sent, and when it is tried again, is for its callers to know",
		},
		{
			pkg: "internal/mail/mailtest", never: []string{"database/sql", "net/http"},
			why: "it is the other end of a connection; knowing what is sent, it would accept what a mail program does not",
		},
		{
			pkg: "internal/actionmail", may: []string{"order", "internal/httpjson", "internal/mail", "internal/webhook", "internal/reqlog"}, never: []string{"database/sql"},
			why: "e-mails with a link and their pages behave alike for all users; knowing one of them, it would decide for it",
		},
		{
			pkg: "internal/problem", may: []string{"order", "internal/jsontext"}, never: []string{"database/sql"},
			why: "every dialect renders its errors with it, so it must know none of them",
		},
		{
			pkg: "internal/httpjson", may: []string{"order", "internal/jsontext"}, never: []string{"database/sql", outside},
			why: "every dialect reads requests with it and refuses the same faults in the same words; knowing one of them, it would bend to that one",
		},
		{
			pkg: "internal/reqlog", may: []string{"order"}, never: []string{"net/http", "database/sql", outside},
			why: "every package on a request's way writes into the record; knowing any of them, it would tie them together",
		},
		{
			pkg: "internal/dialect/dialecttest", may: []string{"order", "store", "internal/freshstore", "internal/auth", "internal/webhook", "internal/actionmail", "internal/server"},
			never: []string{"database/sql"},
			why:   "it is the fixture for the tests of every dialect; if it imported one dialect, the tests of that one could not import it",
		},
		{
			pkg: "internal/dialect/conformance", may: nil,
			why: "it holds tests only, and looks at all dialects from outside; what it tests with, no dialect may lean on",
		},
		{
			pkg: "internal/dialect/hark/graph", may: nil, never: []string{"net/http", "database/sql"},
			why: "it is made by gqlgen from the schema; what it knew of ours, no schema could say",
		},
		{
			pkg: "internal/dialect/hark", may: []string{"order", "internal/dialect/hark/graph", "internal/httpjson", "internal/jsontext", "internal/problem", "internal/auth", "internal/webhook", "internal/mail", "internal/reqlog"},
			never: []string{"database/sql"},
			why:   "a dialect like the others, which has its schema and the executor of it in a package of their own",
		},
		{
			pkg: "internal/dialect/*", may: []string{"order", "editx", "hal", "internal/httpjson", "internal/jsontext", "internal/problem", "internal/auth", "internal/webhook", "internal/mail", "internal/actionmail", "internal/reqlog"},
			never: []string{"database/sql"},
			why:   "a dialect asks the exchange and never the store, so that every rule holds in every dialect; and no dialect leans on another, so that each can be changed alone",
		},
		{
			pkg: "internal/channel/email", may: []string{"order", "editx", "internal/actionmail", "internal/mail", "internal/webhook", "internal/reqlog"},
			never: []string{"database/sql"},
			why:   "a channel serves parties without an API: it calls the exchange and never the store, so that every rule holds here too",
		},
		{
			pkg: "internal/server/metrics", may: []string{"order"}, never: []string{"database/sql"},
			why: "it counts what other packages report in words of the core; they reach it through plain functions, and it asks for no more",
		},
		{
			pkg: "internal/server", may: []string{"internal/server/metrics", "internal/dialect/*", "internal/problem", "internal/auth", "internal/jsontext", "internal/reqlog", "internal/httpjson", "order"},
			never: []string{"database/sql"},
			why:   "the listener mounts dialects and refuses with order.Errors; what is behind the dialects it reaches through them alone",
		},
		{
			pkg: "internal/handover", may: []string{"internal/jsontext"}, never: []string{outside, "net/http", "database/sql"},
			why: "it passes open files between two processes; what they are, and when a process serves, is for the program to know",
		},
		{
			pkg: "internal/systemd", never: []string{"net/http", "database/sql"},
			why: "it speaks to the service manager; what is served, and when, is for the program to know",
		},
		{
			pkg: "internal/client", may: []string{"order", "hal", "editx", "internal/jsontext", "internal/neterr"}, never: []string{"database/sql", "github.com/gorilla/mux"},
			why: "the client knows of the server what every client knows: the documents",
		},
		{
			pkg: "internal/harness", may: []string{"order", "hal", "editx", "internal/client"},
			why: "it drives the real binary from outside; reaching inside, it would test something else",
		},
		{
			pkg: "internal/bench", may: []string{"order", "hal", "editx", "internal/client", "internal/harness"},
			why: "it measures the real binary from outside",
		},
		{
			pkg: "internal/chaos", may: nil,
			why: "it holds tests only, and breaks the real binary from outside",
		},
		{
			pkg: "internal/simulation", may: nil,
			why: "it holds tests only, and runs the product in one goroutine, with clocks and faults from a seed",
		},
		{
			pkg: "internal/interop", may: nil,
			why: "it holds tests only, and runs programs of others against the real binary",
		},
		{
			pkg: "internal/freshstore", may: nil, never: []string{"net/http"},
			why: "it copies stores for tests, those of the package store too, which it therefore cannot import",
		},
		{
			pkg: "internal/fulltest", may: nil,
			why: "it says how much of a test runs, whatever is tested",
		},
		{
			pkg: "internal/supply", may: nil,
			why: "it holds tests only, and looks at what the program is made of",
		},
		{
			pkg: "internal/postgrestest", may: nil,
			why: "it starts a database server for tests, whatever is tested on it",
		},
		{
			pkg: "internal/patronitest", may: []string{"internal/postgrestest"},
			why: "it starts a trio of database servers for tests, whatever is tested on it",
		},
		{
			pkg: "internal/archtest", may: nil,
			why: "it holds tests only, and looks at the project from outside",
		},
		{
			pkg: "internal/app/dialects", may: []string{"order", "internal/dialect/*"}, never: []string{"database/sql", "net/http"},
			why: "a gateway and the commands on a store must know the same dialects; where a list stood twice, one would be forgotten",
		},
		{
			pkg: "internal/app", may: []string{"*"},
			why: "it wires the gateway, and decides nothing, so it is the one that may know everything",
		},
		{
			pkg: "internal/cli/settings", may: []string{"internal/cli", "order", "store"}, never: []string{"database/sql", "net/http"},
			why: "settings are read alike by the server and by the commands on the store; what they mean to a part is that part's to know",
		},
		{
			pkg: "internal/cli/server", may: []string{"*"},
			why: "the settings of every part are read here and handed to the wiring",
		},
		{
			pkg: "internal/cli/admin",
			may: []string{"order", "editx", "hal", "store", "internal/auth", "internal/webhook", "internal/actionmail", "internal/dialect/*", "internal/channel/*",
				"internal/app/dialects", "internal/cli", "internal/cli/settings"},
			never: []string{"net/http", "database/sql"},
			why:   "an operator works on the store, also when no server runs; a command that asked a server as well would have two truths",
		},
		{
			pkg: "internal/cli/client", may: []string{"order", "editx", "hal", "internal/client", "internal/webhook", "internal/cli"}, never: []string{"database/sql"},
			why: "a sender or receiver has a login and no store; what these commands can do, every client of the API can do",
		},
		{
			pkg: "internal/cli/document", may: []string{"order", "editx", "internal/cli"}, never: []string{"net/http", "database/sql"},
			why: "a document is checked and converted on the machine where it lies, without a server or a store",
		},
		{
			pkg: "internal/cli", may: []string{"order", "editx", "internal/jsontext"}, never: []string{"net/http", "database/sql"},
			why: "what all commands share is exit codes and how things are printed; it must not open a way from one side's commands to the other's",
		},
		{
			pkg: "cmd/bookgate", may: []string{"internal/cli", "internal/cli/server", "internal/cli/admin", "internal/cli/client", "internal/cli/document"},
			never: []string{outside},
			why:   "the program puts its commands together; whatever else it did could not be tested without a process",
		},
	}
}

// home is where an outside library lives.
type home struct {
	library string // module path, or the beginning of several
	pkgs    []string
	why     string
}

// homes lists the packages of each outside library.
func homes() []home {
	return []home{
		{"github.com/beevik/etree", []string{"editx"}, "EDItX is written in one place, where values are checked for XML's characters"},
		{"golang.org/x/text", []string{"internal/xmlread"}, "old character sets come in with documents and nowhere else"},
		{"github.com/mattn/go-sqlite3", []string{"store/internal/sqldb", "internal/freshstore"}, "databases are opened in one place; the template of the tests' stores loses its epoch by SQL"},
		{"github.com/jackc/pgx", []string{"store/internal/sqldb", "internal/postgrestest"}, "databases are opened in one place, and the test server makes them"},
		{"github.com/gorilla/mux", []string{"internal/server", "internal/dialect/*", "internal/channel/*"}, "routes belong to the server, the dialects and the channels; no package behind them knows paths"},
		{"github.com/pires/go-proxyproto", []string{"internal/server"}, "whom a connection speaks for is decided in one place, before anything is counted by it"},
		{"github.com/coreos/go-systemd", []string{"internal/systemd"}, "the service manager is spoken to in one place"},
		{"github.com/hashicorp/go-retryablehttp", []string{"internal/webhook", "internal/client"}, "requests to other machines are sent in one of two ways, and both are watched"},
		{"github.com/99designs/gqlgen", []string{"internal/dialect/hark", "internal/dialect/hark/graph"}, "one dialect speaks GraphQL"},
		{"github.com/vektah/gqlparser", []string{"internal/dialect/hark", "internal/dialect/hark/graph"}, "one dialect speaks GraphQL"},
		{"github.com/nyaruka/phonenumbers", []string{"internal/dialect/installer"}, "one dialect promises rules for phone numbers"},
		{"golang.org/x/net/idna", []string{"internal/mail", "internal/webhook", "internal/cli/server"}, "internationalised names become A-labels where an address comes in: of mail, of webhooks, of the server itself"},
		{"golang.org/x/net/http2", []string{"internal/webhook/receivertest"}, "frames that no server sends are for tests"},
		{"github.com/wneessen/go-mail", []string{"internal/mail"}, "e-mails are sent from one place, where headers and encryption are checked"},
		{"github.com/emersion/go-smtp", []string{"internal/mail/mailtest"}, "a mail server is for tests"},
		{"github.com/prometheus/client_golang", []string{"internal/server/metrics"}, "figures are made and served in one place; a package that counts calls a plain function"},
		{"github.com/spf13/", []string{"internal/cli", "internal/cli/*"}, "flags and arguments end in the commands, which hand on values"},
		{"golang.org/x/term", []string{"internal/cli", "internal/cli/*"}, "only commands sit at a terminal"},
		{"golang.org/x/crypto", []string{"internal/auth"}, "passwords are hashed in one place, two at once"},
		{"github.com/google/go-cmp", []string{"order/storetest", "internal/webhook/storetest", "internal/dialect/dialecttest"}, "comparing with a report is for tests"},
		{"pgregory.net/rapid", []string{"order/storetest", "internal/fulltest"}, "made-up cases are for tests"},
	}
}

// outside in row.never stands for every outside library.
const outside = "(any outside library)"

// forbiddenNames say nothing of what is inside, so everything ends up there.
func forbiddenNames() []string {
	return []string{"util", "utils", "common", "helpers", "helper", "pkg", "misc", "shared"}
}

// spine returns the files that every dialect has beside those of its own nouns.
func spine() []string {
	return []string{
		"doc.go",      // what the API is, and where it departs from its original
		"routes.go",   // route table, permissions, authentication
		"handlers.go", // one handler for each route
		"submit.go",   // how an order is taken in
		"request.go",  // how a request is read
		"wire.go",     // the types of requests and answers, and the order that becomes of one
		"status.go",   // the states of an order in the words of the API
		"rules.go",    // what may be done in which state
		"errors.go",   // errors in the form of the API
		"webhook.go",  // callbacks
	}
}

// spines returns the files that are wanted in each dialect.
func spines() map[string][]string {
	return map[string][]string{
		"boknett":   slices.DeleteFunc(spine(), func(file string) bool { return file == "rules.go" }), // its orders have the core's alone
		"hark":      append(spine(), "schema.go", "resolvers.go"),
		"installer": spine(),
		"montly":    spine(),
	}
}
