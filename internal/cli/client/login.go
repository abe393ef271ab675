package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/client"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// loginFlags are the flags of login.
type loginFlags struct {
	profile, user   string
	passwordOnStdin bool
	forgetPassword  bool
	logout          bool
}

// newLogin stores a login for the other client commands.
func newLogin(a cli.App) *cobra.Command {
	var f loginFlags
	c := &cobra.Command{
		Use:   "login URL --user NAME",
		Short: "Log in to a server, and store the login for other commands",
		Long: `Log in to a server, and store the login for the other client commands.

A ticket is valid for two hours. The password is stored with it, in a file that only you
can read, so that commands can renew the ticket. With --no-store-password it is not
stored, and you log in again when the ticket has ended.`,
		Example: `  bookgate login https://orders.example.no --user bokhandel
  bookgate login https://orders.example.no --user bokhandel --password-stdin < password.txt
  bookgate login --logout`,
		Args: func(c *cobra.Command, args []string) error {
			if f.logout {
				return cli.ExactArgs(0)(c, args)
			}
			return cli.ExactArgs(1)(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if f.logout {
				return logout(c.Context(), a, f.profile)
			}
			return login(c.Context(), a, args[0], f)
		},
	}
	profileFlag(c, a, &f.profile)
	c.Flags().StringVar(&f.user, "user", "", "the user name")
	c.Flags().BoolVar(&f.passwordOnStdin, "password-stdin", false, "read the password from standard input")
	c.Flags().BoolVar(&f.forgetPassword, "no-store-password", false, "store the ticket only")
	c.Flags().BoolVar(&f.logout, "logout", false, "end the ticket and delete the stored login")
	return c
}

func login(ctx context.Context, a cli.App, address string, f loginFlags) error {
	if f.user == "" {
		return cli.Usagef("bookgate login needs --user\n  Usage: bookgate login URL --user NAME")
	}
	p, err := newProfile(a, f.profile)
	if err != nil {
		return err
	}
	if p.Server, err = client.ParseBase(address); err != nil {
		return err
	}
	p.User = f.user
	warnOpen(a, p.Server)
	if p.Password, err = cli.ReadSecret(a, f.passwordOnStdin, "Password: "); err != nil {
		return err
	}
	if p.Password == "" {
		return cli.Usagef("the password is empty\n  Pass it on standard input: --password-stdin < FILE")
	}
	c, err := p.client(a, func(t client.Ticket) { p.Ticket = t })
	if err != nil {
		return err
	}
	if err := c.Login(ctx); err != nil {
		return err
	}
	return p.save(a, f.forgetPassword)
}

// save stores a fresh login and says what it is good for.
func (p *profile) save(a cli.App, forgetPassword bool) error {
	life := "renewed by itself"
	if forgetPassword {
		p.Password, life = "", "the password is not stored"
	}
	if err := writeJSON(p.path, p); err != nil {
		return err
	}
	fmt.Fprintf(a.Err, "logged in as %s (ticket, 2 h, %s). Profile %q in %s\n", cli.Printable(p.User), life, p.name,
		tilde(a, filepath.Dir(p.path)))
	return nil
}

// tilde shortens a path below the home folder as shells do.
func tilde(a cli.App, path string) string {
	if home := a.Env("HOME"); home != "" {
		if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok {
			return "~" + string(filepath.Separator) + rest
		}
	}
	return path
}

// warnOpen warns before a password is sent without encryption.
func warnOpen(a cli.App, server string) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme == "https" {
		return
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		fmt.Fprintf(a.Err, "warning: %s is not encrypted; password and orders can be read in transit\n", server)
	}
}

// logout deletes a stored login even when the server cannot be reached.
func logout(ctx context.Context, a cli.App, name string) error {
	p, err := loadProfile(a, name)
	if err != nil {
		return err
	}
	c, err := p.client(a, nil)
	if err == nil {
		err = c.Logout(ctx)
	}
	if gone := os.Remove(p.path); gone != nil {
		return fmt.Errorf("forget the login: %w", gone)
	}
	if err != nil {
		fmt.Fprintf(a.Err, "the login is deleted here, but the server was not notified; the ticket ends within 2 h\n")
		return err
	}
	fmt.Fprintf(a.Err, "logged out %s from %s\n", cli.Printable(p.User), p.Server)
	return nil
}

// profile is a login as it is stored between calls.
type profile struct {
	Server   string        `json:"server"`
	User     string        `json:"user"`
	Password string        `json:"password,omitempty"`
	Ticket   client.Ticket `json:"ticket"`

	name, path string
}

// defaultProfile is used without --profile.
const defaultProfile = "default"

// profileFlag adds --profile.
func profileFlag(c *cobra.Command, a cli.App, name *string) {
	preset := a.Env("BOOKGATE_PROFILE")
	if preset == "" {
		preset = defaultProfile
	}
	c.Flags().StringVar(name, "profile", preset, "the login to use (environment: BOOKGATE_PROFILE)")
}

