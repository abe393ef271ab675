-- Credentials that can be ended: users are disabled, clients revoked, and the
-- secret of a client is replaced, while the former one is accepted until
-- old_until. All times are 0 where it has not happened.
ALTER TABLE users ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN revoked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN old_secret BLOB NOT NULL DEFAULT x'';
ALTER TABLE clients ADD COLUMN old_until INTEGER NOT NULL DEFAULT 0;
