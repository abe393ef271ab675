package cli

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/term"

	"github.com/bookgate/bookgate/editx"
	"github.com/bookgate/bookgate/order"
)

// MaxSecret bounds what is read as a password: more is a wrong file.
const MaxSecret = 4096

// ReadSecret reads a secret from standard input: its first line when asked to
// by --password-stdin, else typed without echo at a terminal. A secret never
// stands in the arguments, where every user of the machine can see it.
func ReadSecret(a App, fromStdin bool, prompt string) (string, error) {
	if fromStdin {
		line, err := readLine(a.In, MaxSecret)
		if err != nil {
			return "", fmt.Errorf("read the password from standard input: %w", err)
		}
		return line, nil
	}
	fd, ok := terminal(a.In)
	if !ok {
		return "", Usagef("there is no terminal to ask for the password\n" +
			"  Pass it on standard input: --password-stdin < FILE")
	}
	fmt.Fprint(a.Err, prompt)
	b, err := term.ReadPassword(fd)
	fmt.Fprintln(a.Err)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(b), nil
}

// readLine reads the first line of in, at most limit bytes. Behind it nothing is
// waited for, for a person may sit there; UTF-16 comes from a pipe, and has no
// line end that a byte shows.
func readLine(in io.Reader, limit int64) (string, error) {
	r := bufio.NewReader(io.LimitReader(in, limit))
	first, err := r.Peek(1)
	var written []byte
	switch {
	case err == nil && (first[0] == markUTF16LE[0] || first[0] == markUTF16BE[0]):
		written, err = io.ReadAll(r)
	case err == nil:
		written, err = r.ReadBytes('\n')
	}
	if err != nil && err != io.EOF {
		return "", err
	}
	text, err := PlainText(written)
	return FirstLine(text), err
}

// WriteWhole writes a file beside its place and moves it there, so that a
// crash leaves the old content or the new one.
func WriteWhole(path string, content []byte, mode fs.FileMode) error {
	beside := filepath.Join(filepath.Dir(path), "."+rand.Text()+".part")
	f, err := os.OpenFile(beside, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(beside, path)
	}
	if err != nil {
		os.Remove(beside)
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// ReadDocument reads a document, or standard input for "-". It stops beyond
// what any order has; the server then says so.
func ReadDocument(a App, file string) ([]byte, error) {
	in := a.In
	if file != "-" {
		f, err := os.Open(a.Path(file))
		if err != nil {
			return nil, missingFile(file, err)
		}
		defer f.Close()
		in = f
	}
	body, err := io.ReadAll(io.LimitReader(in, editx.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return body, nil
}

// documentMode is the mode of a document that a command writes, before the umask:
// it is no secret.
const documentMode = 0o666

// WriteDocument writes a document to standard output, byte for byte, or into the
// file that --output names. A file that is there is overwritten.
func WriteDocument(a App, file string, body []byte) error {
	if file == "" || file == "-" {
		_, err := a.Document.Write(body)
		return err
	}
	return WriteWhole(a.Path(file), body, documentMode)
}

// ReadText reads a file, or standard input for "-", that a person wrote.
func ReadText(a App, file string) (string, error) {
	written, err := ReadDocument(a, file)
	if err != nil {
		return "", err
	}
	text, err := PlainText(written)
	if err != nil {
		return "", Usagef("%s cannot be read: %w", order.Truncate(file), err)
	}
	return text, nil
}

// RefusedDocument returns err with the exit code of a refused document, which is
// not a wrong use of the command.
func RefusedDocument(err error) error {
	switch order.KindOf(err) {
	case order.Malformed, order.Invalid, order.TooLarge, order.Unsupported:
		return WithExit(ExitRefused, err)
	}
	return err
}

// missingFile says that a file is not there, in the words and with the code
// that people expect.
func missingFile(file string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return WithExit(ExitNotFound, fmt.Errorf("there is no file %s", file))
	}
	var e *os.PathError
	if errors.As(err, &e) {
		return fmt.Errorf("cannot read %s: %w", file, e.Err)
	}
	return err
}
