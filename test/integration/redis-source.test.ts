import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { BucketcastError, closedError } from '../../src/base/errors.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import type { NewUpdate } from '../../src/base/update.ts';
import type { Publish } from '../../src/sources/message-reader.ts';
import { RedisServer, skipsWithoutRedis } from '../support/redis.ts';
import { WatchedRedisSource } from './watched-redis-source.ts';

const timeout = 20_000;
const processing = 'new_files:bucketcast:web-1';

function line(url: string | number): string {
  return JSON.stringify({ url: String(url), content: { entries: [1] } });
}

function lines(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => line(from + index));
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index));
}

/** Whether a list is empty: asks until it is, since what is published is removed a moment later. */
async function emptied(server: RedisServer, list: string): Promise<void> {
  while ((await server.command('LLEN', list)) !== 0) await new Promise(setImmediate);
}

async function subscribed(server: RedisServer, channel: string): Promise<void> {
  while ((((await server.command('PUBSUB', 'NUMSUB', channel)) as [string, number])[1] ?? 0) === 0)
    await new Promise(setImmediate);
}

function publishingNever(_update: NewUpdate, options: Parameters<Publish>[1] = {}): ReturnType<Publish> {
  return new Promise((_resolve, reject) => {
    options.signal?.addEventListener('abort', () => reject(closedError('publishing')));
  });
}

test('what a list holds is published in order, once it is there and while it waits', {
  timeout,
}, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  await server.command('LPUSH', 'new_files', ...lines(0, 150));
  const { source, ...site } = watched(t, server);
  await site.until(150);
  await server.command('LPUSH', 'new_files', ...lines(150, 400));
  await site.until(400);
  await emptied(server, processing);
  assert.deepEqual(site.urls(), numbers(0, 400));
  assert.deepEqual(source.snapshot(), {
    name: 'redis list new_files',
    pending: 0,
    published: 400,
    refused: 0,
  });
  await source.stop();
  await server.command('LPUSH', 'new_files', line('while away'));
  const again = watched(t, server);
  await again.until(1);
  assert.deepEqual(again.urls(), ['while away']);
});

function watched(t: TestContext, server: RedisServer, publish?: Publish) {
  const one = new WatchedRedisSource(t, { url: server.url, list: 'new_files' }, publish);
  const until = (count: number) => one.until(() => one.published.length >= count);
  return { source: one.source, until, urls: () => one.urls, told: one.told, one };
}

test('what was taken and not published comes first after a restart, in its order', { timeout }, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  await server.command('LPUSH', 'new_files', ...lines(0, 250));
  // As a crash leaves them: 150 moved, none removed.
  for (let at = 0; at < 150; at += 1) await server.command('LMOVE', 'new_files', processing, 'RIGHT', 'LEFT');
  const site = watched(t, server);
  await site.until(250);
  await emptied(server, processing);
  assert.deepEqual(site.urls(), numbers(0, 250));
});

test('a node that is stopped with publishing under way leaves it in the list', { timeout }, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  await server.command('LPUSH', 'new_files', ...lines(0, 20));
  let taken = 0;
  const all = Promise.withResolvers<void>();
  const held = watched(t, server, async (update, options) => {
    taken += 1;
    if (taken === 20) all.resolve();
    return publishingNever(update, options);
  });
  await all.promise;
  assert.equal(held.source.snapshot().pending, 20);
  await held.source.stop();
  assert.deepEqual(held.urls(), []);
  const next = watched(t, server);
  await next.until(20);
  assert.deepEqual(next.urls(), numbers(0, 20));
});

test('no more is taken from a list than may be under way', { timeout }, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  await server.command('LPUSH', 'new_files', ...lines(0, 1_100));
  const gate = Promise.withResolvers<void>();
  const site = watched(t, server, async () => {
    await gate.promise;
    return { id: '0'.repeat(32), hlc: '0'.repeat(16), durable: 'spool' };
  });
  while (site.source.snapshot().pending < 1_000) await new Promise(setImmediate);
  assert.equal(await server.command('LLEN', processing), 1_000);
  assert.equal(await server.command('LLEN', 'new_files'), 100);
  gate.resolve();
  await site.until(1_100);
  assert.deepEqual(site.urls(), numbers(0, 1_100));
});

test('a list that outlives Redis is taken to its end across a restart; nothing is missing', {
  timeout,
}, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t, '--appendonly', 'yes', '--appendfsync', 'always');
  await server.command('LPUSH', 'new_files', ...lines(0, 800));
  const site = watched(t, server);
  await site.until(100);
  await server.stop();
  await site.one.until(() => site.told.failed.length > 0);
  assert.ok(site.source.snapshot().trouble instanceof BucketcastError);
  const [{ error }] = site.told.failed as [NodeEvents['source-failed']];
  assert.equal((error as BucketcastError).code, 'source-unavailable');
  assert.match((error as Error).message, /^Redis at redis:\/\/127\.0\.0\.1:\d+ cannot be used/);
  await server.start();
  await site.one.until(() => new Set(site.urls()).size === 800 && site.told.recovered.length > 0);
  await emptied(server, processing);
  assert.deepEqual([...new Set(site.urls())], numbers(0, 800));
  assert.equal(site.source.snapshot().trouble, undefined);
});

