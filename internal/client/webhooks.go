package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/bookgate/bookgate/hal"
	"github.com/bookgate/bookgate/internal/jsontext"
	"github.com/bookgate/bookgate/order"
)

// WebhookUpdate is what a party decides about an endpoint. In a change, nil
// leaves a thing as it is.
type WebhookUpdate struct {
	URL         *string            `json:"url,omitempty"`
	Description *string            `json:"description,omitempty"`
	Events      *[]string          `json:"events,omitempty"`
	Headers     *map[string]string `json:"headers,omitempty"`
	Format      *string            `json:"format,omitempty"`
}

// AddWebhook registers an endpoint. The answer shows its secret, once. A call
// whose answer is lost may have made one: look at Webhooks before trying again.
func (c *Client) AddWebhook(ctx context.Context, w WebhookUpdate) (hal.Webhook, error) {
	return c.webhook(c.sendBody(ctx, http.MethodPost, hal.WebhooksPath, w))
}

// Webhooks lists the endpoints of the caller's party, oldest first.
func (c *Client) Webhooks(ctx context.Context) ([]hal.Webhook, error) {
	a, err := c.call(ctx, request{method: http.MethodGet, path: hal.WebhooksPath, accept: hal.MediaType})
	if err != nil {
		return nil, err
	}
	all, err := hal.ParseWebhooks(a.body)
	if err != nil || all.Links.Self.Href == "" {
		return nil, c.unreadable(a)
	}
	return all.Embedded.Webhooks, nil
}

// Webhook returns an endpoint.
func (c *Client) Webhook(ctx context.Context, id string) (hal.Webhook, error) {
	return c.webhook(c.call(ctx, request{method: http.MethodGet, path: webhookPath(id), accept: hal.MediaType}))
}

// ChangeWebhook sets what the update holds.
func (c *Client) ChangeWebhook(ctx context.Context, id string, w WebhookUpdate) (hal.Webhook, error) {
	return c.webhook(c.sendBody(ctx, http.MethodPatch, webhookPath(id), w))
}

// DeleteWebhook takes an endpoint away with all that waits for it.
func (c *Client) DeleteWebhook(ctx context.Context, id string) error {
	_, err := c.call(ctx, request{method: http.MethodDelete, path: webhookPath(id), accept: "application/problem+json"})
	return err
}

// RotateWebhook makes a new secret for an endpoint, which the answer shows once.
func (c *Client) RotateWebhook(ctx context.Context, id string) (hal.Webhook, error) {
	return c.webhook(c.sendBody(ctx, http.MethodPost, webhookPath(id)+"/rotate", nil))
}

// PauseWebhook holds an endpoint's events back.
func (c *Client) PauseWebhook(ctx context.Context, id string) (hal.Webhook, error) {
	return c.webhook(c.sendBody(ctx, http.MethodPost, webhookPath(id)+"/pause", nil))
}

// ResumeWebhook makes an endpoint active, whatever ended it.
func (c *Client) ResumeWebhook(ctx context.Context, id string) (hal.Webhook, error) {
	return c.webhook(c.sendBody(ctx, http.MethodPost, webhookPath(id)+"/resume", nil))
}

// TestWebhook sends a test event to an endpoint.
func (c *Client) TestWebhook(ctx context.Context, id string) (hal.Delivery, error) {
	return c.delivery(c.sendBody(ctx, http.MethodPost, webhookPath(id)+"/test", nil))
}

// DeliveryQuery asks for a page of deliveries, newest first.
type DeliveryQuery struct {
	State  string // pending, delivered or failed; "" is any
	Before string // the id behind which the page begins
	Limit  int    // 0 leaves it to the server
}

