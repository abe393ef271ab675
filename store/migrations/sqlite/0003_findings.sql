-- What was odd about the document that an order came in, for its sender: JSON,
-- or nothing.
ALTER TABLE orders ADD COLUMN findings TEXT NOT NULL DEFAULT '';
