import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectKey } from '../../src/log/object-keys.ts';
import { readAll } from './bucket-reader.ts';
import { ObjectRig, prefix } from './object-rig.ts';
import { watch } from './publisher-rig.ts';

const second = Date.UTC(2026, 0, 1) / 1000;
const update = (data: number, url = 'u') => ({ url, data });

test('an update stands in the log and as an object when its publish() resolves', async () => {
  const rig = new ObjectRig();
  const { publisher } = rig.started();
  const published = await publisher.publish(update(1));
  const key = objectKey(prefix, 'alpha', 'u', second);
  assert.deepEqual(await rig.keys(), [key]);
  const { id, data, server, copyOf, writer } = await rig.objectAt(key);
  assert.deepEqual(
    [id, data, server, copyOf, writer],
    [published.id, 1, 'alpha', 'f1'.repeat(16), published.writer],
  );
  await publisher.flush();
  assert.deepEqual(
    (await readAll(rig.bucket)).map((read) => read.id),
    [published.id],
  );
});

test('publish() waits for the object', async () => {
  const rig = new ObjectRig();
  const { publisher, objects } = rig.started();
  const gate = Promise.withResolvers<void>();
  objects.script = ({ operation }) => (operation === 'put' ? gate.promise : 'pass');
  const seen = watch(publisher.publish(update(1)));
  await rig.clock.advance(1000);
  assert.equal(seen.status, 'pending');
  assert.equal(publisher.snapshot().oldestPendingAgoMs, 1000);
  gate.resolve();
  await rig.clock.advance(0);
  assert.equal(seen.status, 'resolved');
});

test('updates of a URL in one second take the next free seconds, in order', async () => {
  const rig = new ObjectRig();
  const { publisher, objects } = rig.started();
  await Promise.all([1, 2, 3].map((data) => publisher.publish(update(data))));
  assert.deepEqual(await rig.seconds(), [0, 1, 2]);
  assert.deepEqual(await rig.found(), [1, 2, 3]);
  assert.deepEqual([objects.keysOf('get'), objects.keysOf('list')], [[], []], 'what it wrote, it knows');
});

