package order

// Finding is one place where the document of an order that was accepted departs
// from its form, and what was made of it. Its JSON form is the one in which it is
// stored.
type Finding struct {
	Code    string `json:"code"`             // stable, in lower case with dashes
	Path    string `json:"path,omitempty"`   // of the element
	Line    int    `json:"line,omitempty"`   // from 1, in the document as it was sent
	Column  int    `json:"column,omitempty"` // from 1
	Message string `json:"message"`          // what was seen, what was made of it, what is wanted
	Value   string `json:"value,omitempty"`  // what was seen, cut by [Cut]
}
