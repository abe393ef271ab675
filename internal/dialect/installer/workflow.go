package installer

import "encoding/json"

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

func (f fields) customFields() []customField {
	items := f.objects("customFields", maxCustom)
	if items == nil {
		return nil
	}
	all := []customField{}
	for _, item := range items {
		c := customField{CustomID: item.text("customId", filled(oneLine(maxLine))), ID: item.text("id", uuid), Value: item.value()}
		switch hasCustom, hasID := item.raw("customId") != nil, item.raw("id") != nil; {
		case hasCustom && hasID:
			item.refuse("customId", "It stands beside id; a field is named by one of the two.")
		case !hasCustom && !hasID:
			item.refuse("customId", "It is missing, and so is id; a field is named by one of the two.")
		}
		all = append(all, c)
	}
	return all
}

// value gives what is set for a custom field: a text, or true or false.
func (f fields) value() json.RawMessage {
	switch raw := f.raw("value"); {
	case raw == nil:
		f.refuse("value", "It is missing, and it is required.")
	case kindOf(raw) == kindTruth:
		return raw
	case kindOf(raw) != kindText:
		f.refuse("value", "It is %s; wanted is a text, or true or false.", kindOf(raw).words())
	case f.text("value", manyLines(maxDescription)) != nil:
		return raw
	}
	return nil
}

func (f fields) assignments() []assignment {
	items := f.objects("actorAssignments", maxAssignments)
	if items == nil {
		return nil
	}
	all := []assignment{}
	for _, item := range items {
		all = append(all, assignment{item.required("actorSlug", oneLine(maxLine)), item.required("organizationId", uuid)})
	}
	return all
}
