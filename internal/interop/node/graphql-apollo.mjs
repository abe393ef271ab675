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
const http = { uri, headers, fetch: watched }
const links = {
  http: new HttpLink(http),
  get: new HttpLink({ ...http, useGETForQueries: true }),
  batch: new BatchHttpLink({ ...http, batchMax: 5, batchInterval: 20 }),
  persisted: new PersistedQueryLink({ sha256 }).concat(new HttpLink(http)),
  persistedGet: new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(new HttpLink(http)),
}
const results = {}
for (const [name, link] of Object.entries(links)) {
  const defaultOptions = { query: { fetchPolicy: 'no-cache' }, mutate: { fetchPolicy: 'no-cache' } }
  const client = new ApolloClient({ link, cache: new InMemoryCache(), defaultOptions })
  const user = `apollo-${name}-${Date.now()}`
  const list = () => client.query({ query: gql(LIST), variables: { input: { externalUserId: user } } })
  sent.length = 0
  const mutate = (document, value) => client.mutate({ mutation: gql(document), variables: { input: value } })
  const placed = (await mutate(ORDER, input(user))).data.orderDevice.order
  const [one, two] = await Promise.all([list(), client.query({ query: gql`{ __typename }` })])
  const cancelled = (await mutate(CANCEL, { orderId: placed.orderId })).data.cancelOrder
  const wrong = await mutate(ORDER, { ...input(user), type: 7 }).then(() => null, (e) => e)
  results[name] = {
    status: placed.orderStatus, orders: one.data.ordersForUser.orders.length,
    root: two.data.__typename, cancelled: cancelled.orderStatus,
    wrong: CombinedGraphQLErrors.is(wrong) ? wrong.errors.map((e) => e.extensions.code) : [String(wrong)],
    after: (await list()).data.ordersForUser.orders.length, sent: [...sent],
  }
}
console.log(JSON.stringify(results))
