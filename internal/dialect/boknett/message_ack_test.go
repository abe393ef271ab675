package boknett

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

// TestWhoseFault: what says nothing of the document must not be reported as its
// refusal, for the sender would not send it again.
func TestWhoseFault(t *testing.T) {
	for kind, fault := range map[order.Kind]bool{
		order.Malformed: true, order.Invalid: true, order.Conflict: true, order.TooLarge: true, order.Unsupported: true, order.Forbidden: true,
		order.Internal: false, order.Unavailable: false, order.TooMany: false, order.Unauthenticated: false, order.NotFound: false, order.Stale: false,
	} {
		if got := documentFault(order.Errorf(kind, "x", "y")); got != fault {
			t.Errorf("kind %d: a fault of the document is %t", kind, got)
		}
	}
	if documentFault(errors.New("disk")) {
		t.Error("a failure inside is reported as a fault of the document")
	}
}

func TestAcknowledgementStatuses(t *testing.T) {
	for code, want := range map[string]editx.AckStatus{
		"xml-malformed": editx.AckXMLErrors, "xml-limit": editx.AckXMLErrors, "editx-content": editx.AckSchemaErrors,
		"editx-root": editx.AckInvalidDocument, "duplicate-number": editx.AckPayloadErrors, "buyer-not-sender": editx.AckPayloadErrors,
	} {
		if got := statusOf(order.Errorf(order.Invalid, code, "x")); got != want {
			t.Errorf("%s is answered %s, want %s", code, got, want)
		}
	}
	if statusOf(nil) != editx.AckAccepted {
		t.Error("no error is not Accepted")
	}
}

// TestFindingsOfARefusal: every fault keeps its place, and what is wrong as a
// whole comes first with the next step.
func TestFindingsOfARefusal(t *testing.T) {
	const refusal = editx.Refusal
	value := order.Field{Path: "/a", Line: 2, Column: 3, Code: "quantity", Message: "Nought.", Value: "0"}
	place := editx.Finding{Severity: refusal, Code: "quantity", Line: 2, Column: 3, Path: "/a", Value: "0", Message: "Nought."}
	for name, c := range map[string]struct {
		err  error
		want []editx.Finding
	}{
		"content": {order.Errorf(order.Invalid, "editx-content", "Line 2.").WithHint("Correct it.").WithField(value), []editx.Finding{place}},
		"rule": {order.Errorf(order.Conflict, "rule", "No.").WithHint("Do so.").WithField(value),
			[]editx.Finding{{Severity: refusal, Code: "rule", Message: "No. Do so."}, place}},
		"rule with its place": {order.Errorf(order.Invalid, "rule", "No.").WithField(order.Field{Path: "/b", Line: 7}),
			[]editx.Finding{{Severity: refusal, Code: "rule", Line: 7, Path: "/b", Message: "No."}}},
		"content without values": {order.Errorf(order.Invalid, "editx-content", "No."), []editx.Finding{{Severity: refusal, Code: "editx-content", Message: "No."}}},
		"another error":          {errors.New("x"), nil},
	} {
		if diff := cmp.Diff(c.want, findingsOf(c.err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
