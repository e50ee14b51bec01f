import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { laneLogPrefix, segmentKey, tipsPrefix } from '../../src/log/keys.ts';
import { settle } from '../support/fake-clock.ts';
import { reachOf, readAll } from './bucket-reader.ts';
import { Rig, watch } from './publisher-rig.ts';

const update = (n: number | string, url = 'https://example.com/') => ({ url, data: { n } });
const numbers = (updates: readonly { data: unknown }[]) =>
  updates.map(({ data }) => (data as { n: number }).n);

test('an update goes from publish() through a segment and a tip to a reader', async () => {
  const rig = new Rig();
  const { publisher, store } = rig.publisher();
  publisher.start();
  const published = await publisher.publish({ url: 'https://example.com/a', content: { x: 1 }, data: 'd' });
  const [read] = await readAll(rig.bucket);
  assert.deepEqual([read?.id, read?.content, read?.data, read?.sequence], [published.id, { x: 1 }, 'd', 0]);
  assert.equal(published.writer, read?.writer);
  assert.deepEqual(
    store.calls.map(({ operation }) => operation),
    ['put', 'put'],
  );
  await publisher.stop({ timeoutMs: 1000 });
  assert.equal(rig.clock.pending, 0);
});

test('a publisher that publishes nothing writes nothing and records no writer', async () => {
  const rig = new Rig();
  const { publisher, store } = rig.publisher();
  publisher.start();
  await rig.clock.advance(3_600_000);
  await publisher.stop({ timeoutMs: 1000 });
  assert.deepEqual(store.calls, []);
  assert.deepEqual(rig.state.unparkedWriters(), []);
});

describe('group commit', () => {
  test('what comes while a segment is in flight shares the next one', async () => {
    const rig = new Rig();
    const { publisher } = rig.publisher();
    publisher.start();
    await settle();
    const all = await Promise.all([0, 1, 2, 3].map((n) => publisher.publish(update(n))));
    assert.deepEqual(
      all.map(({ sequence }) => sequence),
      [0, 1, 1, 1],
    );
    await rig.clock.advance(1000);
    assert.deepEqual(numbers(await readAll(rig.bucket)), [0, 1, 2, 3]);
  });

  test('segments are pipelined, and publish() waits for all earlier ones of the lane', async () => {
    const rig = new Rig();
    const { publisher, store } = rig.publisher({ publish: { maxSegmentUpdates: 1 } });
    publisher.start();
    await publisher.publish(update('first'));
    const first = Promise.withResolvers<void>();
    let held = false;
    store.script = ({ operation }) => {
      if (operation !== 'put' || held) return 'pass';
      held = true;
      return first.promise;
    };
    const published = [0, 1, 2, 3, 4, 5].map((n) => watch(publisher.publish(update(n))));
    await settle();
    assert.equal(publisher.snapshot().segmentsInFlight, 4);
    assert.ok(published.every(({ status }) => status === 'pending'));
    first.resolve();
    await settle();
    assert.deepEqual(
      published.map(({ value }) => value?.sequence),
      [1, 2, 3, 4, 5, 6],
    );
  });
});

describe('an unanswered PUT', () => {
  test('is retried with the same bytes, and meets its own success', async () => {
    const rig = new Rig();
    const { publisher, store } = rig.publisher();
    publisher.start();
    await settle();
    store.script = ({ number }) => (number <= 2 ? 'lose' : number === 3 ? 'lose-reply' : 'pass');
    const published = watch(publisher.publish(update(1)));
    await rig.clock.advance(1000);
    assert.equal(published.value?.sequence, 0);
    assert.deepEqual(rig.eventsNamed('retired'), []);
    assert.deepEqual(numbers(await readAll(rig.bucket)), [1]);
  });

  test('is not refused by a later refusal, for it may still arrive', async () => {
    const rig = new Rig();
    const { publisher, store } = rig.publisher();
    publisher.start();
    await settle();
    store.script = ({ number }) => (number === 1 ? 'lose' : number < 5 ? 'refuse' : 'pass');
    const published = watch(publisher.publish(update(1)));
    await rig.clock.advance(1000);
    assert.equal(published.status, 'resolved');
    assert.deepEqual(numbers(await readAll(rig.bucket)), [1]);
  });
});

