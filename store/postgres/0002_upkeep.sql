-- Reading told, replicas, shared housekeeping, backups, retention and erasure.

-- How far each party says it has read its feed, and since when.
CREATE TABLE acknowledgements (
	party   TEXT COLLATE "C" NOT NULL,
	through BIGINT NOT NULL,
	at      BIGINT NOT NULL,
	actor   TEXT COLLATE "C" NOT NULL,
	via     TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (party, through)
);

-- The processes that serve this store. seen is refreshed as long as one runs.
CREATE TABLE replicas (
	id      TEXT COLLATE "C" PRIMARY KEY,
	host    TEXT COLLATE "C" NOT NULL,
	process BIGINT NOT NULL,
	address TEXT COLLATE "C" NOT NULL,
	version TEXT COLLATE "C" NOT NULL,
	state   TEXT COLLATE "C" NOT NULL,
	started BIGINT NOT NULL,
	seen    BIGINT NOT NULL
);

-- Work that one process does for all. place is where it goes on, in a measure
-- of its own.
CREATE TABLE chores (
	name   TEXT COLLATE "C" PRIMARY KEY,
	holder TEXT COLLATE "C" NOT NULL,
	lease  BIGINT NOT NULL,
	done   BIGINT NOT NULL,
	place  BIGINT NOT NULL
);

-- Wrong passwords. key is a digest of user and address; free is the instant
-- from which all guesses are allowed again.
CREATE TABLE guesses (
	key     BYTEA PRIMARY KEY,
	free    BIGINT NOT NULL,
	trusted BIGINT NOT NULL,
	used    BIGINT NOT NULL
);
CREATE INDEX guesses_used ON guesses (used);

-- Stored documents whose bytes are not those that came in.
CREATE TABLE damages (
	order_n BIGINT PRIMARY KEY REFERENCES orders (n),
	found   BIGINT NOT NULL,
	text    TEXT COLLATE "C" NOT NULL
);

-- The lives of this store: a restore from a backup ends one and begins the
-- next. ended is 0 for the one that goes on; epoch_heads has what a party's
-- change number was when the epoch ended.
CREATE TABLE epochs (
	id    TEXT COLLATE "C" PRIMARY KEY,
	began BIGINT NOT NULL,
	ended BIGINT NOT NULL
);
CREATE UNIQUE INDEX epochs_living ON epochs (ended) WHERE ended = 0;
CREATE TABLE epoch_heads (
	epoch TEXT COLLATE "C" NOT NULL REFERENCES epochs (id),
	party TEXT COLLATE "C" NOT NULL,
	seq   BIGINT NOT NULL,
	PRIMARY KEY (epoch, party)
);

-- The backups that were taken of this store. verified is 0 for one that was
-- not read back; place says where it was written.
CREATE TABLE backups (
	taken     BIGINT PRIMARY KEY,
	verified  BIGINT NOT NULL,
	place     TEXT COLLATE "C" NOT NULL,
	orders    BIGINT NOT NULL,
	documents BYTEA NOT NULL
);

-- leased_by is the replica that holds the lease. retired and erased are when an
-- order was taken out of keeping, and when its personal data were.
ALTER TABLE orders ADD COLUMN leased_by TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN retired BIGINT NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN erased BIGINT NOT NULL DEFAULT 0;
CREATE INDEX orders_kept ON orders (updated, n) WHERE retired = 0;

-- dropped is when the body was taken out of keeping; size and digest stay.
ALTER TABLE documents ADD COLUMN dropped BIGINT NOT NULL DEFAULT 0;

ALTER TABLE parties ADD COLUMN erased BIGINT NOT NULL DEFAULT 0;

-- An event still is never changed, but for the words of persons in an order
-- whose personal data are erased, or of an erased party, and never deleted but
-- with its order.
DROP TRIGGER events_are_not_changed ON events;
DROP FUNCTION refuse_change;
CREATE FUNCTION guard_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' AND (SELECT retired FROM orders WHERE n = OLD.order_n) <> 0 THEN
		RETURN OLD;
	END IF;
	IF TG_OP = 'UPDATE'
		AND ((SELECT erased FROM orders WHERE n = OLD.order_n) <> 0 OR EXISTS (SELECT 1 FROM parties WHERE id = OLD.party AND erased <> 0))
		AND (NEW.order_n, NEW.number, NEW.kind, NEW.at, NEW.revision, NEW.line, NEW.from_status, NEW.to_status, NEW.party, NEW.via)
			= (OLD.order_n, OLD.number, OLD.kind, OLD.at, OLD.revision, OLD.line, OLD.from_status, OLD.to_status, OLD.party, OLD.via)
		AND NEW.text IN ('', OLD.text) AND NEW.actor IN ('', OLD.actor) THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION 'an event is never changed';
END $$;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE OR DELETE ON events
	FOR EACH ROW EXECUTE FUNCTION guard_event();
CREATE TRIGGER events_are_not_truncated BEFORE TRUNCATE ON events
	FOR EACH STATEMENT EXECUTE FUNCTION guard_event();