test('malformed messages are told with their beginning, and kept beside the list', { timeout }, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const bad = ['{"url"', '[]', '{"url":""}', '{"url":"x","contents":1}', deep, 'x'.repeat(2 * 1024 * 1024)];
  await server.command('LPUSH', 'new_files', ...bad, line('good'));
  const site = watched(t, server);
  await site.until(1);
  await emptied(server, processing);
  assert.equal(await server.command('LLEN', `${processing}:refused`), bad.length);
  assert.deepEqual(await server.command('LINDEX', `${processing}:refused`, '-1'), bad[0]);
  assert.equal(site.told.refused.length, bad.length);
  assert.deepEqual(site.told.refused[3], {
    source: 'redis list new_files',
    what: JSON.stringify(bad[3]),
    reason: 'unknown field "contents"; did you mean "content"?',
  });
  for (const { what } of site.told.refused) assert.ok(what.length < 150);
  assert.equal(site.source.snapshot().refused, bad.length);
});

test('names announced on a channel are read once for a burst, as the old site sends them', {
  timeout,
}, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  const site = new WatchedRedisSource(t, { url: server.url, channel: 'new_files', message: 'path' });
  await subscribed(server, 'new_files');
  const file = join(site.root, 'img/test.jpg');
  writeFileSync(file, 'a picture');
  for (let at = 0; at < 20; at += 1) await server.command('PUBLISH', 'new_files', file);
  await site.until(() => site.published.length > 0);
  await server.command('PUBLISH', 'new_files', 'img/gone.jpg');
  await site.until(() => site.published.length > 1);
  assert.deepEqual(site.published, [
    { url: 'https://www.example.com/img/test.jpg', content: 'a picture' },
    { url: 'https://www.example.com/img/gone.jpg', kind: 'delete' },
  ]);
  await site.source.stop();
  assert.deepEqual(await server.command('PUBSUB', 'NUMSUB', 'new_files'), ['new_files', 0]);
});

test('hostile names are told and never read, and the next file is published', { timeout }, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  const site = new WatchedRedisSource(t, { url: server.url, list: 'new_files', message: 'path' });
  const secret = join(site.root, '../secret');
  writeFileSync(secret, 'not for others');
  symlinkSync(secret, join(site.root, 'img/link.jpg'));
  writeFileSync(join(site.root, 'img/test.jpg'), 'a picture');
  const bad = ['../secret', secret, 'img/link.jpg', 'img', '/dev/zero', '', 'img/test.jpg\0'];
  await server.command('LPUSH', 'new_files', ...bad, 'img/test.jpg');
  await site.until(() => site.published.length > 0 && site.told.refused.length === bad.length);
  await emptied(server, processing);
  assert.deepEqual(site.urls, ['https://www.example.com/img/test.jpg']);
  assert.equal(await server.command('EXISTS', `${processing}:refused`), 0);
});

test('a channel is heard again after Redis was away', { timeout }, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  const site = new WatchedRedisSource(t, { url: server.url, channel: 'new_files' });
  await subscribed(server, 'new_files');
  await server.stop();
  await site.until(() => site.told.failed.length > 0);
  await server.start();
  await site.until(() => site.told.recovered.length > 0);
  await server.command('PUBLISH', 'new_files', line('again'));
  await site.until(() => site.published.length > 0);
  assert.deepEqual(site.urls, ['again']);
});

test('a store that refuses is told, and the message is published when it takes it', {
  timeout,
}, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  let tries = 0;
  const site = watched(t, server, async () => {
    tries += 1;
    if (tries === 1) throw new BucketcastError('store-refused', 'no');
    return { id: '0'.repeat(32), hlc: '0'.repeat(16), durable: 'spool' };
  });
  await server.command('LPUSH', 'new_files', line(1));
  await site.one.until(() => site.told.recovered.length > 0);
  assert.deepEqual(site.urls(), ['1']);
  assert.deepEqual(
    [site.told.failed.map(({ error }) => (error as Error).message), site.told.recovered.length],
    [['no'], 1],
  );
});

test('what Redis refuses is told with advice, and tried until it is mended', { timeout }, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t, '--requirepass', 'right');
  const url = (password: string) => server.url.replace('//', `//:${password}@`);
  const wrong = new WatchedRedisSource(t, { url: url('wr0ng'), list: 'new_files' });
  await wrong.until(() => wrong.told.failed.length > 0);
  const error = wrong.told.failed[0]?.error as BucketcastError;
  assert.match(`${error.message} ${error.hint}`, /WRONGPASS.* wrong/);
  assert.doesNotMatch(JSON.stringify([wrong.told, wrong.source.snapshot(), error.stack]), /wr0ng/);

  await server.command('SET', 'new_files', 'a text');
  const site = new WatchedRedisSource(t, { url: url('right'), list: 'new_files' });
  await site.until(() => site.told.failed.length > 0);
  assert.match(String(site.told.failed[0]?.error), /WRONGTYPE/);
  await server.command('DEL', 'new_files');
  await server.command('LPUSH', 'new_files', line(1));
  await site.until(() => site.published.length > 0);
  assert.equal(site.told.recovered.length, 1);
});
