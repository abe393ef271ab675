// @apollo/client over each of its links.
import { ApolloClient, InMemoryCache, HttpLink, gql } from '@apollo/client'
import { BatchHttpLink } from '@apollo/client/link/batch-http'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { CombinedGraphQLErrors } from '@apollo/client/errors'
import { createHash } from 'node:crypto'
import { ORDER, LIST, CANCEL, input } from './graphql-devices.mjs'

const { URL: uri, KEY } = process.env
const headers = { 'X-API-KEY': KEY }
const sent = []
const watched = async (target, init) => {
  const res = await fetch(target, init)
  sent.push(`${init.method} ${res.status}`)
  return res
}
const sha256 = (text) => createHash('sha256').update(text).digest('hex')
const links = {
  http: new HttpLink({ uri, headers, fetch: watched }),
  get: new HttpLink({ uri, headers, fetch: watched, useGETForQueries: true }),
  batch: new BatchHttpLink({ uri, headers, fetch: watched, batchMax: 5, batchInterval: 20 }),
  persisted: new PersistedQueryLink({ sha256 }).concat(new HttpLink({ uri, headers, fetch: watched })),
  persistedGet: new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(new HttpLink({ uri, headers, fetch: watched })),
}
const results = {}
for (const [name, link] of Object.entries(links)) {
  const defaultOptions = { query: { fetchPolicy: 'no-cache' }, mutate: { fetchPolicy: 'no-cache' } }
  const client = new ApolloClient({ link, cache: new InMemoryCache(), defaultOptions })
  const user = `apollo-${name}-${Date.now()}`
  const list = () => client.query({ query: gql(LIST), variables: { input: { externalUserId: user } } })
  sent.length = 0
  const placed = (await client.mutate({ mutation: gql(ORDER), variables: { input: input(user) } })).data.orderDevice.order
  const [one, two] = await Promise.all([list(), client.query({ query: gql`{ __typename }` })])
  const cancelled = (await client.mutate({ mutation: gql(CANCEL), variables: { input: { orderId: placed.orderId } } })).data.cancelOrder
  const wrong = await client.mutate({ mutation: gql(ORDER), variables: { input: { ...input(user), type: 7 } } }).then(() => null, (e) => e)
  results[name] = {
    status: placed.orderStatus, orders: one.data.ordersForUser.orders.length, root: two.data.__typename, cancelled: cancelled.orderStatus,
    wrong: CombinedGraphQLErrors.is(wrong) ? wrong.errors.map((e) => e.extensions.code) : [String(wrong)],
    after: (await list()).data.ordersForUser.orders.length, sent: [...sent],
  }
}
console.log(JSON.stringify(results))
