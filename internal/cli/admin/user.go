package admin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// newUser groups the commands on users.
func newUser(a cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "user",
		Short: "Manage users, who log in with a password",
		Example: `  bookgate user add forlag --party 900877
  bookgate user list
  bookgate user disable forlag`,
	}
	c.AddCommand(newUserAdd(a), newUserList(a), newUserDisable(a), newUserEnable(a), newUserRemove(a), newUserLogout(a))
	return c
}

func newUserAdd(a cli.App) *cobra.Command {
	var party string
	var fromStdin bool
	c := &cobra.Command{
		Use:   "add NAME --party ID",
		Short: "Add a user, or change the password and end the user's tickets",
		Long: `Add a user. For an existing name, party and password are changed, the user's
tickets end, and a disabled user is enabled.`,
		Example: `  bookgate user add forlag --party 900877
  bookgate user add forlag --party 900877 --password-stdin < password.txt`,
		Args: cli.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkUserName(args[0]); err != nil {
				return err
			}
			password, err := cli.ReadSecret(a, fromStdin, "Password: ")
			if err != nil {
				return err
			}
			if n := len(password); n < auth.MinPassword || n > auth.MaxPassword {
				return order.Errorf(order.Invalid, "user-password", "The password has %d bytes; %d to %d are wanted.",
					n, auth.MinPassword, auth.MaxPassword)
			}
			hash := auth.HashPassword
			if a.HashPassword != nil {
				hash = a.HashPassword
			}
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				return addUser(ctx, a, db, auth.User{Name: args[0], Party: order.PartyID(party), Password: hash(password)})
			})
		},
	}
	c.Flags().StringVar(&party, "party", "", "the party that the user acts for")
	c.Flags().BoolVar(&fromStdin, "password-stdin", false, "read the password from standard input")
	cli.RequireFlags(c, "party")
	return dataFlag(c)
}

func addUser(ctx context.Context, a cli.App, db *store.DB, u auth.User) error {
	u.Created = time.Now()
	if err := db.AddUser(ctx, u); err != nil {
		return err
	}
	fmt.Fprintf(a.Err, "user %s added, party %s\n", u.Name, u.Party)
	return nil
}

func newUserList(a cli.App) *cobra.Command {
	return listCommand(a, &cobra.Command{
		Use:   "list",
		Short: "List the users, disabled ones too",
		Example: `  bookgate user list
  bookgate user list --json | jq -r '.[].name'`,
	}, (*store.DB).Users, printUsers)
}

func printUsers(a cli.App, users []auth.User) error {
	t := cli.NewTable(a.Out, "USER", "PARTY", "ADDED", "STATE")
	for _, u := range users {
		t.Row(u.Name, string(u.Party), u.Created.Local().Format(time.DateOnly), stateSince("disabled", u.Disabled))
	}
	return t.Flush()
}

func newUserDisable(a cli.App) *cobra.Command {
	return changeCommand(a, &cobra.Command{
		Use:   "disable NAME",
		Short: "End a user's access; takes effect within one second",
		Long:  "End a user's access: the user's tickets end, and no login succeeds until the user is enabled again.",
		Example: `  bookgate user disable forlag
  bookgate user disable forlag --data /var/lib/bookgate`,
	}, func(ctx context.Context, db *store.DB, name string) (string, error) {
		u, err := db.DisableUser(ctx, name, time.Now())
		return fmt.Sprintf("user %s of party %s is disabled since %s", u.Name, u.Party,
			u.Disabled.Local().Format(time.DateTime)), err
	})
}

func newUserEnable(a cli.App) *cobra.Command {
	return changeCommand(a, &cobra.Command{
		Use:   "enable NAME",
		Short: "Enable a disabled user",
		Example: `  bookgate user enable forlag
  bookgate user enable forlag --data /var/lib/bookgate`,
	}, func(ctx context.Context, db *store.DB, name string) (string, error) {
		u, err := db.EnableUser(ctx, name)
		return fmt.Sprintf("user %s of party %s is enabled", u.Name, u.Party), err
	})
}

func newUserRemove(a cli.App) *cobra.Command {
	return changeCommand(a, &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove a user; takes effect within one second",
		Long:  "Remove a user and end the user's tickets. What the user did stays in the history of orders.",
		Example: `  bookgate user remove forlag
  bookgate user remove forlag --data /var/lib/bookgate`,
	}, func(ctx context.Context, db *store.DB, name string) (string, error) {
		return fmt.Sprintf("user %s is removed", name), db.RemoveUser(ctx, name)
	})
}

func newUserLogout(a cli.App) *cobra.Command {
	return changeCommand(a, &cobra.Command{
		Use:   "logout NAME",
		Short: "End all tickets of a user; takes effect within one second",
		Example: `  bookgate user logout forlag
  bookgate user logout forlag --data /var/lib/bookgate`,
	}, func(ctx context.Context, db *store.DB, name string) (string, error) {
		if _, err := db.User(ctx, name); err != nil {
			return "", err
		}
		n, err := db.EndTickets(ctx, auth.KindTicket, name)
		return fmt.Sprintf("%s of user %s ended", cli.Counted(int(n), "ticket", "tickets"), name), err
	})
}

// maxUserName bounds a user name: longer than any mail address in use.
const maxUserName = 128

// checkUserName keeps names to what a form, a log and a shell carry unharmed.
func checkUserName(name string) error {
	plain := name != "" && len(name) <= maxUserName
	for _, r := range name {
		plain = plain && (r > 0x7f || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' ||
			strings.ContainsRune("._-@+", r))
	}
	if plain {
		return nil
	}
	return order.Errorf(order.Invalid, "user-name", "%q cannot be a user name.", order.Truncate(name)).
		WithHint("Use 1 to %d letters, digits and . _ - @ +", maxUserName)
}
