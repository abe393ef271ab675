package boknett

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
)

func TestTokenRefusals(t *testing.T) {
	w := newWorld(t)
	client, secret := auth.NewClient(buyer, w.clock.now())
	check(t, w.db.AddClient(t.Context(), client))
	form := "grant_type=client_credentials&client_id=" + client.ID + "&client_secret="
	basic := func(pair string) string {
		return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(pair))
	}
	for name, c := range map[string]struct {
		body, header string
		status       int
		word, says   string
	}{
		"nothing":             {"", "", 401, "access_denied", "no grant_type, client_id, client_secret"},
		"no secret":           {form, "", 401, "access_denied", "no client_secret"},
		"wrong secret":        {form + "bks_wrong", "", 401, "access_denied", "Client id or secret is wrong"},
		"unknown client":      {"grant_type=client_credentials&client_id=nobody&client_secret=x", "", 401, "access_denied", "wrong"},
		"NUL in the client":   {"grant_type=client_credentials&client_id=%00&client_secret=x", "", 401, "access_denied", "wrong"},
		"Basic, wrong secret": {"grant_type=client_credentials", basic(client.ID + ":x"), 401, "access_denied", "wrong"},
		"two clients":         {form + secret, basic("other:" + secret), 400, "invalid_request", "two different clients"},
		"password grant":      {strings.Replace(form, "client_credentials", "password", 1) + secret, "", 400, "unsupported_grant_type", "password"},
		"other audience":      {form + secret + "&audience=https://api.bokbasen.io/metadata/", "", 403, "access_denied", "Service not enabled within domain: https://api.bokbasen.io/metadata/"},
		"broken JSON":         {`{"grant_type":`, "", 400, "invalid_request", "JSON"},
		"duplicate key":       {`{"grant_type":"a","grant_type":"b"}`, "", 400, "invalid_request", "twice"},
		"JSON of other types": {`{"grant_type":1,"client_id":[],"client_secret":{}}`, "", 401, "access_denied", "no client_id, client_secret"},
		"too large":           {strings.Repeat("x", maxForm+1), "", 413, "invalid_request", "16 KiB"},
		"compressed":          {"x", "Content-Encoding: br", 415, "invalid_request", "'br'"},
	} {
		t.Run(name, func(t *testing.T) {
			w.in(t)
			a := w.post("", "/oauth/token", c.body, c.header).want(t, c.status)
			var got grantError
			check(t, json.Unmarshal([]byte(a.body), &got))
			if got.Error != c.word || !strings.Contains(got.Description, c.says) || got.RequestID == "" || !strings.HasPrefix(got.URI, public+"/problems/") {
				t.Errorf("got %+v, want %s with %q", got, c.word, c.says)
			}
			if a.Header.Get("Content-Type") != "application/json" || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", a.Header)
			}
			if challenge := a.Header.Get("WWW-Authenticate"); strings.HasPrefix(c.header, "Authorization") && c.status == 401 && challenge == "" {
				t.Error("a client that used Basic is not challenged")
			}
			if strings.ContainsFunc(got.Description, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
				t.Errorf("RFC 6749 does not allow every character of %q", got.Description)
			}
		})
	}
	w.get("", "/oauth/token").problem(t, http.StatusMethodNotAllowed, "method-not-allowed")
}
