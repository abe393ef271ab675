package boknett

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/internal/httpjson"
	"github.com/bookgate/bookgate/internal/reqlog"
	"github.com/bookgate/bookgate/order"
)

// Greatest bodies beside an order document, whose limit is editx.MaxBytes.
const (
	maxForm = 16 << 10 // two names and two secrets, however they are encoded
	maxJSON = 64 << 10 // a comment of 2000 characters, each escaped, four times over
)

// maxDepth bounds nesting; the deepest documented body has two levels.
const maxDepth = 8

// parseObject reads a body that is one JSON object; an empty list passes for an
// empty one. Two names that are the same to plainName may not stand in one object.
func parseObject(sent []byte) (*httpjson.Value, error) {
	return httpjson.JSON{Depth: maxDepth, FoldName: plainName, RejectLoneSurrogates: true, EmptyList: true}.Parse(sent)
}

// parseSecrets is parseObject for bodies with passwords and keys, which a
// refusal does not repeat.
func parseSecrets(sent []byte) (*httpjson.Value, error) {
	return httpjson.JSON{Depth: maxDepth, FoldName: plainName, RejectLoneSurrogates: true, EmptyList: true,
		Secret: true}.Parse(sent)
}

// maxNameDigits is longer than every number of the trade.
const maxNameDigits = 70

// nameOf returns a text, or a number as it is called: 9.788202337926E12 is
// 9788202337926. One of more digits than a name has stays as it was written. It is
// "" for a value that is absent or of another kind.
func nameOf(v *httpjson.Value) string {
	if n, ok := v.Number(); ok {
		if plain, ok := n.Plain(maxNameDigits); ok {
			return plain
		}
	}
	return v.Text()
}

// plainName is what counts of a member's name: neither letter case nor the
// underscores in which valid_from and validFrom differ, for the legacy
// documents spell it the one way and those under /v2 the other.
func plainName(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}

// readDocument reads a body that is an EDItX document; what names it for a
// refusal.
func readDocument(w http.ResponseWriter, r *http.Request, what string) ([]byte, error) {
	sent, err := httpjson.Read(w, r, editx.MaxBytes)
	if err != nil {
		return nil, err
	}
	return sent, checkDocument(w, sent, r.Header.Get("Content-Type"), what)
}

// charsetOf is what the Content-Type says of the encoding of a document (RFC
// 7303, 3). A header that cannot be read says nothing.
func charsetOf(r *http.Request) editx.Option {
	_, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && parameters == nil {
		return editx.Charset("")
	}
	return editx.Charset(parameters["charset"])
}

// checkDocument refuses a body that is clearly not XML, and says what it is. The
// Content-Type decides nothing: curl labels an order as a form, and libraries leave
// the header out.
func checkDocument(w http.ResponseWriter, sent []byte, contentType, what string) error {
	text := bytes.TrimSpace(httpjson.TrimBOM(sent))
	switch {
	case len(text) == 0:
		return order.Errorf(order.Malformed, "xml-empty", "The body is empty.").
			WithHint("Send the EDItX %s as the body of the request (curl: --data-binary @%s.xml).",
				what, strings.ReplaceAll(what, " ", "-"))
	case text[0] == '{' || text[0] == '[':
		return errDocument("The body is JSON", contentType, what)
	case bytes.HasPrefix(text, []byte("\x1f\x8b")):
		w.Header().Set("Accept-Encoding", httpjson.AcceptEncoding)
		return httpjson.ErrContentEncoding("gzip (seen in the body; no header says so)")
	case strings.HasPrefix(strings.ToLower(contentType), "multipart/"):
		return errDocument("The body is a multipart form", contentType, what)
	}
	return nil
}

func errDocument(seen, contentType, what string) error {
	return order.Errorf(order.Unsupported, "media-type",
		"%s; the %s is sent as an EDItX document in XML, as the body itself.", seen, what).
		WithHint("Send the %s with Content-Type: application/xml.", what).
		WithField(order.Field{Header: "Content-Type", Value: contentType})
}

// noteFindings writes into the record that a document had oddities.
func noteFindings(r *http.Request, findings []editx.Finding) {
	if len(findings) > 0 {
		reqlog.From(r.Context()).Note(fmt.Sprintf("%d findings in the document", len(findings)))
	}
}

// readObject reads a small JSON body. Members that are not among the known
// ones are left out, and noted.
func readObject(w http.ResponseWriter, r *http.Request, known ...string) (*httpjson.Value, error) {
	return readMembers(w, r, parseObject, known)
}

func readMembers(w http.ResponseWriter, r *http.Request, parse func([]byte) (*httpjson.Value, error),
	known []string) (*httpjson.Value, error) {
	sent, err := httpjson.Read(w, r, maxJSON)
	if err != nil {
		return nil, err
	}
	v, err := parse(sent)
	noteOthers(r, v, known...)
	return v, err
}

// noteOthers notes the members that are not among the known ones. A name that
// could be more than a typing error, such as a secret in the wrong place, is not
// repeated.
func noteOthers(r *http.Request, v *httpjson.Value, known ...string) {
	for _, name := range v.Others(known...) {
		if len(name) > maxMember || strings.Trim(name, memberCharacters) != "" {
			reqlog.From(r.Context()).Note("a member is not known")
			continue
		}
		reqlog.From(r.Context()).Note("member " + name + " is not known")
	}
}

// What the names of members are made of, here and elsewhere.
const (
	maxMember        = 32
	memberCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"
)

// wholeNumber reads a parameter; usual is its value when it is left out.
func wholeNumber(p map[string]string, name string, usual, least, most int64) (int64, error) {
	written, ok := p[name]
	if !ok {
		return usual, nil
	}
	n, err := strconv.ParseInt(written, 10, 64)
	if err == nil && isDigits(written) && n >= least && n <= most {
		return n, nil
	}
	return 0, order.Errorf(order.Malformed, "parameter-invalid", "%s must be a whole number from %d to %d, got %q.",
		name, least, most, order.Truncate(written)).
		WithHint("Leave %s out for %d, or send a number in these bounds.", name, usual).
		WithField(order.Field{Parameter: name, Value: written})
}

// readSecrets is readObject for bodies in which secrets stand.
func readSecrets(w http.ResponseWriter, r *http.Request, known ...string) (*httpjson.Value, error) {
	return readMembers(w, r, parseSecrets, known)
}

func optionalText(body *httpjson.Value, name string) (*string, error) {
	v := body.Get(name)
	if v == nil {
		return nil, nil
	}
	if v.Kind() != httpjson.KindString {
		return nil, wrongKind(v, name, "a text")
	}
	text := v.Text()
	return &text, nil
}

// wrongKind refuses a member that is of another type.
func wrongKind(v *httpjson.Value, name, want string) error {
	return order.Errorf(order.Malformed, "json-type", "%s is a JSON %s; it must be %s.", name, v.Kind(), want).
		WithField(order.Field{Pointer: v.Pointer(), Value: v.Text()})
}

// form is an urlencoded body read by hand: net/http reads one only under the
// right Content-Type, and refuses it whole for one bad escape.
type form map[string]string

func parseForm(body string) form {
	f := form{}
	for pair := range strings.SplitSeq(body, "&") {
		name, text, _ := strings.Cut(pair, "=")
		if name = strings.ToLower(decodePart(name)); f[name] == "" {
			f[name] = decodePart(text)
		}
	}
	return f
}
