package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newUser groups the commands on users.
func newUser(a app) *cobra.Command {
	c := &cobra.Command{
		Use:   "user",
		Short: "Add users, who log in with a password",
		Example: `  bookgate user add forlag --party 900877
  bookgate user add forlag --party 900877 --password-stdin < password.txt`,
	}
	c.AddCommand(newUserAdd(a))
	return c
}

func newUserAdd(a app) *cobra.Command {
	var party string
	var fromStdin bool
	c := &cobra.Command{
		Use:   "add NAME --party ID",
		Short: "Add a user, or change the password and end the user's tickets",
		Example: `  bookgate user add forlag --party 900877
  bookgate user add forlag --party 900877 --password-stdin < password.txt`,
		Args: exactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkUserName(args[0]); err != nil {
				return err
			}
			password, err := readSecret(a, fromStdin, "Password: ")
			if err != nil {
				return err
			}
			if n := len(password); n < auth.MinPassword || n > auth.MaxPassword {
				return order.Errorf(order.Invalid, "user-password", "The password has %d bytes; %d to %d are wanted.", n, auth.MinPassword, auth.MaxPassword)
			}
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				return addUser(ctx, a, db, auth.User{Name: args[0], Party: order.PartyID(party), Password: auth.HashPassword(password)})
			})
		},
	}
	c.Flags().StringVar(&party, "party", "", "the party that the user acts for")
	c.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	requireFlags(c, "party")
	return dataFlag(c)
}

func addUser(ctx context.Context, a app, db *store.DB, u auth.User) error {
	u.Created = time.Now()
	if err := db.AddUser(ctx, u); err != nil {
		return err
	}
	fmt.Fprintf(a.err, "user %s added, party %s\n", u.Name, u.Party)
	return nil
}

// maxUserName bounds a user name: longer than any mail address in use.
const maxUserName = 128

// checkUserName keeps names to what a form, a log and a shell carry unharmed.
func checkUserName(name string) error {
	plain := name != "" && len(name) <= maxUserName
	for _, r := range name {
		plain = plain && (r > 0x7f || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("._-@+", r))
	}
	if plain {
		return nil
	}
	return order.Errorf(order.Invalid, "user-name", "%q cannot be a user name.", order.Cut(name)).
		WithHint("Use 1 to %d letters, digits and . _ - @ +", maxUserName)
}
