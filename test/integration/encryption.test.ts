import assert from 'node:assert/strict';
import { listAll } from '../../src/store/list-all.ts';
import { lookInto } from './bucket-view.ts';
import { Fleet } from './fleet.ts';
import { type StoreSettings, testOnCeph, testOnFiles } from './stores.ts';

const [first, second] = ['1', '2'].map((digit) => ({ id: `key${digit}`, secret: digit.repeat(64) }));
const oldOnly = { keys: [first!], active: 'key1' };
const newOnly = { keys: [second!], active: 'key2' };
const both = { keys: [first!, second!], active: 'key1' };

testOnCeph('a reader without the key gets nothing until it has it, and then all of it', async (t, store) => {
  const fleet = new Fleet(t, { store, publish: { tipIntervalMs: 100, compressFromBytes: 1_000_000 } });
  const sealed = fleet.member('sealed', { settings: { encryption: newOnly } });
  const open = fleet.member('open');
  const reader = fleet.member('reader', { settings: { encryption: oldOnly } });
  for (const member of fleet.members) member.start();
  await Promise.all(fleet.members.map((member) => member.ready()));
  await sealed.do({ do: 'publish', prefix: 'secret', count: 30 });
  await open.do({ do: 'publish', prefix: 'public', count: 3 });
  const { reason } = (await reader.event('distrusted')) as { reason: string };
  assert.match(reason, /not in encryption.keys/);
  await reader.do({ do: 'wait-idle' });
  assert.equal(reader.progress.delivered, 3);
  assert.ok((await objectsWith(store, 'public-2')) > 0);
  assert.equal(await objectsWith(store, 'secret-'), 0, 'nobody can read it in the bucket');

  await Promise.all([reader.stop(), open.stop()]);
  for (const member of [reader, open]) member.start({ settings: { ...fleet.settings, encryption: both } });
  await Promise.all([reader.ready(), open.ready()]);
  await fleet.settled();
  const verdict = await fleet.judged();
  assert.deepEqual([verdict.delivered, verdict.lost], [2 * 33, 0]);
});

testOnFiles(
  'a lane that a batch vouches for and whose segments cannot be opened is blocked, not skipped',
  async (t, store) => {
    const fleet = new Fleet(t, {
      store,
      janitor: { quietMs: 1500 },
      publish: { retireAfterMs: 1000, tipIntervalMs: 100 },
    });
    const writer = fleet.member('writer', { settings: { encryption: newOnly } });
    const janitor = fleet.member('janitor', { settings: { encryption: both } });
    const reader = fleet.member('reader', { settings: { encryption: oldOnly } });
    for (const member of fleet.members) member.start();
    await Promise.all(fleet.members.map((member) => member.ready()));
    await writer.do({ do: 'publish', prefix: 'w', count: 30 });
    await writer.stop();
    await janitor.event('parked');
    const { reason, hint } = (await reader.event('blocked')) as { reason: string; hint: string };
    assert.equal(reason, 'unknown-key');
    assert.match(hint, /key2/);
    assert.equal(reader.progress.delivered, 0);

    await reader.kill();
    reader.start({ settings: { ...fleet.settings, encryption: both } });
    await reader.ready();
    await reader.reached({ delivered: 30 });
    await fleet.settled();
    const verdict = await fleet.judged();
    assert.deepEqual([verdict.delivered, verdict.repeats, verdict.lost], [2 * 30, 0, 0]);
  },
);

/** How many objects of the bucket have the text in their bytes. */
function objectsWith(settings: StoreSettings, text: string): Promise<number> {
  return lookInto(settings, async (store) => {
    let count = 0;
    for await (const { key } of listAll(store, '')) {
      const answer = await store.get(key);
      if (answer.status === 'found' && Buffer.from(answer.body).includes(text)) count += 1;
    }
    return count;
  });
}
