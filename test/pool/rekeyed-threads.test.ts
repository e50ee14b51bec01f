import assert from 'node:assert/strict';
import { it } from 'node:test';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { LiveKeys } from '../../src/log/live-keys.ts';
import { openStore } from '../../src/store/open-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { exited, startPool } from './pool-rig.ts';
import { putSegment, sealing, taskOf, updates } from './segment-maker.ts';

it('threads that run are given new keys, and so is one that is started afterwards', async (t) => {
  const url = `file:${temporaryDirectory()}`;
  const store = await openStore(url);
  t.after(() => store.close());
  await putSegment(store, taskOf(1, 0), updates(3), sealing);
  const keys = new LiveKeys(noKeys);
  const clock = new FakeClock();
  const { pool, workers, lost } = await startPool(t, { store: { url }, keys, threads: 2, clock });
  const status = async () => {
    const outcomes = await Promise.all([1, 1, 1].map((writer) => pool.fetch(taskOf(writer, 0))));
    return [...new Set(outcomes.map((outcome) => outcome.status))];
  };
  assert.deepEqual(await status(), ['unknown-key']);

  assert.equal(keys.replace({ ...sealing, required: true }), true);
  await pool.rekeyed();
  assert.deepEqual(await status(), ['fetched']);

  await putSegment(store, taskOf(2, 0), updates(3), noKeys);
  const plain = await pool.fetch(taskOf(2, 0));
  assert.equal(plain.status, 'corrupt', 'the keys say that plaintext is refused');

  for (const worker of workers.slice()) {
    const end = exited(worker);
    void worker.terminate();
    await end;
  }
  assert.equal(lost.length, 2);
  await clock.advance(60_000);
  assert.deepEqual(await status(), ['fetched']);
});