test('a refused segment rejects its updates and leaves a tombstone, and the lane goes on', async () => {
  const rig = new Rig();
  const { publisher, store } = rig.publisher();
  publisher.start();
  await settle();
  store.script = ({ number }) => (number <= 3 ? 'refuse' : 'pass');
  const refused = watch(publisher.publish(update('refused')));
  const next = watch(publisher.publish(update('next')));
  await rig.clock.advance(3000);
  assert.equal(refused.status, 'rejected');
  assert.match(String(refused.error), /403/);
  assert.equal(next.value?.sequence, 1);
  assert.deepEqual(numbers(await readAll(rig.bucket)), ['next']);
});

test('a twin makes the writer go on under another name with the same ids, in order', async () => {
  const rig = new Rig();
  const { publisher, store } = rig.publisher({ publish: { maxSegmentUpdates: 2 } });
  publisher.start();
  const first = await publisher.publish(update(0));
  await rig.bucket.put(segmentKey({ writer: first.writer, lane: 0 }, 1), new Uint8Array([1, 2, 3]));
  const gate = Promise.withResolvers<void>();
  store.script = ({ operation, key }) => (operation === 'put' && key.endsWith('2') ? gate.promise : 'pass');
  const rest = [1, 2, 3, 4, 5].map((n) => watch(publisher.publish(update(n))));
  await settle();
  gate.resolve();
  await rig.clock.advance(5000);
  const places = rest.map(({ value }) => value);
  assert.ok(places.every((place) => place !== undefined && place.writer !== first.writer));
  assert.deepEqual(rig.eventsNamed('retired'), [{ writer: first.writer, reason: 'twin' }]);
  const prefix = laneLogPrefix({ writer: places[0]?.writer ?? '', lane: 0 });
  assert.ok((await rig.bucket.list(prefix)).objects.length >= 3);
  assert.deepEqual(await reachOf(rig.bucket, first.writer).then(([lane]) => (lane?.next ?? 0) >= 2), true);
  assert.deepEqual(
    rig.state.unparkedWriters().map(({ writer }) => writer),
    [places[0]?.writer],
  );
});

test('a writer that was idle for long takes a new name', async () => {
  const rig = new Rig();
  const { publisher } = rig.publisher({ publish: { retireAfterMs: 60_000 } });
  publisher.start();
  const before = await publisher.publish(update(1));
  await rig.clock.advance(59_000);
  const same = await publisher.publish(update(2));
  await rig.clock.advance(61_000);
  const after = await publisher.publish(update(3));
  assert.equal(same.writer, before.writer);
  assert.notEqual(after.writer, before.writer);
  assert.deepEqual(rig.eventsNamed('retired'), [{ writer: before.writer, reason: 'idle' }]);
  assert.deepEqual(
    rig.state.unparkedWriters().map(({ writer }) => writer),
    [after.writer],
  );
});

describe('flush', () => {
  test('does not wait for what is published after it', async () => {
    const rig = new Rig();
    const { publisher } = rig.publisher({ publish: { flushIntervalMs: 20 } });
    publisher.start();
    const working = { on: true };
    const keepBusy = async () => {
      for (let n = 0; working.on; n += 1) await publisher.publish(update(n));
    };
    const done = keepBusy();
    await rig.clock.advance(10);
    const published = watch(publisher.publish(update('mine')));
    const flushed = watch(publisher.flush());
    await rig.clock.advance(2500);
    assert.deepEqual([published.status, flushed.status], ['resolved', 'resolved']);
    const { writer = '', sequence = 0 } = published.value ?? {};
    const [reach] = await reachOf(rig.bucket, writer);
    assert.ok((reach?.next ?? 0) > sequence, 'a tip covers it');
    working.on = false;
    await Promise.all([done, rig.clock.advance(2500)]);
  });

  test('does not wait for an update that its caller gave up', async () => {
    const rig = new Rig();
    const { publisher, store } = rig.publisher({ publish: { maxPendingBytes: 1 } });
    publisher.start();
    store.script = ({ key }) => (key.includes('/log/') ? 'hang' : 'pass');
    const abort = new AbortController();
    const published = watch(publisher.publish(update(1), { signal: abort.signal }));
    const flushed = watch(publisher.flush());
    await settle();
    assert.equal(flushed.status, 'pending');
    abort.abort();
    await settle();
    assert.deepEqual([published.status, flushed.status], ['rejected', 'resolved']);
    await Promise.all([publisher.stop({ timeoutMs: 10 }), rig.clock.advance(10)]);
  });
});

