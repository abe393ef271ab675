-- Reading told, replicas, shared housekeeping, backups, retention, erasure, and
-- deliveries to who wants to be told.

-- How far each party says it has read its feed, and since when.
CREATE TABLE acknowledgements (
	party   TEXT NOT NULL,
	through INTEGER NOT NULL,
	at      INTEGER NOT NULL,
	actor   TEXT NOT NULL,
	via     TEXT NOT NULL,
	PRIMARY KEY (party, through)
) STRICT, WITHOUT ROWID;

-- The processes that serve this store. seen is refreshed as long as one runs.
CREATE TABLE replicas (
	id      TEXT PRIMARY KEY,
	host    TEXT NOT NULL,
	process INTEGER NOT NULL,
	address TEXT NOT NULL,
	version TEXT NOT NULL,
	state   TEXT NOT NULL,
	started INTEGER NOT NULL,
	seen    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Work that one process does for all. place is where it goes on, in a measure
-- of its own.
CREATE TABLE chores (
	name   TEXT PRIMARY KEY,
	holder TEXT NOT NULL,
	lease  INTEGER NOT NULL,
	done   INTEGER NOT NULL,
	place  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Wrong passwords. key is a digest of user and address; free is the instant
-- from which all guesses are allowed again.
CREATE TABLE guesses (
	key     BLOB PRIMARY KEY,
	free    INTEGER NOT NULL,
	trusted INTEGER NOT NULL,
	used    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX guesses_used ON guesses (used);

-- Stored documents whose bytes are not those that came in.
CREATE TABLE damages (
	order_n INTEGER PRIMARY KEY REFERENCES orders (n),
	found   INTEGER NOT NULL,
	text    TEXT NOT NULL
) STRICT;

-- The lives of this store: a restore from a backup ends one and begins the
-- next. ended is 0 for the one that goes on; epoch_heads has what a party's
-- change number was when the epoch ended.
CREATE TABLE epochs (
	id    TEXT PRIMARY KEY,
	began INTEGER NOT NULL,
	ended INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX epochs_living ON epochs (ended) WHERE ended = 0;
CREATE TABLE epoch_heads (
	epoch TEXT NOT NULL REFERENCES epochs (id),
	party TEXT NOT NULL,
	seq   INTEGER NOT NULL,
	PRIMARY KEY (epoch, party)
) STRICT, WITHOUT ROWID;

-- The backups that were taken of this store. verified is 0 for one that was
-- not read back; place says where it was written.
CREATE TABLE backups (
	taken     INTEGER PRIMARY KEY,
	verified  INTEGER NOT NULL,
	place     TEXT NOT NULL,
	orders    INTEGER NOT NULL,
	documents BLOB NOT NULL
) STRICT;

-- leased_by is the replica that holds the lease. retired and erased are when an
-- order was taken out of keeping, and when its personal data were.
ALTER TABLE orders ADD COLUMN leased_by TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN retired INTEGER NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
CREATE INDEX orders_kept ON orders (updated, n) WHERE retired = 0;
-- Counts the orders by status without reading them.
CREATE INDEX orders_status ON orders (status) WHERE retired = 0;

-- dropped is when the body was taken out of keeping; size and digest stay.
ALTER TABLE documents ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;

ALTER TABLE parties ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;

-- An event still is never changed, but for the words of persons in an order
-- whose personal data are erased, or of an erased party, and never deleted but
-- with its order.
DROP TRIGGER events_are_not_changed;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
WHEN (SELECT erased FROM orders WHERE n = OLD.order_n) = 0 AND NOT EXISTS (SELECT 1 FROM parties WHERE id = OLD.party AND erased <> 0)
	OR NEW.order_n <> OLD.order_n OR NEW.number <> OLD.number OR NEW.kind <> OLD.kind OR NEW.at <> OLD.at
	OR NEW.revision <> OLD.revision OR NEW.line <> OLD.line OR NEW.from_status <> OLD.from_status
	OR NEW.to_status <> OLD.to_status OR NEW.party <> OLD.party OR NEW.via <> OLD.via
	OR NEW.text NOT IN ('', OLD.text) OR NEW.actor NOT IN ('', OLD.actor)
BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END;
DROP TRIGGER events_are_not_deleted;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
WHEN (SELECT retired FROM orders WHERE n = OLD.order_n) = 0
BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END;

-- events is a JSON list of filters, headers a JSON object. scope is the id of
-- the one order that an endpoint is for, or ''; of the former there are many,
-- and what looks at the latter alone leaves them out by their index.
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
CREATE INDEX endpoints_scope ON endpoints (scope, n);
CREATE INDEX endpoints_created ON endpoints (created) WHERE scope <> '';

-- The facts of an event that a delivery tells stand in it, so that every try
-- sends the same bytes even when the order is gone. order_n is NULL in a trial, and in what tells
-- of no order; that stands in text.
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
	side       INTEGER NOT NULL,
	text       TEXT NOT NULL
) STRICT;
CREATE INDEX deliveries_due ON deliveries (endpoint_n, due, n) WHERE state = 'pending';
CREATE INDEX deliveries_soon ON deliveries (due, endpoint_n) WHERE state = 'pending';
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

-- Keys by which systems show themselves to a dialect. Of the key itself the
-- digest alone is kept; permissions is a JSON list; used and revoked are 0 for never.
CREATE TABLE keys (
	id          TEXT PRIMARY KEY,
	digest      BLOB NOT NULL UNIQUE,
	name        TEXT NOT NULL,
	party       TEXT NOT NULL REFERENCES parties (id),
	dialect     TEXT NOT NULL,
	mode        TEXT NOT NULL,
	permissions TEXT NOT NULL,
	created     INTEGER NOT NULL,
	used        INTEGER NOT NULL,
	revoked     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_party ON keys (party, dialect, mode);

-- What the customers of a party pay each month for what they lease, in per cent.
CREATE TABLE tariffs (
	party   TEXT NOT NULL REFERENCES parties (id),
	months  INTEGER NOT NULL,
	percent TEXT NOT NULL,
	PRIMARY KEY (party, months)
) STRICT, WITHOUT ROWID;
