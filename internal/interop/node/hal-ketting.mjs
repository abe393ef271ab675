// ketting: from the root to an answered line, by links alone.
import { Client, oauth2 } from 'ketting';

const { BASE, SENDER_ID, SENDER_SECRET, RECEIVER_ID, RECEIVER_SECRET, ORDERS } = process.env;
const seen = {};

// client follows bk:token itself and sends the token with every request.
async function client(clientId, clientSecret) {
  const token = await (await new Client(BASE + '/').follow('bk:token')).uri;
  const c = new Client(BASE + '/');
  c.use(oauth2({ grantType: 'client_credentials', clientId, clientSecret, tokenEndpoint: token }));
  return c;
}

const shop = await client(SENDER_ID, SENDER_SECRET);
const press = await client(RECEIVER_ID, RECEIVER_SECRET);

// Submitting: the new resource is what the answer leads to.
seen.sent = [];
const collection = await shop.follow('bk:orders'); // without values
for (const xml of JSON.parse(ORDERS)) {
  const order = await collection.postFollow({ serializeBody: () => xml, headers: { 'Content-Type': 'application/xml' } });
  const state = await order.get();
  seen.sent.push({ number: state.data.number, at: order.uri });
}
const again = await collection.postFollow({ serializeBody: () => JSON.parse(ORDERS)[0], headers: { 'Content-Type': 'application/xml' } });
seen.again = again.uri;

// The list: a page at a time, by next.
async function pages(c, values) {
  const found = [];
  let page = await c.follow('bk:orders', values);
  for (let n = 0; n < 10; n++) {
    found.push(...(await page.followAll('bk:order')));
    const state = await page.get();
    if (!state.links.has('next')) break;
    page = await page.follow('next');
  }
  return found;
}
const until = Date.now() + 10000;
let items = [];
while (items.length < seen.sent.length && Date.now() < until) { // routing takes a moment
  press.clearCache();
  items = await pages(press, { mode: 'SENT_TO_ME', pagesize: 1 });
}
seen.listed = items.map((r) => r.uri);

// What an entry of the list leads to, while ketting takes it for the order.
const order = items[0];
seen.editx = (await (await order.follow('bk:editx')).fetch()).headers.get('content-type');

// The order, its lines, and the answer to one.
await order.refresh();
const lines = await order.followAll('bk:line');
seen.lines = [];
for (const line of lines) seen.lines.push((await line.get()).data.status);
const first = lines[0];
const answered = await (await first.follow('bk:answer')).post({ data: { status: 'RECEIVED', comment: 'på vei' } });
seen.answered = answered.uri;
seen.line = (await first.refresh()).data.status;
seen.order = (await order.refresh()).data.status;
const byTemplate = await order.follow('bk:answer', { line: 2 });
await byTemplate.post({ data: { status: 'REJECTED' } });
seen.after = [];
await order.refresh();
for (const line of await order.followAll('bk:line')) seen.after.push((await line.refresh()).data.status);
seen.mayReduce = (await order.get()).links.has('bk:reduce');

// The history, with the entries as resources.
const history = await order.follow('bk:history');
seen.history = [];
for (const event of await history.followAll('bk:event')) {
  const alone = await event.refresh();
  seen.history.push(alone.data.kind);
}

// The sender takes copies back by links.
const mine = await shop.go(items[1].uri).refresh();
const [reducible] = mine.getEmbedded();
await (await mine.follow('bk:reduce')).post({ data: { ean: reducible.data.ean, number: -1 } });
const reduced = await shop.go(items[1].uri).refresh();
seen.reduced = reduced.getEmbedded().map((s) => s.data.quantity).at(-1);
await (await reduced.follow('bk:cancel')).post({});
seen.cancelable = (await shop.go(items[1].uri).refresh()).links.has('bk:cancel');
seen.mayAnswer = (await shop.go(items[1].uri).get()).links.has('bk:answer');

// The feed goes on behind its page.
const feed = await press.follow('bk:feed', { limit: 2 });
seen.feed = [(await feed.get()).data.changes.length, (await (await feed.follow('next')).get()).data.changes.length];
await (await feed.follow('bk:ack')).post({ data: { through: 1 } });

console.log(JSON.stringify(seen));
