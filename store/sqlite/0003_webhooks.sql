-- Deliveries: who wants to be told, what is on its way, and what came back.

-- events is a JSON list of filters, headers a JSON object. scope is the id of
-- the one order that an endpoint is for, or ''.
CREATE TABLE endpoints (
	n           INTEGER PRIMARY KEY,
	id          TEXT NOT NULL UNIQUE,
	party       TEXT NOT NULL REFERENCES parties (id),
	scope       TEXT NOT NULL,
	url         TEXT NOT NULL,
	description TEXT NOT NULL,
	events      TEXT NOT NULL,
	format      TEXT NOT NULL,
	headers     TEXT NOT NULL,
	state       TEXT NOT NULL,
	reason      TEXT NOT NULL,
	secret      BLOB NOT NULL,
	old_secret  BLOB NOT NULL,
	old_until   INTEGER NOT NULL,
	created     INTEGER NOT NULL,
	updated     INTEGER NOT NULL,
	failures    INTEGER NOT NULL,
	since       INTEGER NOT NULL,
	success     INTEGER NOT NULL,
	due         INTEGER NOT NULL
) STRICT;
CREATE INDEX endpoints_party ON endpoints (party, scope, n);

-- The facts of an event that a delivery tells stand in it, so that every try
-- sends the same bytes even when the order is gone. order_n is NULL in a trial.
CREATE TABLE deliveries (
	n          INTEGER PRIMARY KEY,
	id         TEXT NOT NULL UNIQUE,
	endpoint_n INTEGER NOT NULL REFERENCES endpoints (n),
	party      TEXT NOT NULL,
	type       TEXT NOT NULL,
	state      TEXT NOT NULL,
	attempts   INTEGER NOT NULL,
	due        INTEGER NOT NULL,
	lease      INTEGER NOT NULL,
	leased_by  TEXT NOT NULL,
	created    INTEGER NOT NULL,
	finished   INTEGER NOT NULL,
	seq        INTEGER NOT NULL,
	order_n    INTEGER REFERENCES orders (n),
	order_id   TEXT NOT NULL,
	number     TEXT NOT NULL,
	event      INTEGER NOT NULL,
	at         INTEGER NOT NULL,
	line       INTEGER NOT NULL,
	from_status TEXT NOT NULL,
	to_status   TEXT NOT NULL,
	side       INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_due ON deliveries (endpoint_n, due, n) WHERE state = 'pending';
CREATE INDEX deliveries_leased ON deliveries (endpoint_n, lease) WHERE lease > 0;
CREATE INDEX deliveries_order ON deliveries (order_n, endpoint_n, n) WHERE state = 'pending';
CREATE INDEX deliveries_endpoint ON deliveries (endpoint_n, n);
CREATE INDEX deliveries_finished ON deliveries (finished, n) WHERE state <> 'pending';

-- header is a JSON object, body the beginning of the answer.
CREATE TABLE attempts (
	delivery_n INTEGER NOT NULL REFERENCES deliveries (n),
	number     INTEGER NOT NULL,
	at         INTEGER NOT NULL,
	took       INTEGER NOT NULL,
	status     INTEGER NOT NULL,
	error      TEXT NOT NULL,
	header     TEXT NOT NULL,
	body       BLOB NOT NULL,
	PRIMARY KEY (delivery_n, number)
) STRICT, WITHOUT ROWID;

-- The language in which a party is written to.
ALTER TABLE parties ADD COLUMN language TEXT NOT NULL DEFAULT '';

-- Links of letters that have been used, by the delivery that carried them.
CREATE TABLE links (
	delivery TEXT PRIMARY KEY,
	used     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
