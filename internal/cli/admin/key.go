package admin

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bookgate/bookgate/internal/app/dialects"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/order"
	"github.com/bookgate/bookgate/store"
)

// keyDialects are the dialects whose clients show themselves by a key.
func keyDialects() []string { return slices.Sorted(maps.Keys(dialects.KeyPermissions())) }

// newKey groups the commands on keys.
func newKey(a cli.App) *cobra.Command {
	c := &cobra.Command{
		Use:   "key",
		Short: "Manage API keys for the Hark, Installer and Montly APIs",
		Example: `  bookgate key add --party 7045 --dialect hark --permission order:create
  bookgate key list`,
	}
	c.AddCommand(newKeyAdd(a), newKeyList(a), newKeyRevoke(a))
	return c
}

// issuedKey is how a new key is shown, once.
type issuedKey struct {
	auth.Key
	Text string `json:"key"`
}

func newKeyAdd(a cli.App) *cobra.Command {
	var k auth.Key
	var party, duplicate string
	var asJSON bool
	c := &cobra.Command{
		Use:   "add --party ID --dialect NAME",
		Short: "Add an API key and print it, once",
		Long: fmt.Sprintf(`Add a key for one dialect (%s) and print it. It is shown this
once: the store keeps a digest. A party has at most %d keys for a dialect and mode
at once, the one in use and the one that takes its place.

Orders sent with a key of --mode test are test orders, which reach no receiver. Without
--permission a key has every permission of its dialect.

The installer dialect answers a repeated idempotencyKey with 400; with
--installer-duplicate 409 clients of this key get 409, which newer ones expect.`,
			strings.Join(keyDialects(), ", "), auth.MostKeys),
		Example: `  bookgate key add --party 7045 --dialect hark --permission order:create --permission order:read
  bookgate key add --party 104 --dialect installer --permission order:create --installer-duplicate 409
  bookgate key add --party 104 --dialect installer --mode test --json > key.json`,
		Args: cli.ExactArgs(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkKey(&k); err != nil {
				return err
			}
			if err := setDuplicate(&k, duplicate); err != nil {
				return err
			}
			return withStore(c, a, func(ctx context.Context, db *store.DB) error {
				made, text := auth.NewKey(order.PartyID(party), k.Dialect, k.Mode, time.Now())
				made.Name, made.Permissions = k.Name, k.Permissions
				if err := db.AddKey(ctx, made, auth.MostKeys); err != nil {
					return err
				}
				return showKey(a, issuedKey{made, text}, asJSON)
			})
		},
	}
	c.Flags().StringVar(&party, "party", "", "the party that the key acts for")
	c.Flags().StringVar(&k.Dialect, "dialect", "", "the dialect of the key: "+strings.Join(keyDialects(), ", "))
	c.Flags().StringVar(&k.Mode, "mode", auth.ModeLive, "live, or test for test orders")
	c.Flags().StringVar(&k.Name, "name", "", "a description of its use")
	c.Flags().StringArrayVar(&k.Permissions, "permission", nil, "a permission in the dialect's words; may be repeated")
	c.Flags().StringVar(&duplicate, "installer-duplicate", "", "status for a repeated idempotencyKey: 400 or 409")
	cli.JSONFlag(c, &asJSON)
	cli.RequireFlags(c, "party", "dialect")
	return dataFlag(c)
}

// maxKeyName and maxPermissions bound what is stored of a key: a line that fits a
// table, and more permissions than any dialect has.
const (
	maxKeyName     = 100
	maxPermissions = 20
)

