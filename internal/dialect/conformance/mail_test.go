package conformance

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bookgate/bookgate/internal/webhook"
)

// deliver sends the letters that are due. What would go out otherwise counts as
// taken: nobody listens.
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

// linkText finds the link in a letter.
var linkText = regexp.MustCompile(regexp.QuoteMeta(public) + `(/\S+)`)

// link gives the path in the link of the newest letter, after sending what is
// due.
func (w *world) link() string {
	w.t.Helper()
	w.deliver()
	letters := w.office.Messages()
	if len(letters) == 0 {
		w.t.Fatal("no letter came")
	}
	found := linkText.FindStringSubmatch(letters[len(letters)-1].Text)
	if found == nil {
		w.t.Fatalf("no link in the letter\n%s", letters[len(letters)-1].Text)
	}
	return found[1]
}

// press presses the one button of a page of the montly letters.
func (w *world) press(link string) {
	w.t.Helper()
	task := strings.Split(link, "/")[2]
	w.want(w.do(call{http.MethodPost, link, []string{"Content-Type: application/x-www-form-urlencoded"}, "decision=" + task}), http.StatusOK)
}
