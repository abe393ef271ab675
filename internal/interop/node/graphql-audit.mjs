// The audit of GraphQL over HTTP that graphql-http has for servers.
import { serverAudits } from 'graphql-http'

const { URL: url, KEY } = process.env
const fetchFn = (target, init = {}) => fetch(target, { ...init, headers: { ...init.headers, 'X-API-KEY': KEY } })
const results = []
for (const audit of serverAudits({ url, fetchFn })) {
  const result = await audit.fn()
  results.push({ id: audit.id, name: audit.name, status: result.status, reason: result.reason ?? '' })
}
console.log(JSON.stringify(results))
