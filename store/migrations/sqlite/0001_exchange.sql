-- The exchange: parties, orders, their history, and what each party sees.
--
-- Times are microseconds since 1970 in UTC, statuses are text, JSON is text.
-- Tables that are read in the order of their key have no hidden row number.

-- "book" in ASCII: tells this file from another program's.
PRAGMA application_id = 1651470187;

CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE parties (
	id      TEXT PRIMARY KEY,
	name    TEXT NOT NULL,
	scheme  TEXT NOT NULL,
	profile TEXT NOT NULL,
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every number by which a document may name a party. place 0 is its main one.
CREATE TABLE identifiers (
	value     TEXT NOT NULL,
	type_key  TEXT NOT NULL,
	party     TEXT NOT NULL REFERENCES parties (id),
	place     INTEGER NOT NULL,
	type      TEXT NOT NULL,
	type_name TEXT NOT NULL,
	PRIMARY KEY (value, type_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX identifiers_party ON identifiers (party, place);

CREATE TABLE allowed (
	sender TEXT NOT NULL REFERENCES parties (id),
	buyer  TEXT NOT NULL REFERENCES parties (id),
	PRIMARY KEY (sender, buyer)
) STRICT, WITHOUT ROWID;

CREATE TABLE routes (
	prefix TEXT PRIMARY KEY,
	seller TEXT NOT NULL REFERENCES parties (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE default_sellers (
	sender TEXT PRIMARY KEY REFERENCES parties (id),
	seller TEXT NOT NULL REFERENCES parties (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
	name     TEXT PRIMARY KEY,
	party    TEXT NOT NULL REFERENCES parties (id),
	password TEXT NOT NULL,
	created  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE clients (
	id      TEXT PRIMARY KEY,
	party   TEXT NOT NULL REFERENCES parties (id),
	secret  BLOB NOT NULL,
	created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tickets (
	digest  BLOB PRIMARY KEY,
	kind    TEXT NOT NULL,
	party   TEXT NOT NULL,
	holder  TEXT NOT NULL,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_holder ON tickets (kind, holder, created);
CREATE INDEX tickets_expires ON tickets (expires);

-- n is the order's name inside this file: short, and rising, so that what
-- belongs to new orders lies together.
-- source is the dialect that it came by; subject and facts (JSON) are the dialect's
-- own, and held is 1 while the order waits there for a decision.
CREATE TABLE orders (
	n        INTEGER PRIMARY KEY,
	id       TEXT NOT NULL UNIQUE,
	sender   TEXT NOT NULL,
	number   TEXT NOT NULL,
	buyer    TEXT NOT NULL,
	seller   TEXT NOT NULL,
	status   TEXT NOT NULL,
	purpose  TEXT NOT NULL,
	source   TEXT NOT NULL,
	revision INTEGER NOT NULL,
	created  INTEGER NOT NULL,
	updated  INTEGER NOT NULL,
	lease    INTEGER NOT NULL DEFAULT 0,
	routing  TEXT NOT NULL,
	reason   TEXT NOT NULL,
	summary  TEXT NOT NULL,
	header   TEXT NOT NULL,
	kept     TEXT NOT NULL,
	subject  TEXT NOT NULL DEFAULT '',
	facts    TEXT NOT NULL DEFAULT '',
	held     INTEGER NOT NULL DEFAULT 0,
	UNIQUE (sender, source, number)
) STRICT;
CREATE INDEX orders_waiting ON orders (updated) WHERE status = 'UNPROCESSED' AND held = 0;
CREATE INDEX orders_subject ON orders (sender, source, subject, n);
CREATE INDEX orders_held ON orders (source, n) WHERE held = 1;

-- place is the line's place in the document; number is its name; adjusts is the
-- number of the line that an adjustment takes copies from, 0 for any.
CREATE TABLE lines (
	order_n    INTEGER NOT NULL REFERENCES orders (n),
	place      INTEGER NOT NULL,
	number     INTEGER NOT NULL,
	quantity   INTEGER NOT NULL,
	adjustment INTEGER NOT NULL,
	adjusts    INTEGER NOT NULL,
	status     TEXT NOT NULL,
	changed    INTEGER NOT NULL,
	products   TEXT NOT NULL,
	answer     TEXT NOT NULL,
	detail     TEXT NOT NULL,
	PRIMARY KEY (order_n, place)
) STRICT, WITHOUT ROWID;

-- body is compressed (gzip); size and sha256 are of the original bytes.
CREATE TABLE documents (
	order_n    INTEGER PRIMARY KEY REFERENCES orders (n),
	media_type TEXT NOT NULL,
	sha256     BLOB NOT NULL,
	size       INTEGER NOT NULL,
	body       BLOB NOT NULL
) STRICT;

CREATE TABLE events (
	order_n     INTEGER NOT NULL REFERENCES orders (n),
	number      INTEGER NOT NULL,
	kind        TEXT NOT NULL,
	at          INTEGER NOT NULL,
	revision    INTEGER NOT NULL,
	line        INTEGER NOT NULL,
	from_status TEXT NOT NULL,
	to_status   TEXT NOT NULL,
	party       TEXT NOT NULL,
	actor       TEXT NOT NULL,
	via         TEXT NOT NULL,
	text        TEXT NOT NULL,
	PRIMARY KEY (order_n, number)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END;

-- The newest change number of a party, and the time of that change.
CREATE TABLE heads (
	party TEXT PRIMARY KEY,
	seq   INTEGER NOT NULL,
	at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The orders as each party lists them: one row per party and order, in the
-- place of its last change. side is order.Side: 1 sends, 2 receives, 3 both.
CREATE TABLE listing (
	party   TEXT NOT NULL,
	side    INTEGER NOT NULL,
	seq     INTEGER NOT NULL,
	order_n INTEGER NOT NULL REFERENCES orders (n),
	id      TEXT NOT NULL,
	number  TEXT NOT NULL,
	buyer   TEXT NOT NULL,
	seller  TEXT NOT NULL,
	status  TEXT NOT NULL,
	created INTEGER NOT NULL,
	updated INTEGER NOT NULL,
	PRIMARY KEY (party, side, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX listing_order ON listing (order_n, party);

-- Every change that a party could see, dense and only ever added to. prev_seq
-- and prev_side are the place that the order had in the party's lists before,
-- NULL when it had none.
CREATE TABLE feed (
	party     TEXT NOT NULL,
	seq       INTEGER NOT NULL,
	order_n   INTEGER NOT NULL REFERENCES orders (n),
	event     INTEGER NOT NULL,
	kind      TEXT NOT NULL,
	at        INTEGER NOT NULL,
	side      INTEGER NOT NULL,
	prev_seq  INTEGER,
	prev_side INTEGER,
	PRIMARY KEY (party, seq)
) STRICT, WITHOUT ROWID;
-- Holds all that a list needs of a move, so that the feed itself is not read.
CREATE INDEX feed_moved ON feed (party, prev_seq, seq, prev_side, order_n) WHERE prev_seq IS NOT NULL;
CREATE INDEX feed_at ON feed (party, at);

-- The message envelopes that came in, as their senders numbered them. last is the
-- greatest number before one when it came.
CREATE TABLE interchanges (
	sender    TEXT NOT NULL,
	type      TEXT NOT NULL,
	number    INTEGER NOT NULL,
	reference TEXT NOT NULL,
	sha256    BLOB NOT NULL,
	last      INTEGER NOT NULL,
	at        INTEGER NOT NULL,
	PRIMARY KEY (sender, type, number, reference)
) STRICT, WITHOUT ROWID;
