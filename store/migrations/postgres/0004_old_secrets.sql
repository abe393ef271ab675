-- The secrets that an endpoint had before, as a JSON list, newest first: each
-- signs until its own end, however often the endpoint is rotated in between.
ALTER TABLE endpoints ADD COLUMN old_secrets TEXT COLLATE "C" NOT NULL DEFAULT '[]';
UPDATE endpoints SET old_secrets = '[{"secret":"' || encode(old_secret, 'hex') || '","until":' || old_until || '}]'
	WHERE octet_length(old_secret) > 0;
ALTER TABLE endpoints DROP COLUMN old_secret;
ALTER TABLE endpoints DROP COLUMN old_until;
