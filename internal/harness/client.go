package harness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// Credentials is what client add --json prints.
type Credentials struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
}

// Client is a party's own client: plain HTTP, as an integrator would write it,
// so that a fault in our client library cannot hide one in the server.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// requestLimit bounds one request; a list of a million rows fits.
const requestLimit = 5 * time.Minute

// Login fetches a token.
func (g *Gateway) Login(c Credentials) (*Client, error) {
	client := &Client{base: g.Base, http: &http.Client{
		Timeout:   requestLimit,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
	}}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ID}, "client_secret": {c.Secret}}
	res, err := client.http.PostForm(g.Base+"/oauth/token", form)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var grant struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&grant); err != nil || grant.Token == "" {
		return nil, fmt.Errorf("log in: %s", res.Status)
	}
	client.token = grant.Token
	return client, nil
}

// Via returns the same client as it speaks to another address, such as that of a
// proxy before the gateway.
func (c *Client) Via(base string) *Client {
	return &Client{base: base, token: c.token, http: c.http}
}

// Token is the credential that the client sends.
func (c *Client) Token() string { return c.token }

// CloseIdle ends the connections that wait for the next request.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }

// Do sends one request and returns status, headers and body.
func (c *Client) Do(method, target string, body []byte, contentType string) (*http.Response, []byte, error) {
	header := http.Header{}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	return c.DoWith(method, target, body, header)
}

// DoWith sends one request with headers of the caller's.
func (c *Client) DoWith(method, target string, body []byte, header http.Header) (*http.Response, []byte, error) {
	if strings.HasPrefix(target, "/") {
		target = c.base + target
	}
	req, err := http.NewRequest(method, target, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	req.Header = header
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := c.http.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	return res, answer, err
}

// Stream sends a GET and hands over the body unread.
func (c *Client) Stream(target string) (io.ReadCloser, error) {
	req, err := http.NewRequest(http.MethodGet, c.base+target, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		res.Body.Close()
		return nil, fmt.Errorf("GET %s: %s", target, res.Status)
	}
	return res.Body, nil
}

// Submit sends an order and returns its id once it is acknowledged.
func (c *Client) Submit(order []byte) (id string, err error) {
	res, body, err := c.Do(http.MethodPost, "/orders", order, "application/xml")
	if err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusAccepted {
		return "", fmt.Errorf("submit: %s: %s", res.Status, body)
	}
	return path.Base(res.Header.Get("Location")), nil
}

// Item is an order in a list.
type Item struct {
	ID     string `json:"orderId"`
	Number string `json:"buyerOrderNumber"`
	Status string `json:"status"`
}

// List reads a list as an old client does: everything in one answer.
func (c *Client) List(mode string) ([]Item, error) {
	items, _, err := c.page("/orders?fromDate=20000101000000&mode=" + mode)
	return items, err
}

// Page reads one page behind a cursor, or the first for an empty one, and
// returns the next cursor.
func (c *Client) Page(mode, cursor string, size int) (items []Item, next string, err error) {
	query := fmt.Sprintf("/orders?fromDate=20000101000000&mode=%s&pagesize=%d", mode, size)
	if cursor != "" {
		query = fmt.Sprintf("/orders?mode=%s&pagesize=%d&next=%s", mode, size, url.QueryEscape(cursor))
	}
	return c.page(query)
}

func (c *Client) page(target string) (items []Item, next string, err error) {
	res, body, err := c.Do(http.MethodGet, target, nil, "")
	if err != nil {
		return nil, "", err
	}
	if res.StatusCode != http.StatusOK {
		return nil, "", fmt.Errorf("GET %s: %s: %s", target, res.Status, body)
	}
	return items, res.Header.Get("Next"), json.Unmarshal(body, &items)
}
