package mailtest

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
)

// Message is an e-mail as a mail program shows it.
type Message struct {
	Header     mail.Header
	Subject    string
	Text, HTML string
	FileName   string // of the attachment, if there is one
	File       []byte
}

// Read takes an e-mail apart as a mail program does.
func Read(r io.Reader) (l Message, err error) {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return l, err
	}
	l.Header = m.Header
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return l, err
	}
	return l, l.take(m.Header.Get, m.Body)
}

// take reads a part of an e-mail, and the parts in it.
func (l *Message) take(header func(string) string, body io.Reader) error {
	mediaType, params, err := mime.ParseMediaType(header("Content-Type"))
	if err != nil {
		return err
	}
	if strings.HasPrefix(mediaType, "multipart/") {
		return l.takeAll(multipart.NewReader(body, params["boundary"]))
	}
	switch strings.ToLower(header("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	content, err := io.ReadAll(body)
	plain := string(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")))
	switch mediaType {
	case "text/plain":
		l.Text = plain
	case "text/html":
		l.HTML = plain
	default:
		_, names, _ := mime.ParseMediaType(header("Content-Disposition")) // one without a name has none
		l.FileName, l.File = names["filename"], content
	}
	return err
}

func (l *Message) takeAll(r *multipart.Reader) error {
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = l.take(p.Header.Get, p)
		}
		if err != nil {
			return err
		}
	}
}
