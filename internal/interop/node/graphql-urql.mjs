// @urql/core as it comes, which asks queries by GET, and with persisted queries.
import { Client, cacheExchange, fetchExchange } from '@urql/core'
import { persistedExchange } from '@urql/exchange-persisted'
import { ORDER, LIST, CANCEL, input } from './graphql-devices.mjs'

const { URL: url, KEY } = process.env
const sent = []
const watched = async (target, init) => {
  const res = await fetch(target, init)
  sent.push(`${init.method} ${res.status}`)
  return res
}
const fetchOptions = { headers: { 'X-API-KEY': KEY } }
const options = { url, fetch: watched, requestPolicy: 'network-only', fetchOptions }
const client = (exchanges, more) => new Client({ ...options, exchanges, ...more })
const persisted = (get) => persistedExchange({ preferGetForPersistedQueries: get, enableForMutation: true })
const results = {}
for (const [name, of, more] of [
  ['plain', [cacheExchange, fetchExchange], {}],
  ['post', [fetchExchange], { preferGetMethod: false }],
  ['persisted', [persisted(true), fetchExchange], {}],
  ['persistedPost', [persisted(false), fetchExchange], { preferGetMethod: false }],
]) {
  const c = client(of, more)
  const user = `urql-${name}-${Date.now()}`
  sent.length = 0
  const placed = await c.mutation(ORDER, { input: input(user) }).toPromise()
  const list = await c.query(LIST, { input: { externalUserId: user } }).toPromise()
  const again = await c.query(LIST, { input: { externalUserId: user } }).toPromise()
  const order = placed.data?.orderDevice?.order
  const cancelled = await c.mutation(CANCEL, { input: { orderId: order?.orderId } }).toPromise()
  const wrong = await c.mutation(ORDER, { input: { ...input(user), subscriptionType: 'personal' } }).toPromise()
  results[name] = {
    errors: [placed, list, again, cancelled].map((r) => r.error?.message ?? '').filter(Boolean),
    status: order?.orderStatus, cancelled: cancelled.data?.cancelOrder?.orderStatus,
    orders: list.data?.ordersForUser.orders.length, again: again.data?.ordersForUser.orders.length,
    wrong: wrong.error?.graphQLErrors.map((e) => e.extensions.code) ?? [],
    network: wrong.error?.networkError?.message ?? '',
    sent: [...sent],
  }
}
console.log(JSON.stringify(results))
