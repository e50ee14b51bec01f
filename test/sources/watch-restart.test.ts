import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { FileRecord } from '../../src/state/file-table.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeTree, WatchRig } from './watch-rig.ts';

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** Does what the files sink does, in its order. */
function sinkWrites(
  rig: WatchRig,
  name: string,
  text: string | null,
  stop: 'before' | 'after' | 'never' = 'never',
) {
  const path = rig.path(name);
  const known = rig.files.find(path);
  const digest = text === null ? null : digestOf(text);
  const record: FileRecord = {
    path,
    url: `https://sink.example/${name}`,
    digest,
    pending: undefined,
    hlc: 'f'.repeat(16),
    writer: 'w',
  };
  rig.files.put([{ ...record, digest: known?.digest ?? null, pending: digest }]);
  if (stop === 'before') return;
  if (text === null) rmSync(path);
  else writeFileSync(path, text);
  if (stop === 'after') return;
  rig.files.put([record]);
}

describe('file watcher after a restart', () => {
  it('publishes what was made, changed and deleted while it was stopped, and nothing else', async () => {
    const first = new WatchRig();
    for (const name of ['a', 'b', 'c', 'd']) first.write(`${name}.feed`, name);
    await first.start();
    await first.watcher.stop();
    first.write('b.feed', 'changed');
    first.remove('c.feed');
    first.write('e.feed', 'e');
    first.write('d.feed', 'd');
    await using rig = new WatchRig({ root: first.root, files: first.files });
    await rig.start();
    assert.deepEqual((await rig.next(3)).sort(), ['delete c', 'put b changed', 'put e e']);
    assert.deepEqual(await rig.all(), []);
  });

  it('does not read again what it has read, once the file has rested', async () => {
    const clock = new FakeClock(Date.now() + 60_000);
    const options = { clock, openEvents: new FakeTree().open };
    const first = new WatchRig(options);
    first.write('a.feed', 'a');
    await first.startOn(clock);
    await first.watcher.stop();
    const record = first.files.find(first.path('a.feed')) as FileRecord;
    assert.equal(typeof record.stamp, 'string');
    // A wrong digest shows whether anybody looks.
    first.files.put([{ ...record, digest: digestOf('other') }]);
    const second = new WatchRig({ ...options, root: first.root, files: first.files });
    await second.startOn(clock);
    await second.watcher.stop();
    assert.deepEqual(second.updates, []);
  });

  it('tells URLs anew when the rule has changed, and takes the old ones back', async () => {
    const first = new WatchRig();
    first.write('a.feed', 'a');
    await first.start();
    await first.watcher.stop();
    await using rig = new WatchRig({
      root: first.root,
      files: first.files,
      settings: { urlFrom: 'x:{name}' },
    });
    await rig.start();
    assert.deepEqual(await rig.next(2), ['put x:a.feed a', 'delete a']);
  });

  it('a deletion is remembered with its time, which keeps an older update from bringing the file back', async () => {
    await using rig = new WatchRig();
    rig.write('a.feed', 'a');
    await rig.start();
    rig.remove('a.feed');
    await rig.next(2);
    await rig.all();
    const { digest, hlc } = rig.files.find(rig.path('a.feed')) as FileRecord;
    assert.deepEqual([digest, hlc], [null, '0'.repeat(16)]);
  });
});

describe('file watcher and files sink in one directory', () => {
  it('what the sink writes and deletes is never published back, at whatever moment it is looked at', async () => {
    for (const stop of ['never', 'after'] as const) {
      await using rig = new WatchRig();
      rig.write('old.feed', 'old');
      await rig.start();
      await rig.next();
      sinkWrites(rig, 'new.feed', 'one', stop);
      sinkWrites(rig, 'old.feed', 'two', stop);
      assert.deepEqual(await rig.all(), []);
      sinkWrites(rig, 'new.feed', 'three', stop);
      sinkWrites(rig, 'old.feed', null, stop);
      assert.deepEqual(await rig.all(), []);
    }
  });

  it('what the sink did while the watcher was away is no news either', async () => {
    const first = new WatchRig();
    await first.start();
    await first.watcher.stop();
    sinkWrites(first, 'a.feed', 'one');
    sinkWrites(first, 'b.feed', 'one', 'after');
    sinkWrites(first, 'c.feed', 'one', 'before');
    await using rig = new WatchRig({ root: first.root, files: first.files });
    await rig.start();
    assert.deepEqual(await rig.all(), []);
  });

  it('a change by hand of what the sink wrote is published under the URL that it came with', async () => {
    await using rig = new WatchRig();
    await rig.start();
    sinkWrites(rig, 'a.feed', 'one');
    assert.deepEqual(await rig.all(), []);
    rig.write('a.feed', 'by hand');
    assert.deepEqual(await rig.all(1), ['put https://sink.example/a.feed by hand']);
    rig.remove('a.feed');
    assert.deepEqual(await rig.all(1), ['delete https://sink.example/a.feed']);
  });

  it('what the sink does while a publish of the same file is under way stays noted as the sink did it', async () => {
    const answered = Promise.withResolvers<{ id: string }>();
    const asked = Promise.withResolvers<void>();
    const answer = async (update: { url: string }) => {
      if (update.url !== 'a') return { id: 'x' };
      asked.resolve();
      return answered.promise;
    };
    await using rig = new WatchRig({ answer });
    await rig.start();
    rig.write('a.feed', 'by hand');
    await asked.promise;
    sinkWrites(rig, 'a.feed', 'from the sink');
    answered.resolve({ id: 'x' });
    assert.deepEqual(await rig.all(1), ['put a by hand']);
    assert.equal(rig.files.find(rig.path('a.feed'))?.digest, digestOf('from the sink'));
    assert.deepEqual(await rig.all(), []);
  });
});
