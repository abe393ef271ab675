#!/bin/sh
# npm organisationsnummer 1.2.0 with personnummer 3.2.1, Node.js 20
#
# Expected: in front of the ten digits, Swedish registers write 16 for a legal
# person, and 18, 19 or 20, the century of birth, for a natural one. The library
# knows that 16 marks firms: 16556016-0680 is valid. So 16 before a personal
# number is a contradiction, and should be refused.
#
# True: what fails as a firm is tried as a person, with whatever two digits are
# in front as the century. 16811218-9876 is valid, of a person born on 18
# December 1681. format() then writes the plus sign of those who are over a
# hundred: 811218+9876. That is the number of another person than 811218-9876
# (born in 1981), which is what a form meant that puts 16 before everything.
#
# Why it matters: a shop that normalises what its customers type by format()
# sends a number that no person has, and every later check digit still fits.
set -e
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes >/dev/null
npm install --silent --no-fund --no-audit organisationsnummer@1.2.0 personnummer@3.2.1 >/dev/null
cat >try.cjs <<'JS'
const lib = require('organisationsnummer')
const Organisationsnummer = lib.default ?? lib
for (const number of ['16556016-0680', '811218-9876', '19811218-9876', '16811218-9876']) {
  const valid = Organisationsnummer.valid(number)
  console.log(number, valid, valid ? Organisationsnummer.parse(number).format() : '')
}
JS
node try.cjs | tee seen.txt
diff seen.txt - <<'SEEN'
16556016-0680 true 556016-0680
811218-9876 true 811218-9876
19811218-9876 true 811218-9876
16811218-9876 true 811218+9876
SEEN
