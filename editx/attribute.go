package editx

import "encoding/xml"

// schemaInstance is the namespace of the attributes with which any document
// may name its schema.
const schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"

// foreignAttribute warns of an attribute: EDItX has none but the version, and
// the model has no place for others.
func (r *reader) foreignAttribute(a xml.Attr, path string) {
	n := warn("attribute", "The attribute %s is not part of EDItX and was not kept; leave it out.", shown(a.Name))
	n.forbidden = !r.locatesSchema(a.Name)
	r.report(n, r.gate.at, path, a.Value)
}

// locatesSchema reports whether an attribute only says where a schema lies,
// which no schema forbids.
func (r *reader) locatesSchema(name xml.Name) bool {
	if name.Local != "noNamespaceSchemaLocation" && name.Local != "schemaLocation" {
		return false
	}
	space, _ := r.gate.attributeSpace(name)
	return space == schemaInstance
}
