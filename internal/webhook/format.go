package webhook

import (
	"context"
	"net/http"
	"time"
)

// Format makes the requests of one kind of endpoint and judges the answers.
type Format struct {
	Name string

	// Write makes the request of a task, signature and all. The body must be
	// the same at every try.
	Write func(ctx context.Context, t Task, now time.Time) (Message, error)

	// Send carries a task out by other means than HTTP, such as mail; nil means
	// the guarded client with what Write made.
	Send func(ctx context.Context, t Task) Result

	// Taken tells which status says that the receiver has it; nil means 2xx.
	Taken func(status int) bool

	// Schedule are the waits before the second and each further try; nil means
	// [DefaultSchedule]. A format that has one keeps to it: none of its waits is
	// made longer but at the receiver's wish, and behind the last try a
	// delivery is given up, however the endpoint stands.
	Schedule []time.Duration

	// Events are what the endpoints of the format are told, where their owners
	// have no choice; nil where they have.
	Events Filter

	// Timeout bounds one try; 0 means [DefaultTimeout].
	Timeout time.Duration
}

// Mailto begins the URL of an endpoint that is written to by mail, in whatever
// format.
const Mailto = "mailto:"

// LetterName is the format of letters, which go out by mail to an endpoint
// whose URL is a mailto address.
const LetterName = "letter"

// LinkLife is how long the link in a letter is good: two months, in which
// whoever was on holiday is back. What goes out by mail is kept at least as long.
const LinkLife = 60 * 24 * time.Hour

// Fault is a failure that a format tells in words for the party.
type Fault string

// Error gives the words.
func (f Fault) Error() string { return string(f) }

// Message is a request as a format makes it.
type Message struct {
	Header http.Header
	Body   []byte

	// Skip is set where the format has nothing to say of the event: no request
	// is made, and the delivery counts as taken.
	Skip bool
}

// Result is what came of one try.
type Result struct {
	Status     int           // of the answer; 0 when none came
	Header     http.Header   // of the answer
	Body       []byte        // the first MaxKept bytes of the answer
	RetryAfter time.Duration // as the answer asked for it; 0 when it did not
	Err        error         // why no answer came, or why it does not count
	Final      bool          // trying again cannot help, whatever the schedule
	Skip       bool          // there was nothing to send

	// Later is set where the try did not get its turn: nothing was tried, and the
	// delivery is due again after that long.
	Later time.Duration

	// Shared is set where what went wrong is not the endpoint's alone, such as a
	// mail server that takes nothing from us.
	Shared bool

	sent []byte // the body of the message, if it went over HTTP
}
