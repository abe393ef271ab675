package harness

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// The two parties of every run.
const (
	Sender   = "7045"
	Receiver = "900877"
)

// Scene is a store with the two parties and a client for each. Over a folder
// one gateway runs, over a database as many as are started.
type Scene struct {
	Binary           string
	Dir              string // the data folder, or "" where there is a database
	Database         string // the address of a PostgreSQL database, or ""
	Sender, Receiver Credentials
	Env              []string  // what its processes have in their environment besides ours
	Log              io.Writer // takes every line that its gateways write; nil for none
}

// NewScene fills the store at where, a folder or the address of a PostgreSQL
// database, by the program's own commands.
func NewScene(binary, where string, env ...string) (s Scene, err error) {
	s = Scene{Binary: binary, Env: env}
	if strings.HasPrefix(where, "postgres://") {
		s.Database = where
	} else {
		s.Dir = where
	}
	if s.Sender, err = s.addParty(Sender, "Eksempel Bokhandel"); err != nil {
		return s, err
	}
	s.Receiver, err = s.addParty(Receiver, "Eksempel Forlag")
	return s, err
}

func (s Scene) addParty(id, name string) (c Credentials, err error) {
	if _, err := s.Admin("party", "add", id, "--name", name); err != nil {
		return c, err
	}
	out, err := s.Admin("client", "add", "--party", id, "--json")
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(out, &c)
}

// Admin runs a command on the scene's store and returns its output.
func (s Scene) Admin(args ...string) ([]byte, error) {
	return admin(s.Env, s.Binary, append(args, s.Flags()...)...)
}

// AddUser adds a user of a party, who logs in with a password.
func (s Scene) AddUser(name, party, password string) error {
	cmd := exec.Command(s.Binary, append([]string{"user", "add", name, "--party", party, "--password-stdin"}, s.Flags()...)...)
	cmd.Env = append(os.Environ(), s.Env...)
	cmd.Stdin = strings.NewReader(password + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("user add: %w\n%s", err, out)
	}
	return nil
}

// Flags say to a command where the store is.
func (s Scene) Flags() []string {
	if s.Database != "" {
		return []string{"--database", s.Database}
	}
	return []string{"--data", s.Dir}
}

// Start runs a gateway over the scene's store.
func (s Scene) Start(args ...string) (*Gateway, error) {
	return startWith(s.Env, s.Log, s.Binary, append(s.Flags(), args...)...)
}

// Begin is Start that does not wait for the gateway, which [Gateway.Wait] does.
func (s Scene) Begin(args ...string) (*Gateway, error) {
	return begin(serveCommand(s.Env, s.Binary, append(s.Flags(), args...)...), s.Log)
}

// StartActivated runs a gateway over the scene's store that serves the sockets, as
// systemd passes them, with their names between colons.
func (s Scene) StartActivated(sockets []*os.File, names string, args ...string) (*Gateway, error) {
	return startActivated(s.Env, sockets, names, s.Binary, append(s.Flags(), args...)...)
}

// OrderXML writes an order of the sender to the receiver.
func OrderXML(number string, lines int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<Order version="1.3">
  <Header>
    <OrderNumber>%s</OrderNumber>
    <IssueDateTime>20261121T0800</IssueDateTime>
    <PurposeCode>Original</PurposeCode>
    <BuyerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>%s</Identifier></PartyID></BuyerParty>
    <SellerParty><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>%s</Identifier></PartyID></SellerParty>
  </Header>
`, number, Sender, Receiver)
	for i := 1; i <= lines; i++ {
		fmt.Fprintf(&b, `  <ItemDetail>
    <LineNumber>%d</LineNumber>
    <ProductID><ProductIDType>EAN13</ProductIDType><Identifier>%s</Identifier></ProductID>
    <ItemDescription><TitleDetail>En roman fra nord, bind %d</TitleDetail></ItemDescription>
    <OrderQuantity>%d</OrderQuantity>
  </ItemDetail>
`, i, EAN(i), i, i)
	}
	fmt.Fprintf(&b, "  <Summary>\n    <NumberOfLines>%d</NumberOfLines>\n  </Summary>\n</Order>\n", lines)
	return []byte(b.String())
}

// EAN makes the n-th EAN of a publisher, with its check digit. It is that of
// the n-th line of an order.
func EAN(n int) string {
	digits := fmt.Sprintf("978820%06d", n)
	sum := 0
	for i, d := range digits {
		sum += int(d-'0') * (1 + 2*(i%2))
	}
	return fmt.Sprintf("%s%d", digits, (10-sum%10)%10)
}
