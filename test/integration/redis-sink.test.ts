import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createClient } from 'redis';
import { BucketcastError, PoisonError } from '../../src/base/errors.ts';
import type { Update } from '../../src/base/update.ts';
import type { SinkOf } from '../../src/config/sink-settings.ts';
import { MiB } from '../../src/config/units.ts';
import { RedisSink } from '../../src/sinks/redis-sink.ts';
import { updateLine } from '../../src/sinks/update-line.ts';
import { RedisServer, skipsWithoutRedis } from '../support/redis.ts';

const timeout = 20_000;

function update(index: number, content: Update['content'] = { entries: [index] }): Update {
  return {
    id: String(index).padStart(32, '0'),
    url: `https://example.com/${index}`,
    content,
    data: null,
    kind: 'put',
    server: 'a',
    time: Date.UTC(2026, 0, 31, 12),
    hlc: '0'.repeat(16),
    writer: 'w',
    lane: 0,
    sequence: 0,
    index,
  };
}

function updates(count: number): Update[] {
  return Array.from({ length: count }, (_, index) => update(index));
}

function control(signal = new AbortController().signal) {
  const acknowledged: number[] = [];
  return { acknowledged, ack: ({ index }: Update) => acknowledged.push(index), signal };
}

function newSink(t: TestContext, settings: Partial<SinkOf<'redis'>> & { url: string }): RedisSink {
  const sink = new RedisSink({ type: 'redis', timeoutMs: 10_000, ...settings });
  t.after(() => sink.close());
  return sink;
}

/** Field `update` of each entry of the stream, as the index it holds. */
async function streamed(server: RedisServer, key: string): Promise<number[]> {
  const entries = (await server.command('XRANGE', key, '-', '+')) as [string, string[]][];
  return entries.map(([, fields]) => {
    const line = JSON.parse(fields[fields.indexOf('update') + 1] as string) as Update;
    return (line.content as { entries: number[] }).entries[0] as number;
  });
}

function unavailable(message: RegExp, hint: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof BucketcastError);
    assert.equal(error.code, 'sink-unavailable');
    assert.match(error.message, message);
    assert.match(error.hint ?? '', hint);
    return true;
  };
}

test('subscribers of a channel hear each update as a line of JSON, in order', { timeout }, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  const subscriber = createClient({ url: server.url, socket: { reconnectStrategy: false } });
  // The server ends before it does.
  subscriber.on('error', () => {});
  t.after(() => subscriber.destroy());
  await subscriber.connect();
  const heard: Update[] = [];
  const all = Promise.withResolvers<void>();
  await subscriber.subscribe('feeds', (line) => {
    heard.push(JSON.parse(line) as Update);
    if (heard.length === 3_000) all.resolve();
  });
  const sent = control();
  await newSink(t, { url: server.url, channel: 'feeds' }).deliver(updates(3_000), sent);
  assert.equal(sent.acknowledged.at(-1), 2_999);
  await all.promise;
  assert.deepEqual(
    heard.map(({ url }) => url),
    updates(3_000).map(({ url }) => url),
  );
  assert.deepEqual(heard[1], JSON.parse(updateLine(update(1))));
});

test('a stream gets an entry for each update, and is kept short when told to', { timeout }, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  const sink = newSink(t, { url: server.url, stream: 'feeds', maxLength: 1_000 });
  await sink.deliver(updates(1), control());
  const [[, fields]] = (await server.command('XRANGE', 'feeds', '-', '+')) as [[string, string[]]];
  const head = `id ${'0'.repeat(32)} url https://example.com/0 kind put server a time 2026-01-31T12:00:00.000Z`;
  assert.deepEqual(fields.slice(0, 10), head.split(' '));
  assert.equal(fields[10], 'update');
  await sink.deliver(updates(5_000), control());
  const kept = await streamed(server, 'feeds');
  assert.ok(kept.length >= 1_000 && kept.length < 2_000, String(kept.length));
  assert.equal(kept.at(-1), 4_999);
});

test('nothing is lost and the order stays when Redis restarts between and within batches', {
  timeout,
}, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t, '--appendonly', 'yes', '--appendfsync', 'always');
  const sink = newSink(t, { url: server.url, stream: 'feeds' });
  let pending = updates(6_000);
  await sink.deliver(pending.splice(0, 100), control());
  await server.stop();
  const refused = control();
  await assert.rejects(sink.deliver(pending, refused), unavailable(/^Redis at redis:/, /running|TLS/));
  assert.deepEqual(refused.acknowledged, []);
  await server.start();
  let failures = 0;
  while (pending.length > 0) {
    const sent = control();
    const stopping = failures === 0 ? once(process, 'first-chunk').then(() => server.stop()) : undefined;
    try {
      await sink.deliver(pending, {
        ...sent,
        ack: (last) => {
          sent.ack(last);
          process.emit('first-chunk' as never);
        },
      });
    } catch (error) {
      assert.equal((error as BucketcastError).code, 'sink-unavailable');
      failures += 1;
      await stopping;
      await server.start();
    }
    const last = sent.acknowledged.at(-1);
    if (last !== undefined) pending = pending.filter(({ index }) => index > last);
  }
  assert.ok(failures > 0);
  const kept = await streamed(server, 'feeds');
  // What comes again follows what it repeats, so each first appearance is in order.
  assert.deepEqual(
    [...new Set(kept)],
    updates(6_000).map(({ index }) => index),
  );
});

