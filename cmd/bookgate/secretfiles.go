package main

import (
	"log/slog"
	"os"
	"strings"
)

// secretFiles are the files of the settings that hold a secret: that of the mail
// server's password, and the env-file when the database's stands in it.
func (c config) secretFiles() (files []string) {
	if name := c["smtp-password-file"].Value; name != "" {
		files = append(files, name)
	}
	if o := c[databaseSetting]; o.From == fromFile && hasPassword(o.Value) {
		file, _, _ := strings.Cut(o.Place, envFileLine)
		files = append(files, file)
	}
	return files
}

// everyonesRights are those of accounts that are neither the owner nor of the
// group, which often is that of the service.
const everyonesRights = 0o007

// reportSecretFiles logs files with secrets that every account may read.
func reportSecretFiles(log *slog.Logger, files []string) {
	for _, path := range files {
		info, err := os.Stat(path)
		if err == nil && info.Mode().Perm()&everyonesRights != 0 {
			log.Warn("every account of this machine has rights to a file with a secret", "path", path,
				"mode", info.Mode().Perm().String(), "next", "Take the rights away: chmod o-rwx "+path)
		}
	}
}
