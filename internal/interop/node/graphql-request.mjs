// graphql-request orders, reads and cancels, sends batches, and sees what is refused.
import { GraphQLClient, gql } from 'graphql-request'
import { INPUT, ORDER, LIST, CANCEL, input } from './graphql-devices.mjs'

const { URL: url, KEY } = process.env
const client = new GraphQLClient(url, { headers: { 'X-API-KEY': KEY } })
const refused = async (call) => call().then(() => null, ({ response }) => ({
  status: response?.status, codes: response?.errors?.map((e) => e.extensions.code), data: response?.data ?? null,
}))
const user = `request-${Date.now()}`
const list = async () => (await client.request(LIST, { input: { externalUserId: user } })).ordersForUser.orders.length

const placed = (await client.request(ORDER, { input: input(user) })).orderDevice.order
const cancelled = (await client.request(CANCEL, { input: { orderId: placed.orderId } })).cancelOrder
const batch = await client.batchRequests([
  { document: gql`{ __typename }` },
  { document: LIST, variables: { input: { externalUserId: user } } },
  { document: ORDER, variables: { input: input(user) } },
])
const before = await list()
const half = await refused(() => client.batchRequests([
  { document: ORDER, variables: { input: input(user) } },
  { document: ORDER, variables: { input: { ...input(user), type: 'han_ltem' } } },
]))
const afterHalf = await list()
const wrong = await refused(() => client.request(ORDER, { input: { ...input(user), type: 'han_ltem' } }))
const two = await refused(() => client.request(
  gql`mutation($a: ${INPUT}, $b: ${INPUT}) {
    a: orderDevice(input: $a) { order { orderId } }
    b: orderDevice(input: $b) { order { orderId } }
  }`,
  { a: input(user), b: { ...input(user), recipient: { ...input(user).recipient, phoneNumber: 99999998 } } }))
const afterWrong = await list()
const getter = new GraphQLClient(url, { method: 'GET', headers: { 'X-API-KEY': KEY } })
const byGet = await getter.request(LIST, { input: { externalUserId: user } })
const noKey = await refused(() => new GraphQLClient(url).request(LIST, { input: { externalUserId: user } }))
console.log(JSON.stringify({
  ordered: placed.orderStatus, cancelled: cancelled.orderStatus, batch: batch.map((b) => Object.keys(b.data)[0]),
  before, afterHalf, half, wrong, two, afterWrong, byGet: byGet.ordersForUser.orders.length, noKey,
}))
