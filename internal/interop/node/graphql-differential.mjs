// Random requests, good and bad, put to bookgate and to graphql-js with the same
// schema: what graphql-js finds fault with, and nothing else, is refused.
import { readFileSync } from 'node:fs'
import { buildSchema, graphqlSync } from 'graphql'
import { input } from './graphql-devices.mjs'

const { URL: url, KEY, SDL, SEED, ROUNDS } = process.env
const schema = buildSchema(readFileSync(SDL, 'utf8'))
const rootValue = { order: null, ordersForUser: { orders: [] }, orderDevice: null, cancelOrder: null }

let state = Number(SEED)
const random = () => { // mulberry32
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
const pick = (list) => list[Math.floor(random() * list.length)]
const maybe = (p) => random() < p

const inputs = {
  order: { orderId: 'x' }, ordersForUser: { externalUserId: 'x' }, cancelOrder: { orderId: 'x' },
  orderDevice: input('x'),
}
const types = {
  order: 'OrderInput', ordersForUser: 'OrdersForUserInput', cancelOrder: 'CancelOrderInput',
  orderDevice: 'OrderDeviceInput',
}
const enums = ['PERSONAL', 'BUSINESS', 'HAN_LTEM', 'HAN_WIFI', 'NO']
const odd = [
  7, 0, 1.0, 2.5, 2147483648, -1e300, true, false, null, '', 'x', 'personal', 'NO', 'HAN_LTEM',
  [], ['x'], [null], {}, { a: 1 },
]

// bend puts an odd value somewhere into a copy of a value.
const bend = (value) => {
  if (value === null || typeof value !== 'object' || Array.isArray(value) || maybe(0.15)) return pick(odd)
  const copy = { ...value }
  if (Object.keys(copy).length === 0) return pick(odd)
  const name = pick(Object.keys(copy))
  const what = random()
  if (what < 0.1) delete copy[name]
  else if (what < 0.2) copy[pick(['nope', '__typename', name.toUpperCase()])] = pick(odd)
  else copy[name] = bend(copy[name])
  return copy
}
const literal = (value) => {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (value !== null && typeof value === 'object') {
    return `{${Object.entries(value).map(([n, v]) => `${n}: ${literal(v)}`).join(', ')}}`
  }
  if (enums.includes(value) || (value === 'personal' && maybe(0.5))) return maybe(0.95) ? value : JSON.stringify(value)
  if (typeof value === 'string' && maybe(0.1)) return `"""${value}"""`
  return JSON.stringify(value)
}

const request = () => {
  const mutation = maybe(0.6)
  const variables = {}
  const declared = []
  const fragments = []
  const declare = (type, value) => {
    const name = `v${declared.length}`
    const bare = maybe(0.1)
    const others = [type, `${type}!`, `[${type}!]`, 'String', 'Boolean', 'Int', 'DeviceOrder', 'Nope']
    const shown = maybe(0.1) ? pick(others) : `${type}!`
    const byDefault = maybe(0.15) ? ` = ${literal(maybe(0.5) ? value : bend(value))}` : ''
    declared.push(`$${name}: ${shown}${byDefault}`)
    if (!bare) variables[name] = maybe(0.05) ? null : value
    return `$${name}`
  }
  const directive = () => {
    if (maybe(0.8)) return ''
    const name = pick(['skip', 'include'])
    const value = maybe(0.5)
      ? pick(['true', 'false', '1', '"true"', 'null'])
      : declare('Boolean', pick([true, false, true, false, 1, 'true', null]))
    return ` @${name}(if: ${value})`
  }
  const argument = (field) => {
    const value = maybe(0.25) ? bend(inputs[field]) : inputs[field]
    if (maybe(0.5)) return declare(types[field], value)
    const text = literal(value)
    if (maybe(0.3)) { // a text of it by a variable
      const at = text.indexOf('"x"')
      if (at >= 0) return text.slice(0, at) + declare('String', pick(['x', 'x', 7, null, ['x']])) + text.slice(at + 3)
    }
    return text
  }
  const selection = (n) => {
    const field = pick(mutation ? ['orderDevice', 'cancelOrder'] : ['order', 'ordersForUser'])
    const of = maybe(0.05) ? 'input: 7, nope: 1' : maybe(0.03) ? '' : `input: ${argument(field)}`
    const text = `f${n}: ${field}${of ? `(${of})` : ''}${directive()} { __typename }`
    const type = mutation ? 'Mutation' : 'Query'
    const how = random()
    if (how < 0.15) return `... on ${type}${directive()} { ${text} }`
    if (how < 0.3) {
      fragments.push(`fragment F${n} on ${type} { ${text} }`)
      return `...F${n}${directive()}`
    }
    return text
  }
  const body = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, n) => selection(n)).join(' ')
  const head = `${mutation ? 'mutation' : 'query'} Q${declared.length ? `(${declared.join(', ')})` : ''}`
  const query = `${head} { ${body} } ${fragments.join(' ')}`
  return { query, variables }
}

let refused = 0
const differ = []
for (let round = 0; round < Number(ROUNDS); round++) {
  const requests = Array.from({ length: 20 }, request)
  const answers = await Promise.all(requests.map(async (r) => {
    const headers = { 'Content-Type': 'application/json', 'X-API-KEY': KEY }
    const res = await fetch(url, { method: 'POST', headers, body: JSON.stringify(r) })
    return res.json()
  }))
  answers.forEach((answer, i) => {
    const { query, variables } = requests[i]
    const theirs = graphqlSync({ schema, source: query, variableValues: variables, rootValue }).errors ?? []
    const ours = !('data' in answer)
    if (ours) refused++
    if (ours !== theirs.length > 0) {
      const says = (errors) => errors?.map((e) => e.message)
      differ.push({ query, variables, ours: says(answer.errors), theirs: says(theirs) })
    }
  })
}
const requests = Number(ROUNDS) * 20
console.log(JSON.stringify({ requests, refused, differ: differ.slice(0, 5), differences: differ.length }))
