import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { it } from 'node:test';
import { WatchRig } from '../sources/watch-rig.ts';

const count = 10_000;

it('10,000 files that appear at once are published, a few at a time, and known after a restart', async () => {
  let underWay = 0;
  let most = 0;
  const answer = async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    return { id: 'x' };
  };
  const first = new WatchRig({ answer, settings: { settleMs: 50 } });
  mkdirSync(first.path('d'));
  await first.start();
  // Nobody reads events meanwhile: those beyond the length of the kernel's queue are lost.
  for (let n = 0; n < count; n += 1) writeFileSync(first.path(`d/${n}.feed`), 'x');
  await first.until(() => first.updates.length >= count);
  assert.equal(first.updates.length, count, 'each once');
  assert.equal(new Set(first.updates.map(({ url }) => url)).size, count);
  assert.ok(most <= 32, `${most} under way at once`);
  await first.watcher.stop();

  await using second = new WatchRig({ root: first.root, files: first.files, settings: { settleMs: 50 } });
  await second.start();
  assert.deepEqual(second.updates, []);
  assert.equal(second.watcher.snapshot().files, count);
});
