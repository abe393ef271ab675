package xmlread

import (
	"bytes"
	"errors"
	"io"

	"github.com/bookgate/bookgate/order"
)

// Load converts a document to UTF-8 and checks what can be checked before it is
// read: its size and, for a large one, the length and number of its constructs.
// The charset is that of the Content-Type, or "".
func Load(body []byte, charset string, f *Format) (Source, error) {
	if len(body) > MaxBytes {
		return Source{}, f.tooLarge(len(body), "")
	}
	src, err := ToUTF8(body, charset, f)
	if err != nil {
		return Source{}, err
	}
	if len(src.Bytes) > MaxBytes {
		return Source{}, f.tooLarge(len(src.Bytes), " as UTF-8")
	}
	return src, prescan(src)
}

func (f *Format) tooLarge(size int, as string) error {
	return order.Errorf(order.TooLarge, "xml-limit",
		"The document has %d bytes%s; at most %d are accepted.",
		size, as, MaxBytes).
		WithHint("Split the %s into several.", f.Noun)
}

// Accepts returns the error with which reading a whole document in UTF-8 would
// end, or nil.
func Accepts(text []byte, f *Format) error {
	src := UTF8(text, f)
	if err := prescan(src); err != nil {
		return err
	}
	for r := New(src); ; {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// prescan checks a large document before it is read: the decoder would hold an
// oversized construct in memory as a whole, and thousands of counted elements
// would be read before the first one too many. A small document can do neither.
// Tags quoted inside a CDATA section are not counted.
func prescan(doc Source) error {
	if len(doc.Bytes) <= MaxText {
		return nil
	}
	s := prescanner{reader: Reader{src: doc}, rest: doc.Bytes, counted: []byte(doc.format.Counted)}
	for len(s.rest) > 0 {
		if err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

// prescanner goes from tag to tag.
type prescanner struct {
	reader   Reader // for positions and errors
	rest     []byte
	counted  []byte
	comments int
	elements int
}

// The constructs that may contain any character, by how they begin and end.
var constructs = []struct {
	begin, end []byte
	what       string
}{
	{[]byte("<!--"), []byte("-->"), "comment"},
	{[]byte("<![CDATA["), []byte("]]>"), "text"},
	{[]byte("<?"), []byte("?>"), "processing instruction"},
	{[]byte("<"), []byte(">"), "tag"},
}

// next skips the text before the next tag, and the tag.
func (s *prescanner) next() error {
	next := bytes.IndexByte(s.rest, '<')
	if next < 0 {
		next = len(s.rest)
	}
	if next > MaxText {
		return s.limit("has a text of more than %d bytes", MaxText)
	}
	if s.rest = s.rest[next:]; len(s.rest) == 0 {
		return nil
	}
	for _, c := range constructs {
		if bytes.HasPrefix(s.rest, c.begin) {
			return s.construct(c.end, c.what)
		}
	}
	return nil
}

// construct skips one tag, comment, processing instruction or CDATA section.
func (s *prescanner) construct(end []byte, what string) error {
	n := bytes.Index(s.rest, end)
	if n < 0 {
		n = len(s.rest) - len(end) // the Reader reports that it does not end
	}
	if n > MaxText {
		return s.limit("has a "+what+" of more than %d bytes", MaxText)
	}
	if what == "comment" || what == "processing instruction" {
		if s.comments++; s.comments > maxComments {
			return s.limit("has more than %d comments and processing instructions", maxComments)
		}
	}
	if len(s.counted) > 0 && what == "tag" && bytes.HasPrefix(s.rest, s.counted) {
		if s.elements++; s.elements > s.reader.src.format.MaxCounted {
			s.markPosition()
			return s.reader.src.format.TooMany(&s.reader)
		}
	}
	s.rest = s.rest[n+len(end):]
	return nil
}

// markPosition makes the current position that of the Reader's token.
func (s *prescanner) markPosition() {
	at := len(s.reader.src.Bytes) - len(s.rest)
	place := locate(s.reader.src.Bytes, at) // in bytes, as the decoder counts
	s.reader.start = Pos{int32(place.Line), int32(place.Column), int32(at)}
}

func (s *prescanner) limit(format string, args ...any) *order.Error {
	s.markPosition()
	return s.reader.Limit(format, args...)
}
