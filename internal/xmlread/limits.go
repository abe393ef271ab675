package xmlread

// The limits of every document. The largest orders known in the trade have a
// few thousand lines, so they stay well below.
const (
	// MaxBytes limits a document, as sent and as UTF-8: 10,000 plain order lines
	// take less.
	MaxBytes = 5 << 20

	// MaxDepth limits nesting. The deepest path of EDItX has seven elements; a
	// bibliographic record in a message adds a few.
	MaxDepth = 32

	// MaxTokens limits tags and pieces of text together, since each costs far
	// more than its bytes: 10,000 order lines of twelve elements each.
	MaxTokens = 400_000

	// MaxText limits the text of one element in bytes: enough for a MARCXML
	// record.
	MaxText = 256 << 10

	// MaxName limits a tag or attribute name in bytes: four times the longest
	// of EDItX.
	MaxName = 128

	// maxAttributes limits the attributes of one element, which are compared
	// with one another.
	maxAttributes = 64

	// maxAttribute limits an attribute's value in bytes: longer than any
	// namespace or schema location.
	maxAttribute = 8 << 10

	// maxComments limits the comments and processing instructions of a large
	// document: one per line of the largest order.
	maxComments = 10_000
)

// Format describes a document format to the reader.
type Format struct {
	Name       string // such as EDItX
	Noun       string // what one document is, such as order
	Indefinite string // one document with its article, such as "an EDItX XML document"
	Root       string // start tag of a document, as error texts show it
	Unprefixed bool   // names of the format have no namespace prefix

	// Counted is the beginning of the start tags that are limited in number,
	// such as <ItemDetail; "" counts nothing. TooMany returns the error of the
	// first tag beyond MaxCounted.
	Counted    string
	MaxCounted int
	TooMany    func(r *Reader) error
}
