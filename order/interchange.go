package order

import (
	"context"
	"crypto/sha256"
)

// Interchange is a message envelope as its sender numbered it. Reference and
// Number together name it among the sender's messages of one type.
type Interchange struct {
	Sender    PartyID
	Type      string // of the documents inside
	Reference string
	Number    int64
	SHA256    [sha256.Size]byte // of the message
}

// Sequence tells how a message stands to those that came before it.
type Sequence struct {
	Repeated bool  // one of the same name came before
	Differs  bool  // and it had other content
	Last     int64 // the greatest number before it when it first came, 0 before the first
}

// InOrder reports whether the message with this number followed the last one,
// or was the first. A repeated message is judged as when it first came, so
// that its answer is the same.
func (s Sequence) InOrder(number int64) bool { return s.Last == 0 || number == s.Last+1 }

// Interchange writes down that a message came in, once its documents are kept,
// and tells how it stands to the earlier ones.
func (x *Exchange) Interchange(ctx context.Context, i Interchange) (Sequence, error) {
	return x.store.Interchange(ctx, i)
}

// Party gives a party of the exchange.
func (x *Exchange) Party(ctx context.Context, id PartyID) (Party, error) {
	return x.directory.Party(ctx, id)
}

// Resolve gives the party that bears an identifier; see [Directory].
func (x *Exchange) Resolve(ctx context.Context, id Identifier) (Party, error) {
	return x.directory.Resolve(ctx, id)
}

// DefaultSeller gives the receiver of a sender's orders that no other rule
// routes, or "".
func (x *Exchange) DefaultSeller(ctx context.Context, sender PartyID) (PartyID, error) {
	return x.directory.DefaultSeller(ctx, sender)
}
