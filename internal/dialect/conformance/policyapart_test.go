package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/dialect/installer"
	"github.com/bookgate/bookgate/internal/dialect/montly"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// tryMessages: messages are numbered by each sender. One under the name of
// another sender's is neither a repetition of that nor behind it.
func (c *cells) tryMessages() {
	const message = `<EDItXMessage version="1.2"><EDItXMessageHeader>` +
		`<InterchangeReference>natt</InterchangeReference><MessageNumber>%d</MessageNumber>` +
		`<DocumentType>Order</DocumentType><VersionNumber>1.3</VersionNumber><NumberOfDocuments>1</NumberOfDocuments>` +
		`<Sender><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>%[2]s</Identifier></PartyID></Sender>` +
		`<Receiver><PartyID><PartyIDType>NBSN</PartyIDType><Identifier>900877</Identifier></PartyID></Receiver>` +
		`<PurposeCode>Original</PurposeCode><SentDateTime>20260601T1200</SentDateTime></EDItXMessageHeader>` +
		`<EDItXMessagePayload>%[3]s</EDItXMessagePayload></EDItXMessage>`
	for _, sent := range []struct {
		by     order.PartyID
		number int
	}{{sender, 7}, {stranger, 7}, {agent, 3}} {
		_, body, err := requestFile("boknett")
		check(c.t, err)
		text := strings.NewReplacer(boknettNumber, fmt.Sprintf("i-melding-%05d", c.next()), ">7045<",
			">"+string(sent.by)+"<").Replace(string(body))
		text = text[strings.Index(text, "<Order "):]
		a := c.serve(call{http.MethodPost, "/orders", c.asParty(sent.by), fmt.Sprintf(message, sent.number, sent.by, text)})
		ack, _, err := editx.DecodeAcknowledgement([]byte(a.body))
		if a.status != http.StatusAccepted || err != nil || ack.Status != editx.AckAccepted {
			c.fail("message %d of %s: %d %s, %v\n%s", sent.number, sent.by, a.status, ack.Status, err, short(a.body))
		}
	}
}

// tryFormats: callbacks and e-mails about an order are sent to the party
// that the format is for, and of the orders of its dialect and mode.
func (c *cells) tryFormats() {
	formats := append(montly.Formats(c.db.Order), installer.Format(c.db))
	formats = append(formats, c.mails...)
	lease := c.pendingLease(seller, auth.ModeLive)
	c.address(kariMail)
	own := c.trade(tradeOrder{kind: "egen", by: seller, seller: sender})
	for _, try := range []struct {
		format string
		g      thing
		party  order.PartyID
		says   bool
	}{
		{"installer", c.made["installation"]["live"], sender, true},
		{"installer", c.made["installation"]["live"], seller, false},
		{"installer", c.made["device"]["live"], sender, false},
		{"montly", c.made["lease"]["live"], seller, true},
		{"montly.test", c.made["lease"]["live"], seller, false},
		{"montly", c.made["lease"]["test"], seller, false},
		{"montly", c.received(lease), sender, false},
		{webhook.MailFormat, c.made["order"]["sent"], seller, true},
		{webhook.MailFormat, own, seller, false},
	} {
		at := slices.IndexFunc(formats, func(f webhook.Format) bool { return f.Name == try.format })
		if at < 0 {
			c.t.Fatalf("there is no format %s", try.format)
		}
		f := formats[at]
		o, err := c.exchange.Order(c.t.Context(), try.party, try.g.order.ID)
		check(c.t, err)
		task := webhook.Task{Endpoint: webhook.Endpoint{ID: "ep_x", Party: try.party, Format: f.Name,
			URL: webhook.Mailto + kariMail, Secret: webhook.NewSecret()},
			Delivery: webhook.Delivery{ID: "msg_x", Party: try.party, Type: webhook.OrderMoved, Created: c.now(),
				Event: webhook.Event{Order: o.ID, Number: o.Number, Event: 1, At: c.now(), To: "signed", Role: o.Role(try.party)}}}
		says := false
		if f.Send != nil {
			r := f.Send(c.t.Context(), task)
			check(c.t, r.Err)
			says = !r.Skip
		} else {
			m, err := f.Write(c.t.Context(), task, c.now())
			check(c.t, err)
			says = !m.Skip
		}
		if c.count++; says != try.says {
			c.fail("%s reports to %s the order %s: %v, want %v", try.format, try.party, o.Number, says, try.says)
		}
	}
}

// received makes the sender of other orders the receiver of this one.
func (c *cells) received(g thing) thing {
	_, err := c.db.Update(c.t.Context(), g.order.ID, func(o *order.Order) ([]order.Event, error) {
		o.Seller, o.Status, o.OnHold = sender, order.Sent, false
		for i := range o.Lines {
			o.Lines[i].Status = order.Sent
		}
		return []order.Event{{Kind: order.EventProcessed, From: order.Unprocessed, To: order.Sent, Via: "system"}}, nil
	})
	check(c.t, err)
	return g
}
