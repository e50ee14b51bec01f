import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BucketcastError, PoisonError } from '../../src/base/errors.ts';
import type { Update } from '../../src/base/update.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { hlcTime } from '../../src/log/hybrid-clock.ts';
import { ObjectsRig } from './objects-rig.ts';

/** A rig whose sink blames the URLs of `bad`. */
function blaming() {
  const rig = new ObjectsRig({ objects: { maxBytes: 1024 } });
  const bad = new Set<string>();
  const deliver = (updates: readonly Update[]) => {
    const update = updates.find(({ url }) => bad.has(url));
    if (update !== undefined) throw new PoisonError(`cannot take ${update.url}`, { update });
    rig.delivered.push(...updates.map(({ url }) => url));
  };
  const replayAll = () => rig.state.requestReplay(rig.state.deadLetters().map(({ id }) => id));
  const letters = () => rig.state.deadLetters().map(({ reason, key, writer }) => [reason, key, writer]);
  return { rig, bad, deliver, replayAll, letters };
}

test('an update that the sink blames is a dead letter under its object, and the others of the batch are delivered', async () => {
  const { rig, bad, deliver } = blaming();
  for (const url of ['a', 'b', 'c', 'd']) await rig.bucket.put(url, { fields: { server_id: 'py' } });
  bad.add('b').add('d');
  const coordinator = await rig.idle({ deliver });
  assert.deepEqual(rig.news(), ['a', 'c']);
  const [b, d] = rig.state.deadLetters();
  assert.deepEqual([b?.url, d?.url], ['b', 'd']);
  const { subscription, reason, message, writer, lane, sequence, endSequence, key } = b as NonNullable<
    typeof b
  >;
  assert.deepEqual(
    { subscription, reason, message, writer, lane, sequence, endSequence, key },
    {
      subscription: 'all',
      reason: 'poison',
      message: 'cannot take b',
      writer: 'py',
      lane: 0,
      sequence: 0,
      endSequence: 1,
      key: 'feed-updates/a/b.json',
    },
  );
  assert.match(b?.updateId ?? '', /^[0-9a-f]{32}$/);
  assert.equal(rig.events('dead-letter').length, 2);
  await rig.wait(coordinator.idle());
  assert.deepEqual(rig.news(), []);
  await coordinator.stop();
});

test('poison that is replayed comes from its record, and is gone when it is delivered', async () => {
  const { rig, bad, deliver, replayAll } = blaming();
  const key = await rig.bucket.put('b', { fields: { server_id: 'py' } });
  bad.add('b');
  const coordinator = await rig.idle({ deliver });
  await rig.bucket.store.delete(key);
  replayAll();
  await rig.wait(coordinator.idle());
  await rig.wait(coordinator.idle());
  const again = rig.state.deadLetters();
  assert.deepEqual(
    again.map(({ url, writer, replay }) => [url, writer, replay]),
    [['b', 'py', false]],
    'still blamed',
  );
  bad.clear();
  replayAll();
  await rig.wait(coordinator.idle());
  await rig.wait(coordinator.idle());
  assert.deepEqual([rig.news(), rig.state.deadLetters()], [['b'], []]);
  await coordinator.stop();
});

test('an object that is gone before it is read is a dead letter, and delivered by a replay once it is back', async () => {
  const { rig, deliver, replayAll, letters } = blaming();
  const key = await rig.bucket.put('b');
  const fetch = rig.bucket.fetch.bind(rig.bucket);
  rig.bucket.fetch = async (task, options) => {
    await rig.bucket.store.delete(key);
    return fetch(task, options);
  };
  const coordinator = await rig.idle({ deliver });
  rig.bucket.fetch = fetch;
  assert.deepEqual(letters(), [['missing', key, 'a']]);
  replayAll();
  await rig.wait(coordinator.idle());
  await rig.wait(coordinator.idle());
  assert.deepEqual(letters(), [['missing', key, 'a']], 'still not there');
  rig.bucket.hides = () => true;
  await rig.bucket.put('b');
  replayAll();
  await rig.wait(coordinator.idle());
  await rig.wait(coordinator.idle());
  assert.deepEqual([rig.news(), letters()], [['b'], []]);
  await coordinator.stop();
});