test('the server’s refusals pause the sink, each with what to do about it', { timeout }, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  const stream = newSink(t, { url: server.url, stream: 'feeds' });
  await server.command('SET', 'feeds', 'a text');
  await assert.rejects(stream.deliver(updates(2), control()), unavailable(/WRONGTYPE/, /another type/));
  await server.command('DEL', 'feeds');
  await server.command('CONFIG', 'SET', 'maxmemory', '1');
  await assert.rejects(stream.deliver(updates(2), control()), unavailable(/OOM/, /maxmemory/));
  await server.command('CONFIG', 'SET', 'maxmemory', '0');
  await server.command('REPLICAOF', '127.0.0.1', '1');
  await assert.rejects(stream.deliver(updates(2), control()), unavailable(/READONLY/, /replica/));
  await server.command('REPLICAOF', 'NO', 'ONE');
  await server.command('ACL', 'SETUSER', 'mail', 'on', '>secret', '+publish', '&other');
  const channel = newSink(t, { url: server.url.replace('//', '//mail:secret@'), channel: 'feeds' });
  await assert.rejects(channel.deliver(updates(2), control()), unavailable(/NOPERM/, /ACL/));
  const sent = control();
  await stream.deliver(updates(2), sent);
  assert.deepEqual(sent.acknowledged, [1]);
});

test('a wrong password, none, and one too many are told apart, and none is shown', { timeout }, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const guarded = await RedisServer.start(t, '--requirepass', 'right');
  const open = await RedisServer.start(t);
  const tries: [string, RegExp, RegExp][] = [
    [guarded.url, /NOAUTH/, /wants a password/],
    [guarded.url.replace('//', '//:wr0ng@'), /WRONGPASS/, /wrong/],
    [open.url.replace('//', '//:wr0ng@'), /AUTH/, /no password set/],
    [`${open.url}/99`, /DB index/, /database/],
    [open.url.replace('redis:', 'rediss:'), /cannot be used/, /no TLS port/],
  ];
  for (const [url, message, hint] of tries) {
    await assert.rejects(
      newSink(t, { url, channel: 'feeds', timeoutMs: url.startsWith('rediss') ? 300 : 10_000 }).deliver(
        updates(1),
        control(),
      ),
      (error: Error) => {
        unavailable(message, hint)(error);
        assert.doesNotMatch(`${error.stack} ${String(error.cause)} ${JSON.stringify(error)}`, /wr0ng/);
        return true;
      },
      url,
    );
  }
  await newSink(t, { url: guarded.url.replace('//', '//:right@'), channel: 'x' }).deliver(
    updates(1),
    control(),
  );
});

test('an update longer than the server takes is blamed, and those before it are acknowledged', {
  timeout,
}, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t, '--proto-max-bulk-len', '1mb');
  const sink = newSink(t, { url: server.url, stream: 'feeds' });
  const sent = control();
  const batch = [update(0), update(1), update(2, 'x'.repeat(2 * MiB)), update(3)];
  await assert.rejects(sink.deliver(batch, sent), (error: unknown) => {
    assert.ok(error instanceof PoisonError);
    assert.equal(error.update?.index, 2);
    return true;
  });
  assert.deepEqual(sent.acknowledged, [1]);
  await sink.deliver([update(3)], sent);
  assert.deepEqual(await streamed(server, 'feeds'), [0, 1, 3]);
});

test('a server that hangs is given up after the time-out, and used again when it wakes', {
  timeout,
}, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  const sink = newSink(t, { url: server.url, stream: 'feeds', timeoutMs: 90 });
  server.hang();
  await assert.rejects(sink.deliver([update(1)], control()), unavailable(/no answer within 90 ms/, /^/));
  server.wake();
  const sent = control();
  while (sent.acknowledged.length === 0) {
    await sink.deliver([update(2)], sent).catch(unavailable(/no answer/, /^/));
  }
  assert.equal((await streamed(server, 'feeds')).at(-1), 2);
});

test('an abort ends a delivery at once, while it connects too, and close leaves no socket', {
  timeout,
}, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const server = await RedisServer.start(t);
  const sink = newSink(t, { url: server.url, stream: 'feeds' });
  await sink.deliver([update(0)], control());
  server.hang();
  const abort = new AbortController();
  const delivery = sink.deliver([update(1)], control(abort.signal));
  // The command is on its way then.
  await new Promise(setImmediate);
  abort.abort();
  await assert.rejects(delivery, { code: 'closed' });
  const connecting = sink.deliver([update(1)], control());
  await sink.close();
  await assert.rejects(connecting, { code: 'closed' });
  await assert.rejects(sink.deliver([update(1)], control()), { code: 'closed' });
  server.wake();
  const clients = String(await server.command('CLIENT', 'LIST', 'TYPE', 'normal'))
    .trim()
    .split('\n');
  assert.equal(clients.length, 1, 'only the one who asks');
});

test('a host that takes connections and says nothing keeps no socket either', { timeout }, async (t) => {
  const silent = createServer().listen(0, '127.0.0.1');
  t.after(() => silent.close());
  await once(silent, 'listening');
  const { port } = silent.address() as { port: number };
  const sink = newSink(t, { url: `redis://127.0.0.1:${port}`, channel: 'x', timeoutMs: 50 });
  const accepted = once(silent, 'connection') as Promise<[import('node:net').Socket]>;
  // Without a password there is no greeting: the first command is what gets no answer.
  await assert.rejects(sink.deliver([update(0)], control()), unavailable(/no answer within 50 ms/, /^/));
  const [socket] = await accepted;
  if (!socket.destroyed) await once(socket.resume(), 'close');
});
