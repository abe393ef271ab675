package installer

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/order"
)

// How many items the lists of an order may have: more than any installation
// needs, and bounded because each is checked, kept or becomes a row.
const (
	maxIDs         = 100
	maxCustom      = 100
	maxAssignments = 20
	maxLines       = 500
)

// request is the order as a router writes it, and as it reads it again. What was
// not given is nil and is not shown.
type request struct {
	Name              *string         `json:"name,omitzero"`
	Description       json.RawMessage `json:"description,omitzero"` // a text, or rich text as it came
	Workplace         *string         `json:"workplace,omitzero"`
	Address           string          `json:"address,omitzero"`
	City              string          `json:"city,omitzero"`
	PostalCode        string          `json:"postalCode,omitzero"`
	CountryCode       string          `json:"countryCode,omitzero"`
	Latitude          json.RawMessage `json:"latitude,omitzero"` // a number as it was written
	Longitude         json.RawMessage `json:"longitude,omitzero"`
	Email             string          `json:"email,omitzero"`
	PhoneNumber       string          `json:"phoneNumber,omitzero"`
	ContactPersonName string          `json:"contactPersonName,omitzero"`
	FileIDs           []string        `json:"fileIds,omitzero"`
	OrderTagIDs       []string        `json:"orderTagIds,omitzero"`
	Metadata          json.RawMessage `json:"metadata,omitzero"`
	WorkflowID        *string         `json:"workflowId,omitzero"`
	WorkflowCustomID  *string         `json:"workflowCustomId,omitzero"`
	CustomFields      []customField   `json:"customFields,omitzero"`
	IdempotencyKey    *string         `json:"idempotencyKey,omitzero"`
	ActorAssignments  []assignment    `json:"actorAssignments,omitzero"`
	Offer             *offer          `json:"offer,omitzero"`
}

// key is the idempotencyKey, where there is one. An empty one is none: clients
// fill it from a field that may be empty.
func (in request) key() string {
	if in.IdempotencyKey == nil {
		return ""
	}
	return *in.IdempotencyKey
}

// codeFields is the code of a request with values that cannot be taken.
const codeFields = "installation-fields"

// readOrder reads a request, and tells all that is wrong with it at once.
func readOrder(body []byte, phones *phoneBook) (request, error) {
	o, err := parseObject(body)
	if err != nil {
		return request{}, err
	}
	f := fields{&reader{phones: phones}, o, ""}
	in := f.request()
	if len(f.bad) == 0 {
		return in, nil
	}
	names := make([]string, len(f.bad))
	for i, d := range details(f.bad) {
		names[i] = d.Path
	}
	e := order.Errorf(order.Invalid, codeFields, "The order cannot be taken because of %d of its values: %s.", len(names), strings.Join(names[:min(len(names), maxNamed)], ", ")).
		WithHint("Correct what is listed under details; nothing was created, and no key was used.")
	e.Fields = f.bad
	return request{}, e
}

// maxNamed is how many values the message names; details has them all.
const maxNamed = 10

// request reads every member of an order. Those that are not known are left
// alone: newer clients send them.
func (f fields) request() request {
	countryCode := f.required("countryCode", country)
	in := request{
		Name: f.text("name", oneLine(maxLine)), Description: f.description(), Workplace: f.text("workplace", oneLine(maxLine)),
		Address: f.required("address", oneLine(maxLine)), City: f.required("city", oneLine(maxCity)),
		PostalCode: f.required("postalCode", oneLine(maxPostalCode)), CountryCode: countryCode,
		Latitude: f.degrees("latitude", 90), Longitude: f.degrees("longitude", 180),
		Email: f.required("email", email), PhoneNumber: f.required("phoneNumber", f.phones.rule(countryCode)),
		ContactPersonName: f.required("contactPersonName", oneLine(maxLine)),
		FileIDs:           f.texts("fileIds", maxIDs, uuid), OrderTagIDs: f.texts("orderTagIds", maxIDs, uuid),
		Metadata: f.take("metadata", kindObject), WorkflowID: f.text("workflowId", uuid), WorkflowCustomID: f.text("workflowCustomId", filled(oneLine(maxLine))),
		CustomFields: f.customFields(), IdempotencyKey: f.text("idempotencyKey", idempotencyKey), ActorAssignments: f.assignments(),
	}
	if inside, there := f.inner("offer"); there {
		in.Offer = inside.offer()
	}
	return in
}

// description gives a text or an object of rich text, as it came.
func (f fields) description() json.RawMessage {
	raw := meant(f.raw("description"), kindObject)
	switch {
	case raw == nil || kindOf(raw) == kindObject:
	case kindOf(raw) == kindText:
		f.text("description", manyLines(maxDescription))
	default:
		f.refuse("description", "It is %s; wanted is a text, or an object of rich text.", kindOf(raw).words())
	}
	return raw
}

// degrees gives a coordinate, as it was written.
func (f fields) degrees(name string, most float64) json.RawMessage {
	raw := f.take(name, kindNumber)
	if raw == nil {
		return nil
	}
	if at, err := strconv.ParseFloat(string(raw), 64); err != nil || math.Abs(at) > most {
		f.refuse(name, "It is %s; wanted are degrees from %g to %g.", order.Cut(string(raw)), -most, most)
		return nil
	}
	return raw
}
