import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openRedisHints } from '../../src/hints/redis-hints.ts';
import { HintRig, silentServer } from '../hints/hint-rig.ts';
import { RedisServer, skipsWithoutRedis } from '../support/redis.ts';

const timeout = 20_000;

function node(t: TestContext, url: string, options?: { connected?: boolean }): Promise<HintRig> {
  return HintRig.start(t, (parts) => openRedisHints({ url, channel: 'hints' }, parts), options);
}

test('hints by Redis reach the other node, as the bytes that were sent, and none comes back', {
  timeout,
}, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  const [a, b] = await Promise.all([node(t, server.url), node(t, server.url)]);
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  a.send(bytes);
  await b.until(() => b.heard.length === 1);
  assert.deepEqual(Uint8Array.from(b.last), bytes);
  a.send('one', new Uint8Array(2 ** 20).fill(255), 'two', 'two');
  b.send('three');
  await b.until(() => b.heard.length === 5);
  assert.deepEqual(b.heard, ['256 bytes', 'one', '1048576 bytes', 'two', 'two']);
  await a.until(() => a.heard.length > 0);
  assert.deepEqual(a.heard, ['three']);
  await a.until(() => a.transport.snapshot().sent === 5);
  assert.deepEqual(a.transport.snapshot(), {
    name: 'redis',
    connected: true,
    sent: 5,
    received: 1,
    dropped: 0,
    refused: 0,
  });
});

test('hints flow again after Redis was away, and what waited meanwhile goes, the newest of it', {
  timeout,
}, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  const [a, b] = await Promise.all([node(t, server.url), node(t, server.url)]);
  await server.stop();
  await a.until(() => a.failures.length > 1 && b.failures.length > 1);
  const { connected, trouble } = a.transport.snapshot();
  assert.equal(connected, false);
  assert.match(trouble?.message ?? '', /^Redis at redis:\/\/127\.0\.0\.1:\d+ cannot be used/);
  a.send(...Array.from({ length: 1_000 }, (_, index) => `hint ${index}`));
  assert.equal(a.transport.snapshot().dropped, 744);
  await server.start();
  await b.until(() => b.transport.snapshot().connected);
  await a.until(() => a.transport.snapshot().sent === 256);
  assert.equal(a.recoveries, 1);
  assert.equal(a.transport.snapshot().trouble, undefined);
  // Which of the two was back first is open.
  b.send('end');
  await a.until(() => a.heard.includes('end'));
  a.send('end');
  await b.until(() => b.heard.includes('end'));
  const newest = new Set(Array.from({ length: 256 }, (_, index) => `hint ${744 + index}`));
  assert.deepEqual(
    b.heard.filter((hint) => !newest.has(hint)),
    ['end'],
  );
});

test('a wrong password, and a user that may not publish, are told, never shown, and hinder nobody', {
  timeout,
}, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  await server.command('ACL', 'SETUSER', 'listener', 'on', '>secret', '&hints', '+subscribe', '+ping');
  const stranger = await node(t, server.url.replace('//', '//listener:wr0ng@'), { connected: false });
  await stranger.until(() => stranger.failures.length > 0);
  const [wrong] = stranger.failures;
  assert.match(`${wrong?.message} ${wrong?.hint}`, /WRONGPASS.*wrong/s);
  assert.doesNotMatch(`${JSON.stringify(stranger.transport.snapshot())} ${wrong?.stack}`, /wr0ng/);
  const listener = await node(t, server.url.replace('//', '//listener:secret@'));
  const other = await node(t, server.url);
  listener.send('refused', 'as well');
  await listener.until(() => listener.transport.snapshot().dropped === 2);
  assert.match(listener.transport.snapshot().trouble?.message ?? '', /NOPERM/);
  other.send('heard');
  await listener.until(() => listener.heard.length > 0);
  assert.equal(listener.transport.snapshot().connected, true);
  await server.command('ACL', 'SETUSER', 'listener', '+publish');
  listener.send('allowed');
  await other.until(() => other.heard.length > 0);
  await listener.until(() => listener.recoveries === 1);
  other.send('end');
  await listener.until(() => listener.heard.includes('end'));
  assert.deepEqual([listener.heard, other.heard], [['heard', 'end'], ['allowed']]);
});

test('a channel may carry anything, and a flood: what is no hint at all is left out', {
  timeout,
}, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  const [a, b] = await Promise.all([node(t, server.url), node(t, server.url)]);
  await server.command('PUBLISH', 'hints', '');
  await server.command('PUBLISH', 'hints', 'x'.repeat(2_000_000));
  await server.command('PUBLISH', 'hints', 'garbage');
  a.send(...Array.from({ length: 5_000 }, (_, index) => `hint ${index}`));
  a.send('end');
  await b.until(() => b.heard.at(-1) === 'end');
  assert.deepEqual(b.heard.slice(0, 2), ['', 'garbage']);
  await a.until(() => a.transport.snapshot().sent + a.transport.snapshot().dropped === 5_001);
  assert.ok(a.transport.snapshot().dropped > 0);
  assert.equal(a.transport.snapshot().refused, 1);
  assert.deepEqual(a.heard, ['', 'garbage']);
});

// In less than a server has to answer.
test('a stop does not wait for a server that says nothing', { timeout: 4_000 }, async (t) => {
  const silent = await silentServer(t);
  const stuck = await node(t, `redis://127.0.0.1:${silent.port}`, { connected: false });
  await silent.reached;
  await stuck.transport.stop();
  assert.equal(stuck.transport.snapshot().connected, false);
});

test('what was announced right before a stop still goes, and nothing is heard after it', {
  timeout,
}, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  const [a, b] = await Promise.all([node(t, server.url), node(t, server.url)]);
  const last = Array.from({ length: 200 }, (_, index) => `hint ${index}`);
  a.send(...last);
  await a.transport.stop();
  await b.until(() => b.heard.length === last.length);
  b.send('too late');
  await b.until(() => b.transport.snapshot().sent === 1);
  assert.deepEqual([a.heard, b.heard], [[], last]);
});
