-- What was applied to this store: the SHA-256 of the text of each step, so that
-- a program whose step of the same number is another one is recognised.
CREATE TABLE steps (
	number  INTEGER PRIMARY KEY,
	name    TEXT NOT NULL,
	sha256  BLOB NOT NULL,
	applied INTEGER NOT NULL
) STRICT;
