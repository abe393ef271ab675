package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/order"
)

// profile is a login as it is kept between calls.
type profile struct {
	Server   string        `json:"server"`
	User     string        `json:"user"`
	Password string        `json:"password,omitempty"`
	Ticket   client.Ticket `json:"ticket"`

	name, path string
}

// defaultProfile is used when nobody names one.
const defaultProfile = "default"

// profileFlag gives a client command its --profile.
func profileFlag(c *cobra.Command, a app, name *string) {
	preset := a.env("BOOKGATE_PROFILE")
	if preset == "" {
		preset = defaultProfile
	}
	c.Flags().StringVar(name, "profile", preset, "the login to use (environment: BOOKGATE_PROFILE)")
}

// newProfile gives an empty profile with its place.
func newProfile(a app, name string) (*profile, error) {
	plain := strings.Trim(name, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-") == ""
	if name == "" || !plain || name[0] == '.' || len(name) > maxProfileName {
		return nil, usagef("%q cannot name a profile\n  Use letters, digits, dots, dashes and underscores", order.Cut(name))
	}
	dir, err := xdg(a, "XDG_CONFIG_HOME", ".config")
	if err != nil {
		return nil, err
	}
	return &profile{name: name, path: filepath.Join(dir, "profile-"+name+".json")}, nil
}

// othersRead are the rights that a file with a password must not give.
const othersRead = 0o077

// maxProfileName leaves room for the rest of a file name.
const maxProfileName = 64

// loadProfile reads a login. A file that others can read is refused, because
// they could have taken the password from it.
func loadProfile(a app, name string) (*profile, error) {
	p, err := newProfile(a, name)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(p.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, order.Errorf(order.Unauthenticated, "not-logged-in", "not logged in: there is no profile %q", name).
			WithHint("Log in:   bookgate login URL --user NAME")
	}
	if err == nil && info.Mode().Perm()&othersRead != 0 {
		return nil, withExit(exitConfig, fmt.Errorf("others can read the login in %s (mode %04o), so it is not used\n  Run: chmod 600 %s", p.path, info.Mode().Perm(), p.path))
	}
	var b []byte
	if err == nil {
		b, err = os.ReadFile(p.path)
	}
	if err == nil {
		err = unmarshalText(b, p)
	}
	if err != nil {
		return nil, withExit(exitConfig, fmt.Errorf("the login in %s cannot be read: %w\n  Log in again: bookgate login URL --user NAME", p.path, err))
	}
	return p, nil
}

// unmarshalText reads JSON of a file that a person may have saved.
func unmarshalText(b []byte, into any) error {
	text, err := plainText(b)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), into)
}

// connect gives the client of a profile. New tickets go into the profile; when
// that fails, the command goes on and the next one logs in by itself.
func connect(a app, name string) (*client.Client, *profile, error) {
	p, err := loadProfile(a, name)
	if err != nil {
		return nil, nil, err
	}
	c, err := p.client(a, func(t client.Ticket) {
		p.Ticket = t
		if err := writeJSON(p.path, p); err != nil {
			fmt.Fprintf(a.err, "bookgate: the new ticket is not kept: %v\n", err)
		}
	})
	return c, p, err
}

func (p *profile) client(a app, onTicket func(client.Ticket)) (*client.Client, error) {
	return client.New(client.Config{Base: p.Server, User: p.User, Password: p.Password, Ticket: p.Ticket,
		OnTicket: onTicket, UserAgent: "bookgate/" + a.version})
}
