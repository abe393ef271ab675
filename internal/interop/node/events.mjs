// Listens to /v2/events with one client from npm, unchanged, until it hears of
// the order LAST. It reads each event as such clients usually are: JSON.parse of
// the data, whatever its type.
import fs from "node:fs";

const { CLIENT, BASE, QUERY, CLIENT_ID, CLIENT_SECRET, READY, LAST, SECONDS } = process.env;

const grant = await fetch(`${BASE}/oauth/token`, {
  method: "POST",
  body: new URLSearchParams({ grant_type: "client_credentials", client_id: CLIENT_ID, client_secret: CLIENT_SECRET }),
});
const headers = { Authorization: `Bearer ${(await grant.json()).access_token}` };

const result = { heard: [], places: 0, failures: [], opened: 0, cut: 0, ended: false };

function hear(type, data, id) {
  let body;
  try {
    body = JSON.parse(data);
  } catch (e) {
    result.failures.push(`${type} ${id}: ${e.message}`);
    throw e;
  }
  if (body.type !== type) result.failures.push(`${type} has a body of ${body.type}`);
  if (type === "place") {
    result.places++;
    fs.writeFileSync(READY, id);
    return;
  }
  result.heard.push(`${body.data.orderNumber} ${body.type}`);
  if (id !== `${body.data.epoch}-${body.data.change}`) result.failures.push(`the id is ${id} in ${data}`);
  if (body.data.orderNumber === LAST) finish();
}

function finish() {
  process.stdout.write(JSON.stringify(result));
  process.exit(0);
}
setTimeout(finish, Number(SECONDS) * 1000);

const types = ["order.sent", "order.received", "order.line.status", "order.answered", "place"];

const url = `${BASE}/v2/events${QUERY ?? ""}`;
if (CLIENT === "fetch-event-source") {
  // What it takes of a browser.
  globalThis.window = globalThis;
  globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
  const { fetchEventSource } = await import("@microsoft/fetch-event-source");
  fetchEventSource(url, {
    headers,
    onopen: async (response) => {
      if (response.status !== 200) result.failures.push(`status ${response.status}`);
      result.opened++;
    },
    onmessage: (e) => hear(e.event, e.data, e.id),
    onerror: () => void result.cut++,
  }).then(() => (result.ended = true));
} else {
  const module = await import(CLIENT);
  const EventSource = module.EventSource ?? module.default;
  const source = new EventSource(url, {
    headers,
    fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
  });
  for (const type of types) {
    source.addEventListener(type, (e) => hear(e.type, e.data, e.lastEventId));
  }
  source.onmessage = (e) => result.failures.push(`an event without type: ${e.data}`);
  source.onopen = () => result.opened++;
  source.onerror = (e) => {
    result.cut++;
    if (source.readyState === 2) {
      result.ended = true;
      result.failures.push(`ended for good: ${e.code ?? e.status} ${e.message}`);
    }
  };
}