// checkKey refuses a key that no dialect would take.
func checkKey(k *auth.Key) error {
	if !slices.Contains(keyDialects(), k.Dialect) {
		hint := "Write " + strings.Join(keyDialects(), ", ") + "."
		if near, ok := order.Nearest(k.Dialect, keyDialects()); ok {
			hint = "Did you mean " + near + "?"
		}
		return cli.Usagef("--dialect %q takes no keys\n  %s", order.Truncate(k.Dialect), hint)
	}
	if k.Mode != auth.ModeLive && k.Mode != auth.ModeTest {
		return cli.Usagef("--mode %q is neither %s nor %s", order.Truncate(k.Mode), auth.ModeLive, auth.ModeTest)
	}
	if len(k.Name) > maxKeyName || k.Name != cli.Printable(k.Name) {
		return cli.Usagef("--name is one line of at most %d bytes", maxKeyName)
	}
	if len(k.Permissions) > maxPermissions {
		return cli.Usagef("--permission occurs %d times; the maximum is %d", len(k.Permissions), maxPermissions)
	}
	return grant(k)
}

// grant adds every permission of the dialect when none is named, and refuses an
// unknown one.
func grant(k *auth.Key) error {
	known := dialects.KeyPermissions()[k.Dialect]
	if len(k.Permissions) == 0 {
		k.Permissions = known
	}
	for _, p := range k.Permissions {
		if !slices.Contains(known, p) {
			return cli.Usagef("--permission %q is not a permission of %s\n  Write %s", order.Truncate(p), k.Dialect,
				strings.Join(known, ", "))
		}
	}
	return nil
}

// setDuplicate sets the status with which the installer dialect answers a repeated
// key.
func setDuplicate(k *auth.Key, status string) error {
	switch {
	case status == "":
		return nil
	case k.Dialect != installer.Source:
		return cli.Usagef("--installer-duplicate is for --dialect %s alone", installer.Source)
	case status == "409":
		k.Permissions = append(k.Permissions, installer.DuplicateConflict)
	case status != "400":
		return cli.Usagef("--installer-duplicate %q is neither 400 nor 409", order.Truncate(status))
	}
	return nil
}

func showKey(a cli.App, k issuedKey, asJSON bool) error {
	if asJSON {
		return cli.PrintJSON(a.Out, k)
	}
	fmt.Fprintf(a.Out, "%s\n", k.Text)
	fmt.Fprintf(a.Err, "The key %s of party %s for %s (%s) is shown this once.\n", k.ID, k.Party, k.Dialect, k.Mode)
	return nil
}

func newKeyList(a cli.App) *cobra.Command {
	return listCommand(a, &cobra.Command{
		Use:   "list",
		Short: "List the keys, revoked ones too",
		Example: `  bookgate key list
  bookgate key list --json | jq -r '.[] | select(.used == null) | .id'`,
	}, (*store.DB).Keys, printKeys)
}

func printKeys(a cli.App, keys []auth.Key) error {
	t := cli.NewTable(a.Out, "KEY", "PARTY", "DIALECT", "MODE", "USED", "PERMISSIONS", "NAME")
	for _, k := range keys {
		used := "never"
		if !k.Used.IsZero() {
			used = k.Used.Local().Format(time.DateTime)
		}
		if !k.Revoked.IsZero() {
			used = "revoked " + k.Revoked.Local().Format(time.DateOnly)
		}
		t.Row(k.ID, string(k.Party), k.Dialect, k.Mode, used, strings.Join(k.Permissions, " "), k.Name)
	}
	return t.Flush()
}

func newKeyRevoke(a cli.App) *cobra.Command {
	return changeCommand(a, &cobra.Command{
		Use:   "revoke ID",
		Short: "Revoke a key (takes effect within one second)",
		Example: `  bookgate key revoke key_0123456789abcdef
  bookgate key revoke key_0123456789abcdef --data /var/lib/bookgate`,
	}, func(ctx context.Context, db *store.DB, id string) (string, error) {
		k, err := db.RevokeKey(ctx, id, time.Now())
		return fmt.Sprintf("key %s of party %s for %s is revoked since %s", k.ID, k.Party, k.Dialect,
			k.Revoked.Local().Format(time.DateTime)), err
	})
}
