package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/bookgate/bookgate/hal"
)

// FeedQuery asks for a page of the feed, oldest change first.
type FeedQuery struct {
	After int64         // the last number that the caller has
	Epoch string        // that it is of; "" is the one that the server is in
	Limit int           // the greatest number of changes; 0 leaves it to the server
	Wait  time.Duration // how long to wait when there is nothing behind After
}

// waitRound is how long one request may wait, well below headerTimeout and
// what proxies allow. A longer wait is several requests.
const waitRound = 20 * time.Second

// Feed returns the changes behind a number. When there are none it waits until
// there are; after that the page is empty.
func (c *Client) Feed(ctx context.Context, q FeedQuery) (hal.Feed, error) {
	for {
		round := min(q.Wait, waitRound)
		feed, err := c.feedPage(ctx, q, round)
		if q.Wait -= round; err != nil || len(feed.Changes) > 0 || q.Wait <= 0 {
			return feed, err
		}
	}
}

func (c *Client) feedPage(ctx context.Context, q FeedQuery, wait time.Duration) (hal.Feed, error) {
	values := url.Values{"after": {strconv.FormatInt(q.After, 10)}}
	if q.Limit > 0 {
		values.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Epoch != "" {
		values.Set("epoch", q.Epoch)
	}
	if wait > 0 {
		values.Set("wait", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	a, err := c.call(ctx, request{method: http.MethodGet, path: hal.FeedPath + "?" + values.Encode(), accept: hal.MediaType})
	if err != nil {
		return hal.Feed{}, err
	}
	feed, err := hal.ParseFeed(a.body)
	if err != nil || feed.Links.Next.Href == "" {
		return hal.Feed{}, c.unreadable(a)
	}
	return feed, nil
}

// Acknowledge says that the caller's party has read its feed up to a number.
// The same number again changes nothing, so trying again is safe. epoch is that
// of the number, "" the one that the server is in.
func (c *Client) Acknowledge(ctx context.Context, through int64, epoch string) (hal.Acknowledged, error) {
	a, err := c.post(ctx, hal.FeedPath+"/ack", "", struct {
		Through int64  `json:"through"`
		Epoch   string `json:"epoch,omitempty"`
	}{through, epoch})
	if err != nil {
		return hal.Acknowledged{}, err
	}
	ack, err := hal.ParseAcknowledged(a.body)
	if err != nil || ack.Links.Feed.Href == "" {
		return hal.Acknowledged{}, c.unreadable(a)
	}
	return ack, nil
}
