package auth

import (
	"errors"
	"strings"
	"testing"
)

func TestPasswordHash(t *testing.T) {
	stored := HashPassword("correct horse")
	if !strings.HasPrefix(stored, "$argon2id$v=19$m=19456,t=2,p=1$") || stored == HashPassword("correct horse") {
		t.Errorf("stored as %s, twice the same", stored)
	}
	for password, want := range map[string]bool{"correct horse": true, "correct horsf": false, "": false, "correct horse ": false} {
		if got, err := matches(stored, password); got != want || err != nil {
			t.Errorf("%q matches: %v, %v", password, got, err)
		}
	}
}

// TestUnknownHashCostsTheSame: the time of a refusal must not show whether there is
// such a user.
func TestUnknownHashCostsTheSame(t *testing.T) {
	real, err := parsePHC(HashPassword("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	unknown, err := parsePHC(realCost().unknownHash())
	if err != nil {
		t.Fatal(err)
	}
	if unknown.time != real.time || unknown.memory != real.memory || unknown.threads != real.threads ||
		len(unknown.salt) != len(real.salt) || len(unknown.key) != len(real.key) {
		t.Errorf("an unknown user costs %+v, a known one %+v", unknown, real)
	}
	if ok, err := matches(realCost().unknownHash(), ""); ok || err != nil {
		t.Errorf("the empty password fits: %v, %v", ok, err)
	}
}

// TestHashOfAnotherSetting reads the parameters of a hash made elsewhere, as the cost
// may be raised one day.
func TestHashOfAnotherSetting(t *testing.T) {
	stored := "$argon2id$v=19$m=64,t=1,p=2$c29tZXNhbHRzb21lc2FsdA$" // salt "somesaltsomesalt"
	if _, err := parsePHC(stored + "AAAAAAAAAAAAAAAAAAAAAA"); err != nil {
		t.Errorf("a hash of another setting is refused: %v", err)
	}
}

func TestDamagedHashIsRefused(t *testing.T) {
	const salt, key = "c29tZXNhbHRzb21lc2FsdA", "AAAAAAAAAAAAAAAAAAAAAA"
	for _, stored := range []string{
		"", "$", "plain", "$argon2id$v=19$m=64,t=1,p=1$" + salt,
		"$argon2i$v=19$m=64,t=1,p=1$" + salt + "$" + key,
		"$argon2id$v=18$m=64,t=1,p=1$" + salt + "$" + key,
		"$argon2id$v=x$m=64,t=1,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=64,t=1,p=0$" + salt + "$" + key,
		"$argon2id$v=19$m=0,t=1,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=64,t=1,p=300$" + salt + "$" + key,
		"$argon2id$v=19$m=4294967295,t=1,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=64,t=999,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=64,t=1$" + salt + "$" + key,
		"$argon2id$v=19$m=64,t=1,p=1$!!$" + key,
		"$argon2id$v=19$m=64,t=1,p=1$" + salt + "$!!",
		"$argon2id$v=19$m=64,t=1,p=1$" + salt + "$",
		"$argon2id$v=19$m=64,t=1,p=1$" + salt + "$AAAA",
		"$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + strings.Repeat("A", 200),
	} {
		if ok, err := matches(stored, "password"); ok || !errors.Is(err, errPHC) {
			t.Errorf("%q: %v, %v", stored, ok, err)
		}
	}
}
