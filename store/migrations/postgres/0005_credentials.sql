-- Credentials that can be ended: users are disabled, clients revoked, and the
-- secret of a client is replaced, while the former one is accepted until
-- old_until. All times are 0 where it has not happened.
ALTER TABLE users ADD COLUMN disabled BIGINT NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN revoked BIGINT NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN old_secret BYTEA NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN old_until BIGINT NOT NULL DEFAULT 0;
