//go:build all

package boknett

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/bookgate/bookgate/order"
)

// languagesByTag are languages by the tags that programs know them by.
func languagesByTag() map[string]string {
	return map[string]string{
		"nb": "Norwegian", "nn": "Norwegian", "nb-NO": "Norwegian", "nn-NO": "Norwegian", "sv-SE": "Swedish", "da-DK": "Danish", "fi-FI": "Finnish",
		"is-IS": "Icelandic", "fo-FO": "Faroese", "se-NO": "Northern Sami", "de-DE": "German", "de-AT": "German", "nl-NL": "Dutch", "fr-FR": "French", "fr-CA": "French",
		"es-ES": "Spanish", "it-IT": "Italian", "pt-PT": "Portuguese", "pl-PL": "Polish", "et-EE": "Estonian", "lv-LV": "Latvian",
		"lt-LT": "Lithuanian", "cs-CZ": "Czech", "sk-SK": "Slovak", "ro-RO": "Romanian", "hr-HR": "Croatian", "sl-SI": "Slovenian",
		"tr-TR": "Turkish", "el-GR": "Greek", "ru-RU": "Russian", "uk-UA": "Ukrainian", "hu-HU": "Hungarian",
	}
}

// TestDatesOfPrograms reads what Java, Node and PHP write: in English the time
// that it means, in another language the name of that language.
func TestDatesOfPrograms(t *testing.T) {
	tags := []string{"en-US", "en-GB", "en-CA", "en-AU", "en-IE", "en-NZ"}
	for tag := range languagesByTag() {
		tags = append(tags, tag)
	}
	for name, command := range map[string][]string{
		"Java":   append([]string{"java", "testdata/Dates.java"}, tags...),
		"Java 8": append([]string{"java", "-Djava.locale.providers=COMPAT", "testdata/Dates.java"}, tags...),
		"Node":   append([]string{"node", "testdata/dates.mjs", "en"}, tags[6:]...),
		"PHP":    {"php", "testdata/dates.php"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).Output()
			check(t, err)
			read, refused := 0, 0
			for line := range strings.Lines(string(out)) {
				part := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
				d, err := parseDate(part[2], spring)
				if strings.HasPrefix(part[0], "en") {
					read++
					if err != nil || strconv.FormatInt(d.at.Unix(), 10) != part[1] || d.odd != "" {
						t.Errorf("%s: %q: %v (%s), %v", part[0], part[2], d.at, d.odd, err)
					}
					continue
				}
				if err == nil && strconv.FormatInt(d.at.Unix(), 10) == part[1] {
					continue // every word of it is English as well
				}
				refused++
				if order.CodeOf(err) != "date-language" || !strings.Contains(err.Error(), languagesByTag()[part[0]]) && !strings.Contains(err.Error(), "another language") {
					t.Errorf("%s: %q: %v, want %s", part[0], part[2], err, languagesByTag()[part[0]])
				}
			}
			if read < 400 || refused < 1000 && name != "PHP" {
				t.Errorf("%d read, %d refused", read, refused)
			}
		})
	}
}