// newProfile returns an empty profile with the path of its file.
func newProfile(a cli.App, name string) (*profile, error) {
	plain := strings.Trim(name, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-") == ""
	if name == "" || !plain || name[0] == '.' || len(name) > maxProfileName {
		return nil, cli.Usagef("%q cannot name a profile\n  Use letters, digits, dots, dashes and underscores",
			order.Truncate(name))
	}
	dir, err := xdg(a, "XDG_CONFIG_HOME", ".config")
	if err != nil {
		return nil, err
	}
	return &profile{name: name, path: filepath.Join(dir, "profile-"+name+".json")}, nil
}

// othersRead are the rights that a file with a password must not have.
const othersRead = 0o077

// maxProfileName leaves space for the rest of a file name.
const maxProfileName = 64

// loadProfile reads a login. A file that others can read is refused, because
// they could have taken the password from it.
func loadProfile(a cli.App, name string) (*profile, error) {
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
		return nil, cli.WithExit(cli.ExitConfig,
			fmt.Errorf("others can read the login in %s (mode %04o), so it is not used\n  Run: chmod 600 %s", p.path,
				info.Mode().Perm(), p.path))
	}
	var b []byte
	if err == nil {
		b, err = os.ReadFile(p.path)
	}
	if err == nil {
		err = unmarshalText(b, p)
	}
	if err != nil {
		return nil, cli.WithExit(cli.ExitConfig, fmt.Errorf("the login in %s cannot be read: %w\n"+
			"  Log in again: bookgate login URL --user NAME", p.path, err))
	}
	return p, nil
}

// unmarshalText reads JSON of a file that a person may have saved.
func unmarshalText(b []byte, into any) error {
	text, err := cli.PlainText(b)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), into)
}

// connect returns the client of a profile. New tickets go into the profile; when
// that fails, the command goes on and the next one logs in by itself.
func connect(a cli.App, name string) (*client.Client, *profile, error) {
	p, err := loadProfile(a, name)
	if err != nil {
		return nil, nil, err
	}
	c, err := p.client(a, func(t client.Ticket) {
		p.Ticket = t
		if err := writeJSON(p.path, p); err != nil {
			fmt.Fprintf(a.Err, "bookgate: the new ticket is not stored: %v\n", err)
		}
	})
	return c, p, err
}

func (p *profile) client(a cli.App, onTicket func(client.Ticket)) (*client.Client, error) {
	return client.New(client.Config{Base: p.Server, User: p.User, Password: p.Password, Ticket: p.Ticket,
		OnTicket: onTicket, UserAgent: "bookgate/" + a.Version})
}

// privateFile and privateDir keep what is stored for a user from all others.
const (
	privateFile = 0o600
	privateDir  = 0o700
)

// xdg returns our folder below a base directory of the XDG specification, which
// says that a relative value is to be ignored.
func xdg(a cli.App, variable, fallback string) (string, error) {
	if base := a.Env(variable); filepath.IsAbs(base) {
		return filepath.Join(base, "bookgate"), nil
	}
	home := a.Env("HOME")
	if home == "" {
		return "", cli.WithExit(cli.ExitConfig,
			fmt.Errorf("neither %s nor HOME is set, so there is no folder for logins and cursors", variable))
	}
	return filepath.Join(home, fallback, "bookgate"), nil
}

// savedCursor is where an earlier call on a list ended.
type savedCursor struct {
	Server string    `json:"server"`
	User   string    `json:"user"`
	Cursor string    `json:"cursor"`
	At     time.Time `json:"at"`

	path string
}

// loadCursorNamed reads the position of a profile in the list or stream of that name.
func loadCursorNamed(a cli.App, p *profile, name string) (savedCursor, error) {
	dir, err := xdg(a, "XDG_STATE_HOME", ".local/state")
	if err != nil {
		return savedCursor{}, err
	}
	fresh := savedCursor{Server: p.Server, User: p.User, path: filepath.Join(dir, p.name+"-"+name+".json")}
	b, err := os.ReadFile(fresh.path)
	if errors.Is(err, fs.ErrNotExist) {
		return fresh, nil
	}
	known := fresh
	if err == nil {
		err = unmarshalText(b, &known)
	}
	if err != nil {
		return fresh, cli.WithExit(cli.ExitConfig,
			fmt.Errorf("the cursor in %s cannot be read: %w\n  Remove the file to begin anew", fresh.path, err))
	}
	if known.Server != p.Server || known.User != p.User {
		return fresh, nil
	}
	return known, nil
}

// advance stores the position for the next call.
func (p *savedCursor) advance(cursor string, now time.Time) error {
	p.Cursor, p.At = cursor, now.UTC()
	return writeJSON(p.path, p)
}

// writeJSON writes a value into a private file, in full or not at all.
func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), privateDir); err != nil {
		return fmt.Errorf("make the folder of %s: %w", path, err)
	}
	return cli.WriteWhole(path, append(b, '\n'), privateFile)
}

// localSecret is the secret with which listen and trigger sign what they send
// to a program on this machine. It is created once and stored, so that the program
// does not need a new one at every start.
func localSecret(a cli.App, profile string) (webhook.Secret, error) {
	path, err := localSecretPath(a, profile)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newLocalSecret(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the secret of this machine: %w", err)
	}
	plain, err := cli.PlainText(text)
	secret, errSecret := webhook.ParseSecret(plain)
	if err != nil || errSecret != nil {
		return nil, cli.WithExit(cli.ExitConfig,
			fmt.Errorf("the secret in %s cannot be used\n  Remove the file to have a new one made", path))
	}
	return secret, nil
}

func localSecretPath(a cli.App, profile string) (string, error) {
	p, err := newProfile(a, profile)
	if err != nil {
		return "", err
	}
	dir, err := xdg(a, "XDG_STATE_HOME", ".local/state")
	return filepath.Join(dir, p.name+"-webhook.secret"), err
}

func newLocalSecret(path string) (webhook.Secret, error) {
	secret := webhook.NewSecret()
	if err := os.MkdirAll(filepath.Dir(path), privateDir); err != nil {
		return nil, fmt.Errorf("make the folder of %s: %w", path, err)
	}
	return secret, cli.WriteWhole(path, []byte(secret.Reveal()+"\n"), privateFile)
}
