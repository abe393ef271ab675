// graphql-codegen reads the introspection and writes the types of a client.
import { generate } from '@graphql-codegen/cli'
import { ORDER, LIST, CANCEL } from './graphql-devices.mjs'

const { URL: url, KEY } = process.env
const files = await generate({
  schema: [{ [url]: { headers: { 'X-API-KEY': KEY } } }],
  documents: [ORDER, LIST, CANCEL],
  generates: { 'client.ts': { plugins: ['typescript', 'typescript-operations'] } },
  silent: true, errorsOnly: true,
}, false)
const text = files.map((f) => f.content).join('\n')
const wanted = ['OrderDeviceInput', 'PlaceMutation', 'ListQueryVariables', 'CancelMutation']
console.log(JSON.stringify({ files: files.length, has: wanted.filter((word) => text.includes(word)) }))
