import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { segmentKey } from '../../src/log/keys.ts';
import { reachOf, readAll } from './bucket-reader.ts';
import { Rig } from './publisher-rig.ts';

const update = (data: number) => ({ url: 'u', data });

describe('a publisher whose writes are all refused', () => {
  test('rejects each update with the refusal, however many come', async () => {
    const { rig, publisher, store } = started();
    store.script = ({ operation }) => (operation === 'put' ? 'refuse' : 'pass');
    const first = [1, 2, 3].map((n) => outcome(publisher.publish(update(n))));
    await rig.clock.advance(10_000);
    assert.deepEqual(await Promise.all(first), ['store-refused', 'store-refused', 'store-refused']);
    const puts = store.keysOf('put').length;
    const later = Array.from({ length: 20 }, (_, n) => outcome(publisher.publish(update(n))));
    assert.deepEqual(new Set(await Promise.all(later)), new Set(['store-refused']));
    assert.equal(store.keysOf('put').length, puts, 'without another request');
    await publisher.flush();
  });

  test('stops soon, for nothing waits for an answer', async () => {
    const { rig, publisher, store } = started();
    store.script = () => 'refuse';
    const refused = outcome(publisher.publish(update(1)));
    await rig.clock.advance(0);
    assert.equal(await refused, 'store-refused');
    let isStopped = false;
    const stopping = publisher.stop({ timeoutMs: 10_000 }).then(() => {
      isStopped = true;
    });
    await rig.clock.advance(500);
    assert.equal(isStopped, true);
    await stopping;
  });

  test('publishes again once it may', async () => {
    const { rig, publisher, store } = started();
    let isRefused = true;
    store.script = ({ operation }) => (isRefused && operation === 'put' ? 'refuse' : 'pass');
    const refused = [1, 2].map((n) => outcome(publisher.publish(update(n))));
    await rig.clock.advance(1000);
    assert.deepEqual(await Promise.all(refused), ['store-refused', 'store-refused']);
    isRefused = false;
    await rig.clock.advance(1000);
    const published = outcome(publisher.publish(update(3)));
    await rig.clock.advance(1000);
    assert.equal(await published, 'durable');
    assert.deepEqual(await numbersIn(rig), [3]);
  });

  test('says so, too, while earlier writers of its host wait to be parked', async () => {
    const rig = new Rig();
    const before = rig.publisher().publisher;
    before.start();
    await before.publish(update(0));
    // Killed: its tip stays.
    await before.stop({ timeoutMs: 0 });
    const { publisher, store } = rig.publisher();
    let isRefused = true;
    store.script = ({ operation }) => (isRefused && operation !== 'get' ? 'refuse' : 'pass');
    publisher.start();
    const early = outcome(publisher.publish(update(1)));
    await rig.clock.advance(1000);
    assert.equal(await early, 'store-refused');
    assert.equal(await outcome(publisher.publish(update(2))), 'store-refused');
    isRefused = false;
    await rig.clock.advance(1000);
    const late = outcome(publisher.publish(update(3)));
    await rig.clock.advance(1000);
    assert.equal(await late, 'durable');
    assert.deepEqual(new Set(await numbersIn(rig)), new Set([0, 3]));
  });
});

test('what a writer had sent before it met a twin is not called refused, for it may be published', async () => {
  const rig = new Rig();
  const { publisher, store } = rig.publisher({ publish: { maxSegmentUpdates: 1 } });
  publisher.start();
  const { writer } = await publisher.publish(update(0));
  await rig.bucket.put(segmentKey({ writer, lane: 0 }, 1), new Uint8Array([1, 2, 3]));
  const gate = Promise.withResolvers<void>();
  store.script = ({ operation, key }) => {
    if (operation !== 'put' || !key.includes('/log/')) return 'pass';
    if (!key.includes(writer)) return 'refuse';
    return key.endsWith('1') ? gate.promise : 'pass';
  };
  const sent = [1, 2].map((n) => outcome(publisher.publish(update(n))));
  await rig.clock.advance(100);
  gate.resolve();
  await rig.clock.advance(10_000);
  const [lane] = await reachOf(rig.bucket, writer);
  assert.equal(lane?.next, 3, 'the second can be found');
  assert.deepEqual(await Promise.all(sent), ['store-unavailable', 'store-unavailable']);
  assert.equal(await outcome(publisher.publish(update(3))), 'store-refused');
});

function started() {
  const rig = new Rig();
  const { publisher, store } = rig.publisher();
  publisher.start();
  return { rig, publisher, store };
}

/** How it ended: `durable`, or the error's code. */
function outcome(publishing: Promise<unknown>): Promise<string> {
  return publishing.then(
    () => 'durable',
    (error: { code: string }) => error.code,
  );
}

async function numbersIn({ bucket }: Rig): Promise<unknown[]> {
  return (await readAll(bucket)).map(({ data }) => data);
}
