-- E-mails are called so: the format of the endpoints that they go to, and the
-- secret that signs their links. What an event says of its way stays as it was.
UPDATE endpoints SET format = 'email' WHERE format = 'letter';
UPDATE meta SET name = 'secret:email' WHERE name = 'secret:letter';
