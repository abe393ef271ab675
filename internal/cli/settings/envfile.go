package settings

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/bookgate/bookgate/internal/cli"
	"github.com/bookgate/bookgate/order"
)

// envFileFlag names the file of settings. It is not a setting itself.
const envFileFlag = "env-file"

// envFileLine stands between an env-file and the number of a line.
const envFileLine = " line "

// ReadEnvFile reads NAME=value lines, as systemd, docker and a shell have them:
// blank lines and lines with # or ; are skipped, export before a name and quotes
// around a value are taken off. A list that stands in several lines adds up.
func ReadEnvFile(name string) (map[string]Origin, error) {
	values := map[string]Origin{}
	if name == "" {
		return values, nil
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return nil, fmt.Errorf("env-file %s: %w", name, err)
	}
	written, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no env-file %s\n  Correct --env-file, or leave it out", path)
	}
	if err != nil {
		return nil, fmt.Errorf("env-file %s cannot be read", path)
	}
	text, err := cli.PlainText(written)
	if err != nil {
		return nil, fmt.Errorf("env-file %s cannot be read: %w", path, err)
	}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if err := readEnvLine(values, line, fmt.Sprintf("%s"+envFileLine+"%d", path, number)); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func readEnvLine(values map[string]Origin, line, place string) error {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' || line[0] == ';' {
		return nil
	}
	name, value, ok := strings.Cut(line, "=")
	if !ok {
		return fmt.Errorf("%s is not NAME=value", place) // what it is may be the rest of a secret
	}
	name = strings.TrimSpace(name)
	if exported, ok := strings.CutPrefix(name, "export"); ok && strings.TrimLeft(exported, " \t") != exported {
		name = strings.TrimSpace(exported)
	}
	if !known(name) {
		return unknownSetting(name, place)
	}
	value = strings.TrimSpace(value)
	if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		value = value[1 : n-1]
	}
	for _, s := range All() {
		if Variable(s.Name) == name {
			values[s.Name] = values[s.Name].with(s, value, place)
		}
	}
	return nil
}

// with is a setting after another line of the env-file that has it: of a list
// both hold, and else the last, as systemd and docker have it.
func (o Origin) with(s setting, value, place string) Origin {
	if o.Value != "" && value != "" && s.isList() {
		value, place = o.Value+","+value, o.Place+" and "+place[strings.LastIndex(place, "line"):]
	}
	return Origin{Value: value, From: FromFile, Place: place}
}

// refuseUnknown finds variables that look like settings and are none: a typing
// error in one must not go unnoticed.
func refuseUnknown(environ []string) error {
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(strings.TrimPrefix(name, cli.MarkUTF8), envPrefix) && !known(name) {
			return unknownSetting(name, "the environment")
		}
	}
	return nil
}

func known(name string) bool {
	return slices.Contains(clientVariables, name) ||
		slices.ContainsFunc(All(), func(s setting) bool { return Variable(s.Name) == name })
}

// aName is what the name of a variable looks like. Other words, where one is
// wanted, may be a part of a secret that stands in two lines.
var aName = regexp.MustCompile(`^(\x{FEFF})?([A-Z][A-Z0-9_]*|(?i:BOOKGATE_)[A-Za-z0-9_]*)$`)

func unknownSetting(name, place string) error {
	if !aName.MatchString(name) {
		return fmt.Errorf("%s has no setting before the =\n  All settings: bookgate config show --origin", place)
	}
	if bare, marked := strings.CutPrefix(name, cli.MarkUTF8); marked {
		return fmt.Errorf("%s has a byte order mark before its name\n"+
			"  It comes from %s. Save the file that it is read from as UTF-8 without a mark", bare, place)
	}
	names := slices.Clone(clientVariables)
	for _, s := range All() {
		names = append(names, Variable(s.Name))
	}
	near := ""
	if best, ok := order.Nearest(name, names); ok {
		near = " Did you mean " + best + "?"
	}
	return fmt.Errorf("%s is not a setting.%s\n  It comes from %s. All settings: bookgate config show --origin", name,
		near, place)
}
