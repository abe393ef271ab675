-- Reading told, replicas, shared housekeeping, backups, retention and erasure.

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
