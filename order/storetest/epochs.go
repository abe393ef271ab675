package storetest

import (
	"testing"

	"github.com/bookgate/bookgate/order"
)

var epochPromises = []promise{
	{"a store has an epoch, and no other store has the same", epochsDiffer},
	{"in the epoch that it is in a store has everything through the head", sinceIsHead},
	{"an epoch that the store has not been through is not known", foreignEpoch},
	{"the empty name stands for the first epoch", namelessEpoch},
}

func epochOf(t testing.TB, s Store) string {
	t.Helper()
	epoch, err := s.Epoch(t.Context())
	if err != nil || epoch == "" {
		t.Fatalf("epoch %q, %v", epoch, err)
	}
	return epoch
}

func wantSince(t testing.TB, h *fixture, party order.PartyID, epoch string, through int64, known bool) {
	t.Helper()
	got, ok, err := h.Since(t.Context(), party, epoch)
	if err != nil || got != through || ok != known {
		t.Errorf("%s since epoch %q: through %d, known %t, %v; want %d, %t", party, epoch, got, ok, err, through, known)
	}
}

func epochsDiffer(t *testing.T, h *fixture) {
	first := epochOf(t, h)
	if again := epochOf(t, h); again != first {
		t.Errorf("epoch %s, and then %s", first, again)
	}
	if other := epochOf(t, h.open(t, h.clock.now)); other == first {
		t.Errorf("two stores are in epoch %s", other)
	}
}

func sinceIsHead(t *testing.T, h *fixture) {
	epoch := epochOf(t, h)
	wantSince(t, h, shop, epoch, 0, true)
	addMany(t, h, 3)
	wantSince(t, h, shop, epoch, 6, true)
	wantSince(t, h, publisher, epoch, 3, true)
	wantSince(t, h, stranger, epoch, 0, true)
}

func foreignEpoch(t *testing.T, h *fixture) {
	addMany(t, h, 2)
	other := epochOf(t, h.open(t, h.clock.now))
	for _, epoch := range []string{other, "none", " ", "'", epochOf(t, h) + "x", "\x00"} {
		wantSince(t, h, shop, epoch, 0, false)
	}
}

func namelessEpoch(t *testing.T, h *fixture) {
	addMany(t, h, 2)
	wantSince(t, h, shop, "", 4, true)
}

// epochOutlives is asked of a store that can be opened again: a restart begins
// no epoch.
func epochOutlives(t *testing.T, h *fixture) {
	before := epochOf(t, h)
	h.again(t)
	if after := epochOf(t, h); after != before {
		t.Errorf("epoch %s before the restart and %s after it", before, after)
	}
}
