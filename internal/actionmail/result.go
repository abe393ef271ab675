package actionmail

import (
	"errors"
	"time"

	"github.com/bookgate/bookgate/internal/mail"
	"github.com/bookgate/bookgate/internal/webhook"
)

// mailAccepted is what a mail server answers when it has taken an e-mail.
const mailAccepted = 250

// busyWait is when an e-mail that did not get its turn comes back.
const busyWait = time.Second

// DeliveryResult returns what came of sending an e-mail as the result of a delivery.
func DeliveryResult(err error) webhook.Result {
	var fault *mail.Error
	switch {
	case err == nil:
		return webhook.Result{Status: mailAccepted}
	case errors.As(err, &fault) && fault.Busy:
		return webhook.Result{Later: busyWait}
	case errors.As(err, &fault):
		return webhook.Result{Status: fault.Code, Err: webhook.Fault(fault.PublicMessage), Final: fault.Final, Shared: fault.Server}
	}
	return webhook.Result{Err: err}
}