test('an object without a timestamp that is replayed is as old as the object, not as the letter', async () => {
  const { rig, replayAll } = blaming();
  const hlcs: string[] = [];
  const deliver = (updates: readonly Update[]) => void hlcs.push(...updates.map(({ hlc }) => hlc));
  const hold = Promise.withResolvers<void>();
  rig.bucket.holds = () => hold.promise;
  rig.bucket.body = () => Buffer.from('half');
  await rig.bucket.put('b', { fields: { timestamp: undefined } });
  const written = rig.clock.now();
  const coordinator = rig.started();
  await rig.wait(coordinator.subscribe(rig.spec({ deliver })));
  await rig.clock.until(() => rig.bucket.fetched.length > 0);
  await rig.clock.advance(60_000);
  hold.resolve();
  await rig.clock.until(() => rig.state.deadLetters().length === 1);
  rig.bucket.body = (_, body) => body;
  replayAll();
  await rig.clock.until(() => hlcs.length === 1);
  assert.equal(hlcTime(BigInt(`0x${hlcs[0]}`)), written);
  await coordinator.stop();
});

test('a malformed object is fetched afresh, and then a dead letter with its bytes', async () => {
  const { rig, deliver, letters } = blaming();
  const key = 'feed-updates/a/bad.json';
  await rig.bucket.store.put(key, Buffer.from('{"url": "x", '));
  await rig.bucket.put('good');
  const coordinator = await rig.idle({ deliver });
  assert.deepEqual(rig.news(), ['good']);
  assert.deepEqual(letters(), [['corrupt', key, 'a']]);
  assert.equal(Buffer.from(rig.state.deadLetters()[0]?.bytes ?? []).toString(), '{"url": "x", ');
  assert.equal(rig.bucket.fetched.filter((each) => each === key).length, defaultSettings.read.corruptTries);
  await coordinator.stop();
});

test('an object that was read half-written is delivered from a later try, or from a replay', async () => {
  const { rig, deliver, replayAll } = blaming();
  let half = 2;
  rig.bucket.body = (_, body) => {
    half -= 1;
    return half >= 0 ? body.subarray(0, 10) : body;
  };
  await rig.bucket.put('one');
  const coordinator = await rig.idle({ deliver });
  assert.deepEqual([rig.news(), rig.state.deadLetters()], [['one'], []]);
  half = 3;
  await rig.bucket.put('two');
  await rig.wait(coordinator.idle());
  assert.deepEqual([rig.news(), rig.state.deadLetters().length], [[], 1]);
  replayAll();
  await rig.wait(coordinator.idle());
  await rig.wait(coordinator.idle());
  assert.deepEqual([rig.news(), rig.state.deadLetters()], [['two'], []]);
  await coordinator.stop();
});

test('an object that is too large is a dead letter without being fetched', async () => {
  const { rig, deliver, letters } = blaming();
  const key = await rig.bucket.put('huge', { fields: { feed_content: 'x'.repeat(2000) } });
  const coordinator = await rig.idle({ deliver });
  assert.deepEqual([letters(), rig.bucket.fetched], [[['corrupt', key, 'a']], []]);
  assert.match(rig.state.deadLetters()[0]?.message ?? '', /objects\.maxBytes \(1024\)/);
  await coordinator.stop();
});

test('a replay waits while the store is away', async () => {
  const { rig, bad, deliver, replayAll } = blaming();
  await rig.bucket.store.put('feed-updates/a/bad.json', Buffer.from('half'));
  const coordinator = await rig.idle({ deliver });
  assert.equal(bad.size, 0);
  await rig.bucket.put('bad');
  rig.bucket.hides = () => true;
  rig.bucket.failure = () => new BucketcastError('store-unavailable', 'no answer to a GET');
  replayAll();
  await rig.clock.advance(120_000);
  assert.deepEqual(rig.news(), []);
  assert.equal(rig.state.deadLetters()[0]?.replay, true);
  rig.bucket.failure = () => undefined;
  await rig.clock.advance(120_000);
  assert.deepEqual([rig.news(), rig.state.deadLetters()], [['bad'], []]);
  await coordinator.stop();
});
