package installer

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/order"
)

// How many items the lists of an order may have: more than any installation
// needs, and bounded because each is checked, stored or becomes a row.
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

// readOrder reads the body of a new order, and reports all that is wrong with it.
func readOrder(sent []byte, phones *phoneBook) (request, error) {
	body, err := parse(sent)
	if err != nil {
		return request{}, err
	}
	in := readRequest(body, phones)
	bad := body.Faults()
	if len(bad) == 0 {
		return in, nil
	}
	names := make([]string, len(bad))
	for i, d := range details(bad) {
		names[i] = d.Path
	}
	e := order.Errorf(order.Invalid, codeFields, "The order cannot be taken because of %d of its values: %s.",
		len(names), strings.Join(names[:min(len(names), maxNamed)], ", ")).
		WithHint("Correct what is listed under details; nothing was created, and no key was used.")
	e.Fields = bad
	return request{}, e
}

// maxNamed is how many values the message names; details has them all.
const maxNamed = 10

// readRequest reads every member of an order. Those that are not known are
// ignored: newer clients send them. Without phones every phone number is accepted.
func readRequest(in httpjson.Object, phones *phoneBook) request {
	countryCode := in.RequiredString("countryCode", country)
	r := request{
		Name: in.String("name", oneLine(maxLine)), Description: readDescription(in),
		Workplace: in.String("workplace", oneLine(maxLine)),
		Address:   in.RequiredString("address", oneLine(maxLine)), City: in.RequiredString("city", oneLine(maxCity)),
		PostalCode: in.RequiredString("postalCode", oneLine(maxPostalCode)), CountryCode: countryCode,
		Latitude: readDegrees(in, "latitude", 90), Longitude: readDegrees(in, "longitude", 180),
		Email:             in.RequiredString("email", email),
		PhoneNumber:       in.RequiredString("phoneNumber", phones.rule(countryCode)),
		ContactPersonName: in.RequiredString("contactPersonName", oneLine(maxLine)),
		FileIDs:           in.Strings("fileIds", maxIDs, uuid),
		OrderTagIDs:       in.Strings("orderTagIds", maxIDs, uuid),
		Metadata:          in.Of("metadata", httpjson.KindObject).Raw(),
		WorkflowID:        in.String("workflowId", uuid),
		WorkflowCustomID:  in.String("workflowCustomId", httpjson.All(httpjson.NotBlank, oneLine(maxLine))),
		CustomFields:      readCustomFields(in),
		IdempotencyKey:    in.String("idempotencyKey", idempotencyKey),
		ActorAssignments:  readAssignments(in),
	}
	if inside, ok := in.Object("offer"); ok {
		r.Offer = readOffer(inside)
	}
	return r
}

// readDescription returns a text or an object of rich text, as it was sent.
func readDescription(in httpjson.Object) json.RawMessage {
	v := in.Get("description").As(httpjson.KindObject)
	switch v.Kind() {
	case "", httpjson.KindObject:
	case httpjson.KindString:
		in.String("description", manyLines(maxDescription))
	default:
		in.Fault("description", "It is %s; wanted is a text, or an object of rich text.", kindText(v.Kind()))
	}
	return v.Raw()
}

// readDegrees returns a coordinate, as it was written.
func readDegrees(in httpjson.Object, name string, most float64) json.RawMessage {
	v := in.Of(name, httpjson.KindNumber)
	if v == nil {
		return nil
	}
	if at, err := strconv.ParseFloat(v.Text(), 64); err != nil || math.Abs(at) > most {
		in.Fault(name, "It is %s; wanted are degrees from %g to %g.", order.Truncate(v.Text()), -most, most)
		return nil
	}
	return v.Raw()
}

const (
	// maxBody is the greatest request: a hundred times what the documented one
	// has, enough for a long description and hundreds of lines.
	maxBody = 256 << 10

	// maxDepth is how deep JSON may be nested: a description of lists in lists,
	// five deep, has half of it.
	maxDepth = 64
)

// mediaType is the type under which the original request of an order is stored.
const mediaType = "application/json"

// parse reads a body that is one JSON object; an empty list passes for an empty
// one, because PHP writes it so. Names are accepted as they are written: EMAIL is
// not email.
func parse(sent []byte) (httpjson.Object, error) {
	body, err := httpjson.JSON{Depth: maxDepth, EmptyList: true}.Parse(sent)
	return httpjson.NewObject(body, words()), err
}

// words are what this dialect says of the faults that every request can have.
func words() *httpjson.Words {
	return &httpjson.Words{
		Code:    codeFields,
		Missing: order.Field{Code: codeFields, Message: "It is missing, and it is required."},
		Type: func(is, wanted httpjson.Kind) string {
			return "It is " + kindText(is) + "; wanted is " + kindText(wanted) + "."
		},
		TooMany: func(items, most int) string {
			return fmt.Sprintf("It has %d items; at most %d are taken.", items, most)
		},
	}
}

// kindText names a kind of JSON value in a sentence.
func kindText(kind httpjson.Kind) string {
	switch kind {
	case httpjson.KindObject:
		return "an object"
	case httpjson.KindList:
		return "a list"
	case httpjson.KindString:
		return "a text"
	case httpjson.KindBoolean:
		return "true or false"
	case httpjson.KindNull:
		return "null"
	}
	return "a number"
}

// customField is a value for a field of the workflow, named by either id.
type customField struct {
	CustomID *string         `json:"customId,omitzero"`
	ID       *string         `json:"id,omitzero"`
	Value    json.RawMessage `json:"value,omitzero"` // a text, or true or false
}

// assignment names the organisation that plays a part in the workflow.
type assignment struct {
	ActorSlug      string `json:"actorSlug"`
	OrganizationID string `json:"organizationId"`
}

func readCustomFields(in httpjson.Object) []customField {
	items := in.Objects("customFields", maxCustom)
	if items == nil {
		return nil
	}
	all := []customField{}
	for _, item := range items {
		c := customField{CustomID: item.String("customId", httpjson.All(httpjson.NotBlank, oneLine(maxLine))),
			ID: item.String("id", uuid), Value: readCustomValue(item)}
		switch hasCustom, hasID := item.Get("customId") != nil, item.Get("id") != nil; {
		case hasCustom && hasID:
			item.Fault("customId", "It stands beside id; a field is named by one of the two.")
		case !hasCustom && !hasID:
			item.Fault("customId", "It is missing, and so is id; a field is named by one of the two.")
		}
		all = append(all, c)
	}
	return all
}

// readCustomValue returns what is set for a custom field: a text, or true or false.
func readCustomValue(in httpjson.Object) json.RawMessage {
	v := in.Required("value")
	switch kind := v.Kind(); {
	case v == nil:
	case kind == httpjson.KindBoolean:
		return v.Raw()
	case kind != httpjson.KindString:
		in.Fault("value", "It is %s; wanted is a text, or true or false.", kindText(kind))
	case in.String("value", manyLines(maxDescription)) != nil:
		return v.Raw()
	}
	return nil
}

func readAssignments(in httpjson.Object) []assignment {
	items := in.Objects("actorAssignments", maxAssignments)
	if items == nil {
		return nil
	}
	all := []assignment{}
	for _, item := range items {
		all = append(all,
			assignment{item.RequiredString("actorSlug", oneLine(maxLine)), item.RequiredString("organizationId", uuid)})
	}
	return all
}