test('updates that cannot be taken, for the state cannot record a writer, are all rejected', async () => {
  const rig = new Rig();
  const { publisher } = rig.publisher({ publish: { maxPendingBytes: 1 } });
  const recordWriter = rig.state.recordWriter.bind(rig.state);
  rig.state.recordWriter = () => {
    throw new Error('the disk is full');
  };
  publisher.start();
  const waiting = Array.from({ length: 20_000 }, (_, n) => watch(publisher.publish(update(n))));
  await settle();
  assert.ok(waiting.every(({ error }) => error?.message === 'the disk is full'));
  rig.state.recordWriter = recordWriter;
  await publisher.publish(update('later'));
  await Promise.all([publisher.stop({ timeoutMs: 1000 }), rig.clock.advance(1000)]);
});

describe('stop', () => {
  test('drains, writes a last tip at once and takes nothing new', async () => {
    const rig = new Rig();
    const { publisher } = rig.publisher();
    publisher.start();
    const { writer } = await publisher.publish(update(0));
    const more = watch(publisher.publish(update(1)));
    await publisher.stop({ timeoutMs: 1000 });
    assert.equal(more.status, 'resolved');
    assert.deepEqual(await reachOf(rig.bucket, writer), [{ next: 2, oldest: 0 }]);
    assert.equal((await rig.bucket.list(tipsPrefix)).objects.length, 1);
    await assert.rejects(publisher.publish(update(2)), { code: 'closed' });
    assert.equal(rig.clock.pending, 0);
  });

  test('rejects what is not answered for in time, and nothing runs after it', async () => {
    const rig = new Rig();
    const { publisher, store } = rig.publisher();
    publisher.start();
    await settle();
    store.script = () => 'lose';
    const stuck = watch(publisher.publish(update(1)));
    const stopped = watch(publisher.stop({ timeoutMs: 1000 }));
    await rig.clock.advance(1000);
    assert.equal(stopped.status, 'resolved');
    assert.equal((stuck.error as { code?: string } | undefined)?.code, 'closed');
    const calls = store.calls.length;
    await rig.clock.advance(3_600_000);
    assert.equal(store.calls.length, calls);
    assert.equal(rig.clock.pending, 0);
  });
});

test('a bad update is rejected and disturbs nothing', async () => {
  const rig = new Rig();
  const { publisher } = rig.publisher({ publish: { maxUpdateBytes: 2000 } });
  publisher.start();
  const good = watch(publisher.publish(update(1)));
  await assert.rejects(publisher.publish({ url: '' }), { code: 'invalid-update' });
  await assert.rejects(publisher.publish({ url: 'x', content: 'y'.repeat(3000) }), {
    code: 'invalid-update',
  });
  await settle();
  assert.equal(good.status, 'resolved');
});

test('publish() waits in order while too many bytes are on their way, and honours its signal', async () => {
  const rig = new Rig();
  const { publisher, store } = rig.publisher({ publish: { maxPendingBytes: 5000 } });
  publisher.start();
  await settle();
  const gate = Promise.withResolvers<void>();
  store.script = () => gate.promise;
  const content = 'x'.repeat(700);
  const abort = new AbortController();
  const first = watch(publisher.publish({ url: 'a', content }));
  const second = watch(publisher.publish({ url: 'b', content, data: { n: 2 } }, { signal: abort.signal }));
  const third = watch(publisher.publish({ url: 'c', content, data: { n: 3 } }));
  await settle();
  assert.ok(publisher.snapshot().pendingBytes < 5000);
  assert.equal(publisher.snapshot().pendingUpdates, 3);
  abort.abort();
  await settle();
  assert.equal((second.error as { code?: string } | undefined)?.code, 'closed');
  gate.resolve();
  await settle();
  assert.deepEqual([first.status, third.status], ['resolved', 'resolved']);
  await rig.clock.advance(1000);
  assert.equal((await readAll(rig.bucket)).length, 2);
});
