-- What was applied to this store: the SHA-256 of the text of each step, so that
-- a program whose step of the same number is another one is recognised.
CREATE TABLE steps (
	number  BIGINT PRIMARY KEY,
	name    TEXT COLLATE "C" NOT NULL,
	sha256  BYTEA NOT NULL,
	applied BIGINT NOT NULL
);
