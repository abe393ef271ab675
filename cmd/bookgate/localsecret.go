package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bookgate/bookgate/internal/webhook"
)

// localSecret is the secret with which listen and trigger sign what they send
// to a program on this machine. It is made once and kept, so that the program
// need not be told a new one at every start.
func localSecret(a app, profile string) (webhook.Secret, error) {
	path, err := localSecretPath(a, profile)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newLocalSecret(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the secret of this machine: %w", err)
	}
	plain, err := plainText(text)
	secret, errSecret := webhook.ParseSecret(plain)
	if err != nil || errSecret != nil {
		return nil, withExit(exitConfig, fmt.Errorf("the secret in %s cannot be used\n  Remove the file to have a new one made", path))
	}
	return secret, nil
}

func localSecretPath(a app, profile string) (string, error) {
	p, err := newProfile(a, profile)
	if err != nil {
		return "", err
	}
	dir, err := xdg(a, "XDG_STATE_HOME", ".local/state")
	return filepath.Join(dir, p.name+"-webhook.secret"), err
}

func newLocalSecret(path string) (webhook.Secret, error) {
	secret := webhook.NewSecret()
	if err := os.MkdirAll(filepath.Dir(path), privateDir); err != nil {
		return nil, fmt.Errorf("make the folder of %s: %w", path, err)
	}
	return secret, writeWhole(path, []byte(secret.Reveal()+"\n"), privateFile)
}
