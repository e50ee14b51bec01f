import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { SettingsInput } from '../../src/config/settings.ts';
import { type BucketcastNode, createNode } from '../../src/node.ts';
import { openStore } from '../../src/store/open-store.ts';
import { type Ceph, withCeph } from '../support/ceph.ts';
import { notifyOnWrites } from '../support/ceph-notifications.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { Arrivals } from './arrivals.ts';

// Every wait below ends long before the next poll would.
const never = 3_600_000;
const timeout = 30_000;
const secret = 'secret+of/bucket&hints';

/** A node that by itself polls once an hour, and where it is posted to. */
async function reader(
  t: TestContext,
  settings: SettingsInput,
): Promise<{ readonly node: BucketcastNode; readonly url: string }> {
  const node = createNode({
    server: 'reader',
    state: temporaryDirectory(),
    poll: { minMs: never, maxMs: never },
    objects: { pollMinMs: never, pollMaxMs: never },
    http: { port: 0 },
    hints: { maxPollMs: never, webhook: { secret } },
    ...settings,
  });
  t.after(() => node.stop({ timeoutMs: 0 }));
  const listening = Promise.withResolvers<string>();
  node.events.on('listening', ({ url }) => listening.resolve(url));
  await node.start({ http: true });
  return { node, url: `${await listening.promise}/hints?secret=${encodeURIComponent(secret)}` };
}

test("a node that hardly ever polls hears of an update by Ceph's notification at once", { timeout }, (t) =>
  withCeph(t, async (ceph) => {
    const bucket = await ceph.makeBucket();
    const store = ceph.storeSettings(bucket, { prefix: 'fleet' });
    const { node, url } = await reader(t, { store });
    const arrivals = new Arrivals();
    await node.subscribe({ name: 'all', from: 'latest' }, arrivals.take);
    await notifyOnWrites(ceph, bucket, url);
    const writer = createNode({ server: 'writer', state: temporaryDirectory(), store });
    t.after(() => writer.stop({ timeoutMs: 0 }));
    await writer.start();
    for (const number of [1, 2, 3]) {
      await writer.publish({ url: `https://ex.com/${number}.xml`, content: number });
      await arrivals.until(number);
    }
    assert.deepEqual(
      arrivals.urls,
      [1, 2, 3].map((number) => `https://ex.com/${number}.xml`),
    );
    assert.equal(webhook(node)?.refused, 0);
    assert.equal(webhook(node)?.trouble, undefined);
  }),
);

test(
  "an object that anything puts is delivered at once by Ceph's notification, whatever its key",
  { timeout },
  (t) =>
    withCeph(t, async (ceph) => {
      const bucket = await ceph.makeBucket();
      const { node, url } = await reader(t, { store: ceph.storeSettings(bucket, { prefix: 'fleet' }) });
      const arrivals = new Arrivals();
      await node.subscribe({ name: 'objects', layout: 'objects', from: 'latest' }, arrivals.take);
      await notifyOnWrites(ceph, bucket, url);
      await putObjects(ceph, bucket, ['feed-updates/py_1/a_1.json', 'feed-updates/p y+%20/ü~_2.json']);
      await arrivals.until(2);
      assert.deepEqual(arrivals.urls.toSorted(), [
        'feed-updates/p y+%20/ü~_2.json',
        'feed-updates/py_1/a_1.json',
      ]);
    }),
);

test("Ceph's notifications with a wrong secret do nothing, and writers do not notice", { timeout }, (t) =>
  withCeph(t, async (ceph) => {
    const bucket = await ceph.makeBucket();
    const { node, url } = await reader(t, { store: ceph.storeSettings(bucket, { prefix: 'fleet' }) });
    const arrivals = new Arrivals();
    await node.subscribe({ name: 'objects', layout: 'objects', from: 'latest' }, arrivals.take);
    await notifyOnWrites(ceph, bucket, url.replace(/secret=.*/, 'secret=wrong'));
    await putObjects(ceph, bucket, ['feed-updates/py_1/a_1.json']);
    await notifyOnWrites(ceph, bucket, url, 'a');
    assert.deepEqual(arrivals.urls, []);
    assert.equal(webhook(node)?.received, 0);
    await putObjects(ceph, bucket, ['feed-updates/py_1/b_2.json']);
    await arrivals.until(1);
  }),
);

async function putObjects(ceph: Ceph, bucket: string, keys: readonly string[]): Promise<void> {
  const store = await openStore(ceph.storeSettings(bucket));
  for (const key of keys) await store.put(key, Buffer.from(JSON.stringify({ url: key, feed_content: {} })));
  await store.close();
}

function webhook(node: BucketcastNode) {
  return node.snapshot().hints?.transports.find(({ name }) => name === 'webhook');
}
