import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMetrics } from '../../metrics/registry.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Emitter } from '../../src/base/emitter.ts';
import { systemRandom } from '../../src/base/random.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { openFetcher } from '../../src/pool/open-fetcher.ts';
import { Limiter } from '../../src/store/limiter.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { MeteringStore } from '../../src/store/metering-store.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { objectOf, prefix, taskFor } from './object-maker.ts';
import { fleetId, putSegment, taskOf, updates } from './segment-maker.ts';

function setUp({ log, objects, url }: { log: ObjectStore; objects: ObjectStore; url?: string }) {
  const metrics = createMetrics();
  const store = { ...defaultSettings.store, ...(url !== undefined && { url }) };
  const place = objects instanceof MemoryStore ? { ...store, url: 'memory:objects' } : store;
  const fetcher = openFetcher({
    settings: { ...defaultSettings, store, pool: { threads: 1, fetchesPerThread: 4 } },
    metered: new MeteringStore(log, metrics),
    objects: { settings: place, open: async () => ({ metered: new MeteringStore(objects, metrics) }) },
    shareable: url !== undefined,
    fleetId,
    keys: noKeys,
    limiter: new Limiter(defaultSettings.limits, { clock: systemClock }),
    metrics,
    events: new Emitter(),
    clock: systemClock,
    random: systemRandom,
  });
  return { fetcher, metrics };
}

async function readBoth(stores: Parameters<typeof setUp>[0]) {
  const { log, objects } = stores;
  await putSegment(log, taskOf(1, 0), updates(3));
  const { key, body } = objectOf('a', 1);
  await objects.put(key, body);
  const { fetcher, metrics } = setUp(stores);
  const segment = await fetcher.fetch(taskOf(1, 0));
  const page = await fetcher.objects.list({ prefix });
  const object = await fetcher.objects.fetch(await taskFor(objects, key));
  const shards = fetcher.snapshot().threads.flatMap((thread) => thread.shards);
  await fetcher.stop();
  assert(segment.status === 'fetched' && object.status === 'fetched');
  assert.deepEqual(page.keys, [key]);
  const decoded = segment.segment.bytes.byteLength + object.record.byteLength;
  const counted = await metrics.text();
  assert.ok(counted.includes(`bytes_total{direction="received",stage="decoded"} ${decoded}\n`));
  assert.match(counted, /store_requests_total\{operation="get",result="ok"\} 2\n/);
  assert.match(counted, /store_requests_total\{operation="list",result="ok"\} 1\n/);
  return { shards };
}

describe('how a node fetches', () => {
  it('in this thread, where others cannot open its store: segments, objects and pages, all counted', async () => {
    const store = new MemoryStore();
    const { shards } = await readBoth({ log: store, objects: store });
    assert.deepEqual(shards, []);
  });

  it('in threads where they can open both stores', async () => {
    const url = `file:${temporaryDirectory()}`;
    const store = await openStore(url);
    const { shards } = await readBoth({ log: store, objects: store, url });
    assert.equal(shards.length, 3);
    await store.close();
  });

  it('objects in this thread and segments in others, where only those can be opened there', async () => {
    const url = `file:${temporaryDirectory()}`;
    const log = await openStore(url);
    const { shards } = await readBoth({ log, objects: new MemoryStore(), url });
    assert.equal(shards.length, 1);
    await log.close();
  });
});
