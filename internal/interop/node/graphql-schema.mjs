// What graphql-js of two editions makes of the introspection: without errors,
// the schema that is in the repository.
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'

const { URL: url, KEY, SDL } = process.env
const sdl = readFileSync(SDL, 'utf8')
const options = {
  descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true,
  schemaDescription: true, inputValueDeprecation: true, oneOf: true,
}

const ask = async (query) => {
  const headers = { 'Content-Type': 'application/json', 'X-API-KEY': KEY }
  const res = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })
  return res.json()
}

// own leaves out what each library describes in words of its own.
const own = (introspection) => introspection.__schema.types
  .filter((t) => !t.name.startsWith('__') && t.kind !== 'SCALAR')
  .sort((a, b) => (a.name < b.name ? -1 : 1))
const members = ['fields', 'inputFields', 'enumValues', 'interfaces', 'possibleTypes', 'isOneOf']
const shapes = (introspection) => introspection.__schema.types
  .map((t) => [t.name, t.kind, ...members.map((m) => (t[m] === null ? null : typeof t[m]))])
  .sort((a, b) => (a[0] < b[0] ? -1 : 1))

const results = {}
for (const name of ['graphql', 'graphql-17']) {
  const g = await import(name)
  const plain = await ask(g.getIntrospectionQuery())
  const full = await ask(g.getIntrospectionQuery(options))
  const theirs = JSON.parse(JSON.stringify(g.introspectionFromSchema(g.buildSchema(sdl), options)))
  const client = g.buildClientSchema(full.data)
  results[name] = {
    errors: [plain.errors ?? [], full.errors ?? [], g.validateSchema(client).map((e) => e.message)].flat(),
    printed: g.printSchema(client) + '\n' === sdl,
    printedPlain: g.printSchema(g.buildClientSchema(plain.data)).length > 1000,
    other: [own, shapes].flatMap((of) => of(full.data).filter((t, i) => !isDeepStrictEqual(t, of(theirs)[i]))),
    directives: full.data.__schema.directives.map((d) => d.name).sort(),
    wantDirectives: theirs.__schema.directives.map((d) => d.name).sort(),
  }
}
console.log(JSON.stringify(results))
