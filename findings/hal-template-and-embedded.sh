#!/bin/sh
# ketting 8.0.0, traverson 8.0.3 with traverson-hal 8.1.1, Node 20.
#
# A HAL document may have a relation both as a link and embedded: the draft
# (draft-kelly-json-hal-11, 8.3, the hypertext cache pattern) asks clients to
# use what is embedded in place of the link. One would expect the same where the
# link is a template, as for {"item": {"href": "/items/{id}", "templated": true}}
# beside the items of a page.
#
# True is: traverson-hal follows "item[0]" by the link, expands the template with
# nothing and asks for /items/, although the item is embedded. ketting's followAll
# leaves out every embedded item that has no self link: of two items one comes
# back; there is a line on the console, and nothing that a program could see.
#
# It matters to all who write HAL: a relation is either a template or embedded,
# and everything embedded needs an address.
set -e
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
npm install --ignore-scripts --no-fund --no-audit --loglevel=error ketting@8.0.0 traverson@8.0.3 traverson-hal@8.1.1 >/dev/null
cat >try.mjs <<'JS'
import http from 'node:http';
import { Client } from 'ketting';
import traverson from 'traverson';
import HalAdapter from 'traverson-hal';

const asked = [];
const server = http.createServer((req, res) => {
  asked.push(req.url);
  res.setHeader('Content-Type', 'application/hal+json');
  const items = [{ n: 1, _links: { self: { href: '/items/1' } } }, { n: 2 }];
  const page = { _links: { self: { href: req.url } }, _embedded: { item: items } };
  if (req.url === '/both') page._links.item = { href: '/items/{id}', templated: true };
  res.end(JSON.stringify(req.url === '/both' || req.url === '/page' ? page : { n: req.url }));
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const base = `http://127.0.0.1:${server.address().port}`;

const found = await (await new Client(base).go('/page').followAll('item'));
console.log('ketting followAll: 2 embedded,', found.length, 'found');

traverson.registerMediaType(HalAdapter.mediaType, HalAdapter);
await new Promise((done) => traverson.from(base + '/both').jsonHal().follow('item[0]').getResource(done));
console.log('traverson-hal item[0] asked for', asked.at(-1));
server.close();
process.exit(found.length === 1 && asked.at(-1) === '/items/' ? 0 : 1);
JS
node try.mjs
