package plant

// Fault is the name of a fault, as PLANTED_FAULT has it.
type Fault string

// The faults, each with the test that must catch it.
const (
	WaitByClock      Fault = "wait-by-clock"     // what waits in the store waits for the machine's clock: TestClockSteps
	FollowRedirects  Fault = "follow-redirects"  // a webhook follows a redirect: TestWebhookAnswers
	NoLameDuck       Fault = "no-lame-duck"      // connections are closed at once when a drain begins: TestRolling, TestRollingActivated
	NoTakeBack       Fault = "no-take-back"      // a process ends although the one that took over has: TestHandoverNewEnds
	DropWakeUp       Fault = "drop-wake-up"      // what waits for an endpoint that is back is not due: TestSimulationControls
	StampsGoBack     Fault = "stamps-go-back"    // changes are stamped by a clock that was set back: TestSimulationControls
	LatePage         Fault = "page-begins-late"  // a page of a list begins one change too late: TestSimulationControls
	SingleWorker     Fault = "single-worker"     // all deliveries share one place: TestWebhookDelay
	NoXMLLimits      Fault = "no-xml-limits"     // elements nest and follow without an end: TestHostileXML
	PanicOnMagic     Fault = "panic-on-magic"    // a path panics: TestSoakFuzzingFindsAPanic
	LogAuthorization Fault = "log-authorization" // the log has the header of requests: TestCanaries
	RepeatCredential Fault = "repeat-credential" // a refusal shows a credential back: TestCanaries
	WaitForLog       Fault = "wait-for-log"      // who logs waits for the reader of the log: TestLogThatTakesNothing
	EarlyReturn      Fault = "early-return"      // who asks is compared after an order was read: TestRefusalsTakeAsLong
	NoLookOut        Fault = "no-look-out"       // a credential that was ended elsewhere goes on: TestEndedCredentials
	NoTimeouts       Fault = "no-timeouts"       // a slow client is never cut: TestPlacesUnderAttack
	NoHashLimit      Fault = "no-hash-limit"     // all passwords are checked at once: TestLoginsSideBySideTakeLittleMemory
)
