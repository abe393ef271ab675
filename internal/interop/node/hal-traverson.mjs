// traverson with traverson-hal: from the root to an answered line, by links alone.
import traverson from 'traverson';
import HalAdapter from 'traverson-hal';

const { BASE, SENDER_ID, SENDER_SECRET, RECEIVER_ID, RECEIVER_SECRET, ORDERS } = process.env;
traverson.registerMediaType(HalAdapter.mediaType, HalAdapter);
const seen = {};

const done = (act) => new Promise((yes, no) => act((err, result) => (err ? no(err) : yes(result))));
const from = (headers = {}) => traverson.from(BASE + '/').jsonHal().withRequestOptions({ headers: { Accept: 'application/hal+json', ...headers } });

async function login(id, secret) {
  const body = { grant_type: 'client_credentials', client_id: id, client_secret: secret };
  const answer = await done((f) => from({ 'Content-Type': 'application/json' }).follow('bk:token').post(body, f));
  return { Authorization: 'Bearer ' + JSON.parse(answer.body).access_token };
}
const shop = await login(SENDER_ID, SENDER_SECRET);
const press = await login(RECEIVER_ID, RECEIVER_SECRET);

for (const xml of JSON.parse(ORDERS)) {
  const answer = await done((f) => from({ ...shop, 'Content-Type': 'application/xml' }).follow('bk:orders').sendRawPayload(true).post(xml, f));
  seen.status = answer.statusCode;
  seen.sent = JSON.parse(answer.body).number;
}
const until = Date.now() + 10000;
do { // routing takes a moment
  seen.listed = await done((f) => from(press).follow('bk:orders', 'bk:order[$all]').getResource(f)).catch(() => []);
} while (seen.listed.length < 1 && Date.now() < until);
const order = seen.listed[0]._links.self.href; // its place in the list changes with it
seen.listed = seen.listed.length;
const at = (headers) => traverson.from(order).jsonHal().withRequestOptions({ headers: { Accept: 'application/hal+json', ...headers } });

seen.lines = (await done((f) => from(press).follow('bk:orders', 'bk:order[0]', 'self', 'bk:line[$all]').getResource(f))).map((l) => l.status);
seen.editx = (await done((f) => from(press).follow('bk:orders', 'bk:order[0]', 'bk:editx').get(f))).headers['content-type'];
const json = { ...press, 'Content-Type': 'application/json' };
seen.answered = (await done((f) => from(json).follow('bk:orders', 'bk:order[0]', 'self', 'bk:line[0]', 'bk:answer').post({ status: 'RECEIVED' }, f))).statusCode;
seen.byTemplate = (await done((f) => at(json).withTemplateParameters({ line: 2 }).follow('bk:answer').post({ status: 'REJECTED' }, f))).statusCode;
seen.after = (await done((f) => at(press).follow('bk:line[$all]').getResource(f))).map((l) => l.status);
seen.line = (await done((f) => at(press).follow('bk:line[1]', 'self').getResource(f))).status;
seen.history = (await done((f) => at(press).follow('bk:history', 'bk:event[$all]').getResource(f))).map((e) => e.kind);
seen.event = (await done((f) => at(press).follow('bk:history', 'bk:event[0]', 'self').getResource(f))).number;
seen.next = (await done((f) => from(press).withTemplateParameters({ pagesize: 1 }).follow('bk:orders', 'next').getResource(f)))._embedded['bk:order'].length;
seen.cancelled = (await done((f) => from(shop).follow('bk:orders', 'bk:order[0]', 'self', 'bk:cancel').sendRawPayload(true).post('', f))).statusCode;

console.log(JSON.stringify(seen));
