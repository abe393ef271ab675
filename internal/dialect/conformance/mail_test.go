package conformance

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
)

// deliver sends the e-mails that are due. What would go out otherwise counts as
// taken: no listener is there.
func (w *world) deliver() {
	w.t.Helper()
	for {
		w.at.Add(time.Second.Microseconds())
		tasks, err := w.db.Claim(w.t.Context(), w.now(), w.now().Add(time.Hour), webhook.Bounds{PerEndpoint: 9, PerParty: 99, Limit: 99})
		check(w.t, err)
		if len(tasks) == 0 {
			return
		}
		for _, task := range tasks {
			i := slices.IndexFunc(w.mails, func(f webhook.Format) bool { return f.Name == task.Endpoint.Format })
			if i >= 0 {
				check(w.t, w.mails[i].Send(w.t.Context(), task).Err)
			}
			check(w.t, w.db.RecordAttempt(w.t.Context(), task.Delivery.Party, task.Delivery.ID, func(_ *webhook.Endpoint, d *webhook.Delivery) webhook.Attempt {
				d.State, d.Finished = webhook.Delivered, w.now()
				return webhook.Attempt{At: w.now(), Status: http.StatusOK}
			}))
		}
	}
}

// linkText finds the link in an e-mail.
var linkText = regexp.MustCompile(regexp.QuoteMeta(public) + `(/\S+)`)

// link returns the path in the link of the newest e-mail, after sending what is
// due.
func (w *world) link() string {
	w.t.Helper()
	w.deliver()
	mails := w.mailServer.Messages()
	if len(mails) == 0 {
		w.t.Fatal("no e-mail came")
	}
	found := linkText.FindStringSubmatch(mails[len(mails)-1].Text)
	if found == nil {
		w.t.Fatalf("no link in the e-mail\n%s", mails[len(mails)-1].Text)
	}
	return found[1]
}

// press presses the one button of a page of the montly e-mails.
func (w *world) press(link string) {
	w.t.Helper()
	task := strings.Split(link, "/")[2]
	w.want(w.do(call{http.MethodPost, link, []string{"Content-Type: application/x-www-form-urlencoded"}, "decision=" + task}), http.StatusOK)
}
