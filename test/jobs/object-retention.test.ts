import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../src/base/logger.ts';
import { ObjectRetention } from '../../src/jobs/object-retention.ts';
import { deleteOldObjects } from '../../src/jobs/old-objects.ts';
import { listAll } from '../../src/store/list-all.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { ScriptedStore } from '../publish/scripted-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const prefix = 'feed-updates/';

function rig(maxAgeMs = HOUR) {
  const clock = new FakeClock();
  const bucket = new MemoryStore({ clock });
  const store = new ScriptedStore(bucket);
  const warnings: string[] = [];
  const logger = {
    ...silentLogger,
    warn: (facts: object, message?: string) => void warnings.push(`${message} ${JSON.stringify(facts)}`),
  };
  const retention = new ObjectRetention(
    { prefix, maxAgeMs, server: 'web1', intervalMs: 10 * MINUTE },
    { store, clock, random: new SeededRandom(1), logger },
  );
  const put = (name: string) => bucket.put(`${prefix}${name}`, Buffer.from('{"url":"u"}'));
  const left = async () => {
    const names: string[] = [];
    for await (const { key } of listAll(bucket, '')) names.push(key.slice(prefix.length));
    return names;
  };
  return { clock, bucket, store, warnings, retention, put, left };
}

const signal = new AbortController().signal;

test("a server's own objects go when they are old, and nothing of anybody else", async () => {
  const { clock, retention, put, left } = rig();
  for (const name of ['web1/a_1.json', 'web1/notes.txt', 'web2/a_1.json', 'web11/a_1.json']) await put(name);
  await clock.advance(40 * MINUTE);
  await put('web1/b_2.json');
  retention.start();
  await clock.advance(50 * MINUTE);
  assert.deepEqual(await left(), ['web1/b_2.json', 'web1/notes.txt', 'web11/a_1.json', 'web2/a_1.json']);
  await clock.advance(HOUR);
  assert.deepEqual(await left(), ['web1/notes.txt', 'web11/a_1.json', 'web2/a_1.json']);
  retention.stop();
  await clock.advance(0);
  assert.equal(clock.pending, 0);
});

test('while nothing can be due, nothing is listed', async () => {
  const { clock, store, retention, put } = rig(100 * HOUR);
  await put('web1/a_1.json');
  retention.start();
  await clock.advance(20 * MINUTE);
  assert.equal(store.keysOf('list').length, 1);
  await clock.advance(50 * HOUR);
  assert.equal(store.keysOf('list').length, 1);
  retention.stop();
});

test('an age of 0 keeps everything', async () => {
  const { clock, store, retention } = rig(0);
  retention.start();
  await clock.advance(10 * HOUR);
  assert.deepEqual(store.calls, []);
});

test('a store that refuses is told once with what it lacks, and asked again later', async () => {
  const { clock, store, warnings, retention, put, left } = rig();
  await put('web1/a_1.json');
  await clock.advance(2 * HOUR);
  store.script = ({ operation }) => (operation === 'delete' ? 'refuse' : 'pass');
  retention.start();
  await clock.advance(20 * MINUTE);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /could not be deleted.*s3:DeleteObject on its own folder/);
  store.script = () => 'pass';
  await clock.advance(20 * MINUTE);
  assert.deepEqual(await left(), []);
  retention.stop();
});

test('all folders are cleaned on request, and a dry run only counts', async () => {
  const { clock, bucket, put, left } = rig();
  for (const name of ['web1/a_1.json', 'web1/b_1.json', 'web2/a_1.json']) await put(name);
  await clock.advance(2 * HOUR);
  const settings = { prefix, maxAgeMs: HOUR };
  const dry = await deleteOldObjects({ ...settings, dryRun: true }, { store: bucket, signal });
  assert.deepEqual(dry, {
    folders: [
      { server: 'web1', objects: 2, bytes: 22 },
      { server: 'web2', objects: 1, bytes: 11 },
    ],
    failed: [],
  });
  assert.equal((await left()).length, 3);
  await deleteOldObjects({ ...settings, server: 'web1' }, { store: bucket, signal });
  assert.deepEqual(await left(), ['web2/a_1.json']);
  await deleteOldObjects(settings, { store: bucket, signal });
  assert.deepEqual(await left(), []);
});
