// Tells which phone numbers libphonenumber-js takes, by its default metadata and
// by those called max. FILE holds [[text, country], …]; printed is
// {min: "0110…", max: "…"}, a digit for each.
import { readFileSync } from 'node:fs'
import * as min from 'libphonenumber-js'
import * as max from 'libphonenumber-js/max'

const numbers = JSON.parse(readFileSync(process.env.FILE, 'utf8'))
const verdicts = (lib) => numbers.map(([text, country]) => (lib.isValidPhoneNumber(text, country) ? '1' : '0')).join('')
console.log(JSON.stringify({ min: verdicts(min), max: verdicts(max) }))
