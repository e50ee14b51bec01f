import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { createNode } from '../../src/node.ts';
import type { FeedAnswer } from '../../src/status/feed-state.ts';
import { command, workplace } from './command-line.ts';

async function nodeAt(t: TestContext, enabled = true) {
  const { words, directory } = workplace();
  const node = createNode({
    server: 'a',
    store: { url: `file:${directory}/store` },
    state: join(directory, 'a'),
    http: { port: 0 },
    poll: { minMs: 10 },
    publish: { tipIntervalMs: 10 },
    index: { enabled },
  });
  t.after(() => node.stop({ timeoutMs: 0 }));
  await node.start({ http: true });
  return { node, words: words.slice(2) };
}

const url = 'https://example.org/feed?a=b#ü';

it('get tells who updated a URL, and gives its content as it was published', async (t) => {
  const { node, words } = await nodeAt(t);
  await node.publish({ url, content: '<rss>\u001b[31m</rss>' });
  await node.idle();
  const found = await command(['get', url, ...words]);
  assert.match(found.err, /^updated \d+ m?s ago by a\n$/);
  assert.deepEqual([found.code, found.out], [0, '<rss>\u001b[31m</rss>']);
  const shown = await command(['get', url, ...words], { isTerminal: true });
  assert.equal(shown.out, '<rss>\\u001b[31m</rss>\n');
  const json = JSON.parse((await command(['get', '--json', url, ...words])).out) as FeedAnswer;
  assert.deepEqual([json.server, json.kind, json.index.current], ['a', 'put', true]);
});

it('get ends with 5 for a URL that nobody has published, and tells of a deleted one', async (t) => {
  const { node, words } = await nodeAt(t);
  await node.publish({ url, kind: 'delete' });
  await node.idle();
  const unknown = await command(['get', 'https://example.org/none', ...words]);
  assert.deepEqual([unknown.code, unknown.out], [5, '']);
  const deleted = await command(['get', url, ...words]);
  assert.deepEqual([deleted.code, deleted.out], [0, '']);
  assert.match(deleted.err, /^deleted .* ago by a\n$/);
});

it('get reads the state directory where no node runs', async (t) => {
  const { node, words } = await nodeAt(t);
  await node.publish({ url, content: { a: 1 } });
  await node.idle();
  await node.stop();
  const found = await command(['get', url, ...words]);
  assert.deepEqual([found.code, found.out], [0, '{\n  "a": 1\n}\n']);
  assert.match(found.err, /no node can be asked.*\nupdated .* ago by a; there may be newer ones/);
  // What was published since nobody here can know.
  const unknown = await command(['get', 'other', ...words]);
  assert.deepEqual([unknown.code, unknown.out], [1, '']);
  assert.match(unknown.err, /knows no update of "other"\n.*start the node/);
});

it('get says what to do where there is no index, and where there is nothing at all', async (t) => {
  const { node, words } = await nodeAt(t, false);
  const off = await command(['get', url, ...words]);
  assert.equal(off.code, 1);
  assert.match(off.err, /index\.enabled/);
  await node.stop();
  assert.match((await command(['get', url, ...words])).err, /no index of URLs is kept in/);
  const nothing = await command(['get', url, ...workplace('b').words.slice(2)]);
  assert.deepEqual([nothing.code, nothing.out], [1, '']);
  assert.match(nothing.err, /no node runs/);
  assert.equal((await command(['get', '', ...words])).code, 2);
});

it('get does not believe whatever answers at an address', async (t) => {
  const bodies = ['{}', 'null', '[]', 'no JSON', '{"server":7}', ''];
  const server = createServer((_request, response) => response.end(bodies.shift())).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  while (bodies.length > 0) {
    const { code, out, err } = await command(['get', url, '--url', address]);
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /answers what this version does not understand/);
  }
});
