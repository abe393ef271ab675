// Package auth identifies who is asking: passwords, tickets, access tokens and API
// keys each become a party here.
//
// A user logs in with a password and gets a ticket (the Boknett way); a client
// presents its secret and gets an access token (OAuth 2.0 client credentials).
// Both are the same thing under different names: a random string of
// which only the SHA-256 is stored, with the party it stands for and a hard
// end. A key (see [Key]) is for one dialect and has no end; of it too only the
// SHA-256 is stored. Passwords are stored as argon2id, and wrong ones are counted
// in the store, for all replicas together (throttle.go). Logins that wait until
// their password is checked have a queue of their own (queue.go), for a check
// costs what many orders do.
package auth
