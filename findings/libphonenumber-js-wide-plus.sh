#!/bin/sh
# npm libphonenumber-js 1.13.16, Node.js 20
#
# Expected: the plus sign of full-width text (U+FF0B), as Japanese and Chinese
# keyboards write it, means what + means. Google's libphonenumber takes it so, and
# this port lists it among its PLUS_CHARS and lets it through as the beginning of
# a number.
#
# True: the number passes as one, and then the wide plus is dropped with the
# punctuation, so that it is read as a national number of the default country.
# The same text is a Norwegian number where the default country is NO (for its
# digits begin with 47, which is forgiven there), and no number where it is SE;
# an American number becomes a German one, +49 147 99900111, and is held valid.
#
# Why it matters: a form that checks numbers with the visitor's country as default
# refuses valid numbers of all other countries, and may store one of the wrong
# country, when they are written in full-width characters.
set -e
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit libphonenumber-js@1.13.16 >/dev/null
cat >try.cjs <<'JS'
const { parsePhoneNumberFromString } = require('libphonenumber-js')
for (const [text, country] of [['+4799900111', 'SE'], ['＋4799900111', 'SE'], ['＋4799900111', 'NO'], ['+14799900111', 'DE'], ['＋14799900111', 'DE']]) {
  const n = parsePhoneNumberFromString(text, { defaultCountry: country, extract: false })
  console.log(text, country, n ? n.number : 'none', n ? n.isValid() : '')
}
JS
node try.cjs | tee seen.txt
diff seen.txt - <<'SEEN'
+4799900111 SE +4799900111 true
＋4799900111 SE +464799900111 false
＋4799900111 NO +4799900111 true
+14799900111 DE +14799900111 true
＋14799900111 DE +4914799900111 true
SEEN