test('what another process wrote in that second stays, and the next free one is found', async () => {
  const rig = new ObjectRig();
  const before = rig.started();
  for (let data = 0; data < 6; data += 1) await before.publisher.publish(update(data));
  await before.publisher.stop({ timeoutMs: 1000 });
  const { publisher, objects } = rig.started();
  await publisher.publish(update(6));
  assert.deepEqual(await rig.found(), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(await rig.seconds(), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(objects.keysOf('list').length, 1, 'after some tries the store is asked for the last');
});

test('an object of others in the way is never overwritten, whatever it is', async () => {
  const rig = new ObjectRig();
  const key = objectKey(prefix, 'alpha', 'u', second);
  await rig.bucket.put(key, Buffer.from('not even JSON'));
  const { publisher } = rig.started();
  await publisher.publish(update(1));
  assert.deepEqual(await rig.seconds(), [0, 1]);
  const found = await rig.bucket.get(key);
  assert.equal(found.status === 'found' && Buffer.from(found.body).toString(), 'not even JSON');
});

test('a lost answer is tried again, and meets its own success', async () => {
  const rig = new ObjectRig();
  const { publisher, objects } = rig.started();
  let lost = 0;
  objects.script = ({ operation }) => (operation === 'put' && lost++ < 1 ? 'lose-reply' : 'pass');
  const published = publisher.publish(update(1));
  await rig.clock.advance(1000);
  await published;
  assert.deepEqual(await rig.seconds(), [0]);
});

test('while the store is away, updates wait with visible trouble, and go out when it is back', async () => {
  const rig = new ObjectRig();
  const { publisher, objects } = rig.started();
  objects.script = () => 'lose';
  const seen = [1, 2].map((data) => watch(publisher.publish(update(data, `u${data}`))));
  await rig.clock.advance(60_000);
  assert.deepEqual(
    seen.map(({ status }) => status),
    ['pending', 'pending'],
  );
  const { trouble, pendingUpdates, written } = publisher.snapshot();
  assert.match(trouble?.message ?? '', /no answer/);
  assert.deepEqual([pendingUpdates, written], [2, 0]);
  objects.script = () => 'pass';
  await rig.clock.advance(1000);
  assert.deepEqual(
    seen.map(({ status }) => status),
    ['resolved', 'resolved'],
  );
  const after = publisher.snapshot();
  assert.deepEqual(
    [after.trouble, after.pendingUpdates, after.pendingBytes, after.written],
    [undefined, 0, 0, 2],
  );
});

test('memory is bounded: beyond maxPendingBytes nothing goes to the log either', async () => {
  const rig = new ObjectRig();
  const { publisher, objects } = rig.started({ publish: { maxPendingBytes: 10_000 } });
  objects.script = () => 'lose';
  const seen = Array.from({ length: 20 }, (_, data) => watch(publisher.publish(update(data, `u${data}`))));
  await rig.clock.advance(5000);
  assert.ok(publisher.snapshot().pendingBytes <= 10_000);
  assert.ok((await readAll(rig.bucket)).length < 6);
  objects.script = () => 'pass';
  await rig.clock.advance(5000);
  assert.ok(seen.every(({ status }) => status === 'resolved'));
});

test('a refused object rejects, and the error says that the log has the update', async () => {
  const rig = new ObjectRig();
  const { publisher, objects } = rig.started();
  objects.script = ({ operation }) => (operation === 'put' ? 'refuse' : 'pass');
  const seen = watch(publisher.publish(update(1)));
  await rig.clock.advance(1000);
  assert.equal(seen.status, 'rejected');
  assert.match(String(seen.error), /published in the log, but its object was refused: put .* 403/);
  assert.deepEqual(Reflect.get(seen.error ?? {}, 'code'), 'store-unavailable');
  assert.equal((await readAll(rig.bucket)).length, 1);
});

test('a refused log copy rejects as it is, and no object is written', async () => {
  const rig = new ObjectRig();
  const { publisher, log } = rig.started();
  log.script = ({ operation }) => (operation === 'put' ? 'refuse' : 'pass');
  const seen = watch(publisher.publish(update(1)));
  await rig.clock.advance(1000);
  assert.equal(Reflect.get(seen.error ?? {}, 'code'), 'store-refused');
  assert.deepEqual(await rig.keys(), []);
});

test('a caller who hears of refusals is told, and its object is tried until it is taken', async () => {
  const rig = new ObjectRig();
  const { publisher, objects, encoder } = rig.started();
  objects.script = ({ operation }) => (operation === 'put' ? 'refuse' : 'pass');
  const told: unknown[] = [];
  const seen = watch(publisher.put(encoder.encode(update(1)), { refused: (error) => told.push(error) }));
  await rig.clock.advance(1000);
  assert.equal(seen.status, 'pending');
  assert.ok(told.length > 1);
  objects.script = () => 'pass';
  await rig.clock.advance(1000);
  assert.equal(seen.status, 'resolved');
});

test('a stop drains both copies, and takes nothing new', async () => {
  const rig = new ObjectRig();
  const { publisher } = rig.started();
  const published = [1, 2, 3].map((data) => publisher.publish(update(data, `u${data}`)));
  const stopped = publisher.stop({ timeoutMs: 5000 });
  await assert.rejects(publisher.publish(update(4)), { code: 'closed' });
  await rig.clock.advance(5000);
  await stopped;
  assert.equal((await Promise.all(published)).length, 3);
  assert.equal((await rig.keys()).length, 3);
});

test('a stop gives up after its time', async () => {
  const rig = new ObjectRig();
  const { publisher, objects } = rig.started();
  objects.script = () => 'hang';
  const seen = watch(publisher.publish(update(1)));
  await rig.clock.advance(100);
  const stopped = watch(publisher.stop({ timeoutMs: 5000 }));
  await rig.clock.advance(4000);
  assert.equal(stopped.status, 'pending');
  await rig.clock.advance(2000);
  assert.deepEqual([stopped.status, seen.status], ['resolved', 'rejected']);
  assert.equal(Reflect.get(seen.error ?? {}, 'code'), 'closed');
  assert.equal(rig.clock.pending, 0);
});

test('an aborted call rejects at once; what was begun is carried out', async () => {
  const rig = new ObjectRig();
  const { publisher, objects } = rig.started();
  const gate = Promise.withResolvers<void>();
  objects.script = ({ operation }) => (operation === 'put' ? gate.promise : 'pass');
  const abort = new AbortController();
  const seen = watch(publisher.publish(update(1), { signal: abort.signal }));
  await rig.clock.advance(100);
  abort.abort();
  await rig.clock.advance(0);
  assert.equal(seen.status, 'rejected');
  gate.resolve();
  await publisher.flush();
  assert.deepEqual(await rig.found(), [1]);
});
