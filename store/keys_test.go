package store

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

// addKey adds a key that must be taken.
func addKey(t *testing.T, db *DB, party order.PartyID, dialect, mode string) auth.Key {
	t.Helper()
	k, _ := auth.NewKey(party, dialect, mode, noon.Truncate(time.Microsecond))
	k.Name, k.Permissions = "Nettbutikk æøå", []string{"order:create", "order:read"}
	if err := db.AddKey(t.Context(), k, 2); err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeyComesBackUsedAndRevoked(t *testing.T) { onEach(t, keyComesBackUsedAndRevoked) }

func keyComesBackUsedAndRevoked(t *testing.T, where string) {
	db := withParties(t, where)
	k := addKey(t, db, buyer, "hark", auth.ModeLive)
	want := func(k auth.Key) {
		t.Helper()
		got, err := db.Key(t.Context(), k.Digest)
		if d := cmp.Diff(k, got); err != nil || d != "" {
			t.Errorf("%v\n%s", err, d)
		}
	}
	want(k)
	for _, at := range []time.Time{noon.Add(time.Hour), noon.Add(time.Minute)} { // the earlier one comes late
		if err := db.UseKey(t.Context(), k.ID, at); err != nil {
			t.Error(err)
		}
	}
	k.Used = noon.Add(time.Hour).Truncate(time.Microsecond)
	want(k)
	k.Revoked = noon.Add(2 * time.Hour).Truncate(time.Microsecond)
	for _, at := range []time.Time{k.Revoked, k.Revoked.Add(time.Hour)} {
		got, err := db.RevokeKey(t.Context(), k.ID, at)
		if d := cmp.Diff(k, got); err != nil || d != "" {
			t.Errorf("revoked: %v\n%s", err, d)
		}
	}
	want(k)
	for what, err := range map[string]error{"use": db.UseKey(t.Context(), "key_none", noon)} {
		if err != nil {
			t.Errorf("%s of an unknown key: %v", what, err)
		}
	}
	if _, err := db.RevokeKey(t.Context(), "key_none", noon); order.KindOf(err) != order.NotFound {
		t.Errorf("revoking an unknown key gave %v", err)
	}
	k.Digest[0]++
	if _, err := db.Key(t.Context(), k.Digest); order.KindOf(err) != order.NotFound {
		t.Errorf("an unknown key gave %v", err)
	}
}

func TestKeysAreBounded(t *testing.T) { onEach(t, keysAreBounded) }

func keysAreBounded(t *testing.T, where string) {
	db := withParties(t, where)
	var wg sync.WaitGroup
	var mu sync.Mutex
	taken, refused := 0, 0
	for range 6 { // side by side
		wg.Go(func() {
			k, _ := auth.NewKey(buyer, "hark", auth.ModeLive, noon)
			err := db.AddKey(t.Context(), k, 2)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				taken++
			} else if order.CodeOf(err) == "keys-many" && order.KindOf(err) == order.Conflict {
				refused++
			}
		})
	}
	wg.Wait()
	if taken != 2 || refused != 4 {
		t.Errorf("%d keys were taken and %d refused, want 2 and 4", taken, refused)
	}
	for _, other := range []struct {
		party         order.PartyID
		dialect, mode string
	}{{buyer, "hark", auth.ModeTest}, {buyer, "montly", auth.ModeLive}, {seller, "hark", auth.ModeLive}} {
		addKey(t, db, other.party, other.dialect, other.mode)
	}
	keys, err := db.Keys(t.Context())
	if err != nil || len(keys) != 5 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	for _, k := range keys {
		if k.Party == buyer && k.Dialect == "hark" && k.Mode == auth.ModeLive {
			if _, err := db.RevokeKey(t.Context(), k.ID, noon); err != nil {
				t.Error(err)
			}
			break
		}
	}
	addKey(t, db, buyer, "hark", auth.ModeLive) // in the place of the revoked one
	k, _ := auth.NewKey("9999", "hark", auth.ModeLive, noon)
	if err := db.AddKey(t.Context(), k, 2); order.KindOf(err) != order.NotFound {
		t.Errorf("a key of no party gave %v", err)
	}
}

func TestErasedPartyHasNoKeys(t *testing.T) { onEach(t, erasedPartyHasNoKeys) }

func erasedPartyHasNoKeys(t *testing.T, where string) {
	db := withParties(t, where)
	gone, stays := addKey(t, db, buyer, "hark", auth.ModeLive), addKey(t, db, seller, "hark", auth.ModeLive)
	if _, err := db.EraseParty(t.Context(), buyer); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Key(t.Context(), gone.Digest); order.KindOf(err) != order.NotFound {
		t.Errorf("the key of an erased party gave %v", err)
	}
	if _, err := db.Key(t.Context(), stays.Digest); err != nil {
		t.Error(err)
	}
	if err := db.AddKey(t.Context(), gone, 2); order.CodeOf(err) != "party-erased" {
		t.Errorf("a key for an erased party gave %v", err)
	}
}
