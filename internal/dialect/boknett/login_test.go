package boknett

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
)

func TestReadLogin(t *testing.T) {
	for body, want := range map[string][]auth.Credentials{
		"username=kari&password=secret":        {{User: "kari", Password: "secret"}},
		"username=k%C3%A5ri&password=a+b":      {{User: "kåri", Password: "a b"}, {User: "k%C3%A5ri", Password: "a+b"}},
		"password=s&username=kari":             {{User: "kari", Password: "s"}},
		"username=kari&password=100%":          {{User: "kari", Password: "100%"}},
		"username=kari&password=p%zz":          {{User: "kari", Password: "p%zz"}},
		"username=kari&password=p%41%zz":       {{User: "kari", Password: "pA%zz"}, {User: "kari", Password: "p%41%zz"}},
		"username=kari&password=a=b":           {{User: "kari", Password: "a=b"}},
		"username=kari&password=a&b&":          {{User: "kari", Password: "a"}, {User: "kari", Password: "a&b"}},
		"username=kari&password=&x&":           {{User: "kari", Password: "&x"}},
		"username=kari&password=s&service=x":   {{User: "kari", Password: "s"}, {User: "kari", Password: "s&service=x"}},
		"x=1&Username=kari&PASSWORD=s":         {{User: "kari", Password: "s"}},
		"username=kari&password=s\r\n":         {{User: "kari", Password: "s"}},
		` {"username":"kari","password":"s+"}`: {{User: "kari", Password: "s+"}},
		"username=a\x00b&password=s":           {{User: "a\uFFFDb", Password: "s"}},
	} {
		got, err := readLogin([]byte(body))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v, want %q", body, got, err, want)
		}
	}
	for _, body := range []string{"", "username=kari", "password=s", "username=&password=s", "username=kari&password=", "kari:s", "<x/>", `{"username":"kari"}`, `{"username":`, `{"username":1,"password":[]}`} {
		if _, err := readLogin([]byte(body)); order.KindOf(err) != order.Malformed {
			t.Errorf("%q: got %v", body, err)
		}
	}
}

// FuzzLogin: a pair that is encoded right is read right, and nothing else
// makes a name that no store could be asked for.
func FuzzLogin(f *testing.F) {
	f.Add("kari", goodPassword, "username=kari&password=p%zz&")
	f.Add("", "", "{}")
	f.Fuzz(func(t *testing.T, user, password, body string) {
		attempts, err := readLogin([]byte(body))
		if err != nil && order.KindOf(err) != order.Malformed || err == nil && (len(attempts) < 1 || len(attempts) > 2) {
			t.Fatalf("%q: %q, %v", body, attempts, err)
		}
		for _, c := range attempts {
			if c.User == "" || c.Password == "" || len(c.User) > 4*maxName || strings.ToValidUTF8(c.User, "") != c.User || strings.Contains(c.User, "\x00") {
				t.Fatalf("%q: %q", body, c)
			}
		}
		if user == "" || password == "" {
			return
		}
		encoded := url.Values{"username": {user}, "password": {password}}.Encode()
		if attempts, err = readLogin([]byte(encoded)); err != nil || attempts[0] != credentials(user, password) {
			t.Fatalf("%q: got %q, %v", encoded, attempts, err)
		}
	})
}
