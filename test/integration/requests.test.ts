import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { SettingsInput } from '../../src/config/settings.ts';
import { encodeFleetId } from '../../src/log/fleet-id.ts';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { fleetIdKey } from '../../src/log/keys.ts';
import { type BucketcastNode, createNode } from '../../src/node.ts';
import { openMemoryState } from '../../src/state/open-state.ts';
import { FleetLog } from '../coordinate/fleet-log.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { lookInto } from './bucket-view.ts';
import { testOnCeph } from './stores.ts';

testOnCeph('an idle node asks the gateway for one LIST a poll and nothing else', async (t, store) => {
  const poll = { minMs: 25, maxMs: 25 };
  const writer = await nodeOn(t, { server: 'writer', store, poll });
  const node = await nodeOn(t, { server: 'reader', store, poll });
  const urls: string[] = [];
  await node.subscribe({ name: 'all' }, (updates) => void urls.push(...updates.map(({ url }) => url)));
  await writer.publish({ url: 'news' }, { visible: true });
  await node.idle();
  assert.deepEqual(urls, ['news']);

  const polled = new EventTarget();
  node.events.on('poll', () => polled.dispatchEvent(new Event('poll')));
  await once(polled, 'poll');
  const before = await counts(node);
  for (let polls = 0; polls < 20; polls++) await once(polled, 'poll');
  const after = await counts(node);
  const polls = after.polls - before.polls;
  assert.ok(polls >= 20);
  assert.ok(Math.abs(after.lists - before.lists - polls) <= 1, 'one may be under way at either end');
  assert.equal(after.requests - before.requests, after.lists - before.lists, 'and no other request');
});

testOnCeph(
  'one more update costs the same requests after 2,000 segments as after 10',
  async (t, store, ceph) => {
    const few = await requestsOverHistory(t, store, 10);
    const many = await requestsOverHistory(t, ceph.storeSettings(await ceph.makeBucket()), 2000);
    assert.deepEqual(many, few);
    assert.deepEqual(few, { requests: 2, lists: 1 });
  },
);

/** What it takes to discover and deliver one update where so many segments are retained already. */
async function requestsOverHistory(
  t: TestContext,
  store: NonNullable<SettingsInput['store']>,
  segments: number,
) {
  return lookInto(store, async (bucket) => {
    const log = new FleetLog(bucket, new SeededRandom(segments), noKeys);
    await bucket.put(fleetIdKey, encodeFleetId(log.fleetId));
    const writer = log.writer('old');
    await Promise.all(
      Array.from({ length: 20 }, async (_, part) => {
        for (let at = part; at < segments; at += 20) await log.segment(writer, at, [`old/${at}`]);
      }),
    );
    await log.tip(writer, { next: segments, oldest: 0 });

    // Told to poll, the node polls only then.
    const reader = await nodeOn(t, { server: 'reader', store, poll: { minMs: 3_600_000, maxMs: 3_600_000 } });
    const delivered = Promise.withResolvers<string>();
    await reader.subscribe({ name: 'all', from: 'latest' }, ([update]) => delivered.resolve(update!.url));
    await reader.idle();
    const before = await counts(reader);
    await log.publish(writer, segments + 1, segments);
    await reader.pollNow();
    assert.equal(await delivered.promise, `old/${segments}`);
    const after = await counts(reader);
    return { requests: after.requests - before.requests, lists: after.lists - before.lists };
  });
}

async function nodeOn(t: TestContext, settings: SettingsInput): Promise<BucketcastNode> {
  const state = openMemoryState({ clock: systemClock, random: systemRandom });
  const node = createNode({ ...settings, pool: { threads: 1 } }, { state });
  t.after(() => node.stop());
  await node.start();
  return node;
}

async function counts(node: BucketcastNode): Promise<{ requests: number; lists: number; polls: number }> {
  const lines = (await node.metrics()).split('\n');
  const sum = (name: string) =>
    lines
      .filter((line) => line.startsWith(name))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
  return {
    requests: sum('bucketcast_store_requests_total{'),
    lists: sum('bucketcast_store_requests_total{operation="list"'),
    polls: sum('bucketcast_polls_total{result="ok"'),
  };
}
