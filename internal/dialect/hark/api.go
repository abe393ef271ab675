package hark

import (
	"context"
	"fmt"
	"time"

	graphql "github.com/graph-gophers/graphql-go"
	gqllog "github.com/graph-gophers/graphql-go/log"

	"github.com/bookgate/bookgate/internal/auth"
	"github.com/bookgate/bookgate/internal/record"
	"github.com/bookgate/bookgate/internal/webhook"
	"github.com/bookgate/bookgate/order"
)

// Config is what the API needs; all but Now must be given.
type Config struct {
	Exchange *order.Exchange
	Desk     *auth.Desk
	Webhooks *webhook.Desk

	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// API serves the dialect. It is safe for use by many goroutines.
type API struct {
	exchange *order.Exchange
	desk     *auth.Desk
	webhooks *webhook.Desk
	now      func() time.Time
	schema   *graphql.Schema
}

// New makes the API.
func New(c Config) (*API, error) {
	a := &API{exchange: c.Exchange, desk: c.Desk, webhooks: c.Webhooks, now: c.Now}
	if a.now == nil {
		a.now = time.Now
	}
	var err error
	if a.schema, err = graphql.ParseSchema(schemaText, nil, options()...); err == nil {
		_, err = a.schema.Clone(&root{}) // that every field has its method is known at the start
	}
	if err != nil {
		return nil, fmt.Errorf("schema of device orders: %w", err)
	}
	return a, nil
}

func options() []graphql.SchemaOpt {
	return []graphql.SchemaOpt{
		graphql.MaxQueryLength(maxBody), graphql.MaxDepth(maxDepth), graphql.MaxSelections(maxSelections), graphql.OverlapValidationLimit(maxOverlaps),
		graphql.MaxParallelism(maxParallel), graphql.Logger(gqllog.LoggerFunc(notePanic)), graphql.PanicHandler(panics{}),
	}
}

// execute answers a request on behalf of who asks. Who that is stands in the
// resolver, which every request has its own of, and not in the context.
func (a *API) execute(ctx context.Context, q ask, r *root) (*graphql.Response, error) {
	if err := checkWeight(q.Query); err != nil {
		return nil, err
	}
	schema, err := a.schema.Clone(r, options()...)
	if err != nil {
		return nil, fmt.Errorf("resolvers of device orders: %w", err)
	}
	answer := schema.Exec(ctx, q.Query, q.OperationName, q.Variables)
	classify(answer.Errors)
	return answer, nil
}

// notePanic keeps a panic for the log of requests.
func notePanic(ctx context.Context, value any) {
	record.Of(ctx).Failure = fmt.Errorf("panic: %v", value)
}

// panics shows nothing of a panic outside.
type panics struct{}

// MakePanicError is the error of a field that panicked.
func (panics) MakePanicError(ctx context.Context, value any) *queryError {
	f := faultOf(ctx, fmt.Errorf("panic: %v", value))
	return &queryError{Message: f.message, Extensions: f.Extensions()}
}
