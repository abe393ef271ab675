package plant

// Fault is the name of a fault, as PLANTED_FAULT has it.
type Fault string

// The faults, each with the test that must catch it.
const (
	FollowRedirects Fault = "follow-redirects" // a webhook follows a redirect: TestWebhookAnswers
	NoLameDuck      Fault = "no-lame-duck"     // connections are closed at once when a drain begins: TestRolling, TestRollingActivated
	NoTakeBack      Fault = "no-take-back"     // a process ends although the one that took over has: TestHandoverNewEnds
	WaitForLog      Fault = "wait-for-log"     // who logs waits for the reader of the log: TestLogThatTakesNothing
)
