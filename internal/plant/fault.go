package plant

// Fault is the name of a fault, as BOOKGATE_PLANT has it.
type Fault string

// The faults, each with the test that must catch it.
const (
	EarlyReturn     Fault = "early-return"     // who asks is compared after an order was read: TestRefusalsTakeAsLong
	NoLookOut       Fault = "no-look-out"      // nobody sees that a credential was ended elsewhere: TestEndedCredentials
	NoTimeouts      Fault = "no-timeouts"      // a slow client is never cut: TestPlacesUnderAttack
	NoHashLimit     Fault = "no-hash-limit"    // all passwords are checked at once: TestLoginsSideBySideTakeLittleMemory
	FollowRedirects Fault = "follow-redirects" // a webhook follows a redirect: TestWebhookAnswers
	NoLameDuck      Fault = "no-lame-duck"     // connections are closed at once when a drain begins: TestRolling, TestRollingActivated
	NoTakeBack      Fault = "no-take-back"     // a process ends although the one that took over has: TestHandoverNewEnds
)
