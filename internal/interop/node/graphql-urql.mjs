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
const client = (exchanges, more) => new Client({ url, exchanges, fetch: watched, requestPolicy: 'network-only', fetchOptions: { headers: { 'X-API-KEY': KEY } }, ...more })
const results = {}
for (const [name, of, more] of [
  ['plain', [cacheExchange, fetchExchange], {}],
  ['post', [fetchExchange], { preferGetMethod: false }],
  ['persisted', [persistedExchange({ preferGetForPersistedQueries: true, enableForMutation: true }), fetchExchange], {}],
  ['persistedPost', [persistedExchange({ preferGetForPersistedQueries: false, enableForMutation: true }), fetchExchange], { preferGetMethod: false }],
]) {
  const c = client(of, more)
  const user = `urql-${name}-${Date.now()}`
  sent.length = 0
  const placed = await c.mutation(ORDER, { input: input(user) }).toPromise()
  const list = await c.query(LIST, { input: { externalUserId: user } }).toPromise()
  const again = await c.query(LIST, { input: { externalUserId: user } }).toPromise()
  const cancelled = await c.mutation(CANCEL, { input: { orderId: placed.data?.orderDevice?.order.orderId } }).toPromise()
  const wrong = await c.mutation(ORDER, { input: { ...input(user), subscriptionType: 'personal' } }).toPromise()
  results[name] = {
    errors: [placed, list, again, cancelled].map((r) => r.error?.message ?? '').filter(Boolean),
    status: placed.data?.orderDevice?.order.orderStatus, orders: list.data?.ordersForUser.orders.length, again: again.data?.ordersForUser.orders.length,
    cancelled: cancelled.data?.cancelOrder?.orderStatus, wrong: wrong.error?.graphQLErrors.map((e) => e.extensions.code) ?? [], network: wrong.error?.networkError?.message ?? '',
    sent: [...sent],
  }
}
console.log(JSON.stringify(results))
