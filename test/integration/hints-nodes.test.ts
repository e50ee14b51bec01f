import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { SettingsInput } from '../../src/config/settings.ts';
import { type BucketcastNode, createNode } from '../../src/node.ts';
import { NatsServer, skipsWithoutNats } from '../support/nats.ts';
import { freePorts } from '../support/processes.ts';
import { RedisServer, skipsWithoutRedis } from '../support/redis.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

// Every wait below ends long before the next poll would.
const never = 3_600_000;
const timeout = 30_000;

type Hints = NonNullable<SettingsInput['hints']>;

interface Member {
  readonly node: BucketcastNode;
  readonly urls: string[];
}

/** Two nodes that by themselves poll once an hour, and all that they deliver to each other. */
async function twoNodes(t: TestContext, hints: readonly [Hints, Hints], keys?: SettingsInput['encryption']) {
  const store = { url: `file:${temporaryDirectory()}` };
  const members: Member[] = [];
  for (const [index, own] of hints.entries()) {
    const node = createNode({
      server: `web-${index}`,
      state: temporaryDirectory(),
      store,
      poll: { minMs: never, maxMs: never },
      hints: { maxPollMs: never, ...own },
      ...(keys && { encryption: keys }),
    });
    t.after(() => node.stop({ timeoutMs: 0 }));
    await node.start();
    const urls: string[] = [];
    await node.subscribe({ name: 'all', from: 'latest' }, (updates) => {
      urls.push(...updates.map(({ url }) => url));
    });
    members.push({ node, urls });
  }
  const [a, b] = members as [Member, Member];
  await until(t, () => members.every(({ node }) => transport(node)?.connected));
  // What there was to find so far is found.
  await Promise.all([a.node.idle(), b.node.idle()]);
  return [a, b] as const;
}

const transport = (node: BucketcastNode) => node.snapshot().hints?.transports[0];

/** Publishes until something of it has come: who has only just begun to listen may miss the first hint. */
async function reaches(t: TestContext, from: Member, to: Member): Promise<void> {
  const before = to.urls.length;
  const published: string[] = [];
  while (to.urls.length === before) {
    t.signal.throwIfAborted();
    published.push(`https://ex.com/${from.node.server}/${published.length}.xml`);
    await from.node.publish({ url: published.at(-1) as string, content: published.length });
    await within(500, () => to.urls.length > before);
  }
  await until(t, () => to.urls.length - before >= published.length);
  assert.deepEqual(to.urls.slice(before), published);
}

async function until(t: TestContext, holds: () => boolean | undefined): Promise<void> {
  while (!holds()) {
    t.signal.throwIfAborted();
    await within(20, () => false);
  }
}

async function within(ms: number, holds: () => boolean): Promise<void> {
  for (let waited = 0; waited < ms && !holds(); waited += 10)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

async function bothWays(t: TestContext, hints: readonly [Hints, Hints]): Promise<void> {
  const [a, b] = await twoNodes(t, hints);
  await reaches(t, a, b);
  await reaches(t, b, a);
  const active = { keys: [{ id: 'k', secret: 'ab'.repeat(32) }], active: 'k' };
  await Promise.all([a.node.stop(), b.node.stop()]);
  const [sealed, other] = await twoNodes(t, hints, active);
  await reaches(t, sealed, other);
  const { heard, inline } = other.node.snapshot().hints ?? {};
  assert.ok((heard?.believed ?? 0) > 0 && (inline?.served ?? 0) > 0, JSON.stringify([heard, inline]));
}

test('an update is delivered at once where Redis tells of it, in the clear and sealed', {
  timeout,
}, async (t) => {
  if (skipsWithoutRedis(t)) return;
  const { url } = await RedisServer.start(t);
  await bothWays(t, [{ redis: { url } }, { redis: { url } }]);
});

test('an update is delivered at once where NATS tells of it, in the clear and sealed', {
  timeout,
}, async (t) => {
  if (skipsWithoutNats(t)) return;
  const servers = [(await NatsServer.start(t)).url];
  await bothWays(t, [{ nats: { servers } }, { nats: { servers } }]);
});

test('an update is delivered at once where servers tell each other by ZeroMQ, in the clear and sealed', {
  timeout,
}, async (t) => {
  const first = await freePorts(2);
  const [a, b] = [`tcp://127.0.0.1:${first}`, `tcp://127.0.0.1:${first + 1}`];
  const secret = 'a secret of sixteen and more';
  // All servers may have the same list: who finds itself there hears itself in vain.
  const connect = [a, b];
  await bothWays(t, [{ zeromq: { bind: a, connect, secret } }, { zeromq: { bind: b, connect, secret } }]);
});
