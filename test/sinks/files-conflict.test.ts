import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { claimAll, tryClaim } from '../../src/base/path-claims.ts';
import { systemRandom } from '../../src/base/random.ts';
import { FilesSink } from '../../src/sinks/files-sink.ts';
import { WatchRig } from '../sources/watch-rig.ts';
import { sinkControl, sinkUpdate } from './sink-updates.ts';

const name = 'https___example.com_feed.xml.feed';

/** A watched directory in which the sink gets an older update while what stands there by `change` is published. */
async function conflict(change: (path: string) => void): Promise<WatchRig> {
  const delivered = Promise.withResolvers<void>();
  const { hlc } = sinkUpdate({ at: 5 });
  let sink: FilesSink | undefined;
  const rig = new WatchRig({
    answer: async () => {
      const delivery = sink?.deliver([sinkUpdate({ at: 3 })], sinkControl()) ?? Promise.resolve();
      delivery.then(delivered.resolve, delivered.reject);
      // A sink that does not wait is done by then; one that waits may take for ever.
      await Promise.race([delivery, setTimeout(50)]);
      return { id: 'x', hlc, writer: 'own' };
    },
  });
  const parts = { subscription: 'test', files: rig.files, random: systemRandom, keepDeletedMs: 1e9 };
  const settings = { type: 'files', path: rig.root, suffix: '.feed', sidecar: false } as const;
  sink = await FilesSink.open(settings, { ...parts, clock: systemClock });
  await sink.deliver([sinkUpdate({ at: 1 })], sinkControl());
  await rig.start();
  change(rig.path(name));
  await rig.next();
  await delivered.promise;
  await sink.close();
  return rig;
}

test('an older update that comes while an edit is published does not take its place', async () => {
  await using rig = await conflict((path) => writeFileSync(path, 'edited'));
  assert.equal(readFileSync(rig.path(name), 'utf8'), 'edited');
  assert.equal(rig.files.find(rig.path(name))?.writer, 'own');
});

test('nor does it bring back what is being published as deleted', async () => {
  await using rig = await conflict((path) => rmSync(path));
  assert.throws(() => readFileSync(rig.path(name)), { code: 'ENOENT' });
  assert.equal(rig.files.find(rig.path(name))?.digest, null);
});

test('who waits for a claim gets it after its release, or leaves nothing claimed when it gives up', async () => {
  const release = tryClaim('/b');
  assert.equal(tryClaim('/b'), undefined);
  const given = new AbortController();
  const givenUp = claimAll(['/a', '/b'], given.signal);
  const waiting = claimAll(['/b', '/b'], new AbortController().signal);
  given.abort(new Error('enough'));
  await assert.rejects(givenUp, /enough/);
  tryClaim('/a')?.();
  release?.();
  (await waiting)();
  assert.notEqual(tryClaim('/b'), undefined);
});
