package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/client"
)

// loginFlags are what login was told.
type loginFlags struct {
	profile, user   string
	passwordOnStdin bool
	forgetPassword  bool
	logout          bool
}

// newLogin keeps a login for the other client commands.
func newLogin(a app) *cobra.Command {
	var f loginFlags
	c := &cobra.Command{
		Use:   "login URL --user NAME",
		Short: "Log in to a server, and keep the login for the commands below",
		Long: `Log in to a server, and keep the login for the commands below.

A ticket lasts two hours. So that the commands can renew it by themselves, the
password is kept with it, in a file that only you can read; with
--no-store-password it is not, and you log in again when the ticket has ended.`,
		Example: `  bookgate login https://orders.example.no --user bokhandel
  bookgate login https://orders.example.no --user bokhandel --password-stdin < password.txt
  bookgate login --logout`,
		Args: func(c *cobra.Command, args []string) error {
			if f.logout {
				return exactArgs(0)(c, args)
			}
			return exactArgs(1)(c, args)
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
	c.Flags().BoolVar(&f.forgetPassword, "no-store-password", false, "keep the ticket only")
	c.Flags().BoolVar(&f.logout, "logout", false, "end the ticket and forget the login")
	return c
}

func login(ctx context.Context, a app, address string, f loginFlags) error {
	if f.user == "" {
		return usagef("bookgate login needs --user\n  Usage: bookgate login URL --user NAME")
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
	if p.Password, err = readSecret(a, f.passwordOnStdin, "Password: "); err != nil {
		return err
	}
	if p.Password == "" {
		return usagef("the password is empty\n  Pass it on standard input: --password-stdin < FILE")
	}
	c, err := p.client(a, func(t client.Ticket) { p.Ticket = t })
	if err != nil {
		return err
	}
	if err := c.Login(ctx); err != nil {
		return err
	}
	return p.keep(a, f.forgetPassword)
}

// keep stores a fresh login and says what it is good for.
func (p *profile) keep(a app, forgetPassword bool) error {
	life := "renewed by itself"
	if forgetPassword {
		p.Password, life = "", "the password is not kept"
	}
	if err := writeJSON(p.path, p); err != nil {
		return err
	}
	fmt.Fprintf(a.err, "logged in as %s (ticket, 2 h, %s). Profile %q in %s\n", printable(p.User), life, p.name, tilde(a, filepath.Dir(p.path)))
	return nil
}

// tilde shortens a path below the home folder as shells do.
func tilde(a app, path string) string {
	if home := a.env("HOME"); home != "" {
		if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok {
			return "~" + string(filepath.Separator) + rest
		}
	}
	return path
}

// warnOpen tells when a password is about to travel where others can read it.
func warnOpen(a app, server string) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme == "https" {
		return
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		fmt.Fprintf(a.err, "warning: %s is not encrypted; password and orders can be read on the way\n", server)
	}
}

// logout forgets a login here also when the server cannot be told.
func logout(ctx context.Context, a app, name string) error {
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
		fmt.Fprintf(a.err, "the login is forgotten here, but the server was not told; the ticket ends by itself within 2 h\n")
		return err
	}
	fmt.Fprintf(a.err, "logged out %s from %s\n", printable(p.User), p.Server)
	return nil
}
