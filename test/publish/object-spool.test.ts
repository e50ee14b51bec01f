import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../src/base/logger.ts';
import { ObjectPublisher } from '../../src/publish/object-publisher.ts';
import { UpdateEncoder } from '../../src/publish/update-encoder.ts';
import { listAll } from '../../src/store/list-all.ts';
import { prefix } from './object-rig.ts';
import { ScriptedStore } from './scripted-store.ts';
import { SpoolRig } from './spool-rig.ts';

const retry = { attempts: 1, baseMs: 10, capMs: 100 };

/** A new process, whose spool goes into the log and into objects. */
function start(rig: SpoolRig) {
  const { clock, random } = rig;
  const { spool, publisher: inner, disk } = rig.process();
  const objects = new ScriptedStore(rig.bucket);
  const encoder = new UpdateEncoder({ maxUpdateBytes: 1 << 20, lanes: 1, values: 'shaped' }, rig);
  const publisher = new ObjectPublisher(
    { prefix, server: 'alpha', fleetId: 'f1'.repeat(16), retry, maxPendingBytes: 1 << 20 },
    { publisher: inner, encoder, store: objects, clock, random, logger: silentLogger },
  );
  inner.start();
  spool.attach(publisher);
  return { spool, publisher, objects, disk };
}

async function keys(rig: SpoolRig): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of listAll(rig.bucket, prefix)) found.push(key);
  return found;
}

test('what is in the spool leaves it once it is in the log and an object', async () => {
  const rig = new SpoolRig();
  const { spool, objects } = start(rig);
  objects.script = () => 'lose';
  void spool.publish({ url: 'u', data: 1 });
  await rig.clock.advance(10_000);
  assert.deepEqual([(await rig.found()).length, rig.table.totals().updates], [1, 1]);
  objects.script = () => 'pass';
  await rig.clock.advance(10_000);
  assert.deepEqual([(await keys(rig)).length, rig.table.totals().updates], [1, 0]);
});

test('a refused object stays in the spool with visible trouble, and goes out once it may', async () => {
  const rig = new SpoolRig();
  const { spool, objects } = start(rig);
  objects.script = ({ operation }) => (operation === 'put' ? 'refuse' : 'pass');
  for (const data of [1, 2, 3]) void spool.publish({ url: 'u', data });
  await rig.clock.advance(10_000);
  assert.match(String(spool.snapshot().trouble), /403/);
  assert.equal(rig.table.totals().updates, 3);
  objects.script = () => 'pass';
  await rig.clock.advance(10_000);
  assert.deepEqual([(await keys(rig)).length, rig.table.totals().updates], [3, 0]);
  assert.equal((await rig.found()).length, 3, 'once each in the log');
  assert.equal(spool.snapshot().trouble, undefined);
});

test('a crash before the deletion repeats updates in the log, but no object', async () => {
  const rig = new SpoolRig();
  const before = start(rig);
  // The first commit took the updates in.
  before.disk.death = { at: 2, carriedOut: false };
  for (const data of [1, 2, 3]) void before.spool.publish({ url: 'u', data });
  await rig.clock.advance(1000);
  const written = await keys(rig);
  assert.deepEqual([written.length, rig.table.totals().updates], [3, 3]);

  const after = start(rig);
  await rig.clock.advance(10_000);
  assert.equal(rig.table.totals().updates, 0);
  assert.deepEqual(await keys(rig), written);
  assert.deepEqual(after.objects.keysOf('put'), [], 'looked at, and found to be its own');
});