// Deliveries returns a page of an endpoint's deliveries; more says that older
// ones follow.
func (c *Client) Deliveries(ctx context.Context, endpoint string, q DeliveryQuery) (all []hal.Delivery, more bool, err error) {
	values := url.Values{}
	for name, text := range map[string]string{"state": q.State, "before": q.Before} {
		if text != "" {
			values.Set(name, text)
		}
	}
	if q.Limit > 0 {
		values.Set("limit", strconv.Itoa(q.Limit))
	}
	a, err := c.call(ctx, request{method: http.MethodGet, path: webhookPath(endpoint) + "/deliveries?" + values.Encode(), accept: hal.MediaType})
	if err != nil {
		return nil, false, err
	}
	page, err := hal.ParseDeliveries(a.body)
	if err != nil || page.Links.Self.Href == "" {
		return nil, false, c.unreadable(a)
	}
	return page.Embedded.Deliveries, page.Links.Next != nil, nil
}

// Delivery returns one of them.
func (c *Client) Delivery(ctx context.Context, endpoint, id string) (hal.Delivery, error) {
	return c.delivery(c.call(ctx, request{method: http.MethodGet, path: deliveryPath(endpoint, id), accept: hal.MediaType}))
}

// Attempts returns every try of a delivery, oldest first.
func (c *Client) Attempts(ctx context.Context, endpoint, delivery string) ([]hal.Attempt, error) {
	a, err := c.call(ctx, request{method: http.MethodGet, path: deliveryPath(endpoint, delivery) + "/attempts", accept: hal.MediaType})
	if err != nil {
		return nil, err
	}
	all, err := hal.ParseAttempts(a.body)
	if err != nil || all.Links.Self.Href == "" {
		return nil, c.unreadable(a)
	}
	return all.Embedded.Attempts, nil
}

// Resend sends one delivery again.
func (c *Client) Resend(ctx context.Context, endpoint, delivery string) error {
	_, err := c.sendBody(ctx, http.MethodPost, deliveryPath(endpoint, delivery)+"/resend", nil)
	return err
}

// ResendMany sends again what was made since an instant, or what was given up,
// or what is both, and reports how many there were.
func (c *Client) ResendMany(ctx context.Context, endpoint string, since time.Time, failed bool) (int64, error) {
	a, err := c.sendBody(ctx, http.MethodPost, webhookPath(endpoint)+"/resend", struct {
		Since  time.Time `json:"since,omitzero"`
		Failed bool      `json:"failed,omitempty"`
	}{since.UTC(), failed})
	if err != nil {
		return 0, err
	}
	var sent hal.Resent
	if json.Unmarshal(a.body, &sent) != nil {
		return 0, c.unreadable(a)
	}
	return sent.Resent, nil
}

func webhookPath(id string) string { return hal.WebhooksPath + "/" + url.PathEscape(id) }

func deliveryPath(endpoint, id string) string {
	return webhookPath(endpoint) + "/deliveries/" + url.PathEscape(id)
}

// sendBody sends a JSON body, or none for nil.
func (c *Client) sendBody(ctx context.Context, method, path string, body any) (answer, error) {
	r := request{method: method, path: path, accept: hal.MediaType}
	if body != nil {
		b, err := jsontext.Marshal(body)
		if err != nil {
			return answer{}, fmt.Errorf("write the body of %s: %w", order.Truncate(path), err)
		}
		r.kind, r.body = "application/json", b
	}
	return c.call(ctx, r)
}

func (c *Client) webhook(a answer, err error) (hal.Webhook, error) {
	if err != nil {
		return hal.Webhook{}, err
	}
	w, err := hal.ParseWebhook(a.body)
	if err != nil || w.ID == "" {
		return hal.Webhook{}, c.unreadable(a)
	}
	return w, nil
}

func (c *Client) delivery(a answer, err error) (hal.Delivery, error) {
	if err != nil {
		return hal.Delivery{}, err
	}
	d, err := hal.ParseDelivery(a.body)
	if err != nil || d.ID == "" {
		return hal.Delivery{}, c.unreadable(a)
	}
	return d, nil
}
