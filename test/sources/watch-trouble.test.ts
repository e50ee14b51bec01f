import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BucketcastError, isBucketcastError } from '../../src/base/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeTree, type RigOptions, WatchRig } from './watch-rig.ts';

const rescanMs = 60_000;

async function rigOn(options: RigOptions = {}, names = ['a']) {
  const clock = new FakeClock();
  const tree = new FakeTree();
  const rig = new WatchRig({
    clock,
    openEvents: tree.open,
    ...options,
    settings: { rescanMs, ...options.settings },
  });
  for (const name of names) rig.write(`${name}.feed`, name);
  return { clock, tree, rig };
}

const failures = (rig: WatchRig) =>
  rig.told.flatMap((event) => ('error' in event ? [(event.error as Error).message] : []));
const hasRecovered = (rig: WatchRig) => rig.told.some((event) => !('error' in event) && !('what' in event));

describe('file watcher in trouble', () => {
  it('a directory that goes away and comes back is trouble, and no deletion', async () => {
    const { clock, tree, rig } = await rigOn({}, ['a', 'b']);
    await using _ = rig;
    await rig.startOn(clock);
    rig.updates.length = 0;
    renameSync(rig.root, `${rig.root}.away`);
    for (const path of ['a.feed', 'b.feed', '']) tree.heard(path);
    await rig.drive(clock, () => failures(rig).length > 2);
    assert.match(failures(rig)[0] as string, /does not exist/);
    assert.ok(isBucketcastError(rig.watcher.snapshot().trouble, 'source-unavailable'));
    assert.equal(tree.closed, 1);
    rmSync(join(`${rig.root}.away`, 'b.feed'));
    renameSync(`${rig.root}.away`, rig.root);
    await rig.drive(clock, () => hasRecovered(rig) && rig.updates.length > 0);
    assert.deepEqual(await rig.next(), ['delete b'], 'what is really gone');
    assert.equal(rig.watcher.snapshot().trouble, undefined);
    assert.equal(tree.opened, 2);
  });

  it('a directory that does not exist at the start is waited for', async () => {
    const { clock, rig } = await rigOn({}, []);
    await using _ = rig;
    rmSync(rig.root, { recursive: true });
    rig.watcher.start();
    await rig.drive(clock, () => failures(rig).length > 3);
    mkdirSync(rig.root);
    rig.write('a.feed', '1');
    await rig.drive(clock, () => rig.updates.length === 1);
    await rig.watcher.ready();
  });

  it('an empty directory in place of a full one is a mount that lacks its disk', async () => {
    const { clock, tree, rig } = await rigOn();
    await using _ = rig;
    await rig.startOn(clock);
    rig.updates.length = 0;
    renameSync(rig.root, `${rig.root}.disk`);
    mkdirSync(rig.root);
    tree.heard('a.feed');
    await rig.drive(clock, () => failures(rig).length > 0);
    assert.match(failures(rig)[0] as string, /is empty, and not the one that was there before/);
    rig.write('b.feed', 'there is somebody');
    await rig.drive(clock, () => rig.updates.length === 2);
    assert.deepEqual((await rig.next(2)).sort(), ['delete a', 'put b there is somebody']);
  });

  it('a directory whose last file is deleted is empty, and that is published', async () => {
    const { clock, tree, rig } = await rigOn();
    await using _ = rig;
    await rig.startOn(clock);
    rig.updates.length = 0;
    rig.remove('a.feed');
    tree.heard('a.feed');
    await rig.drive(clock, () => rig.updates.length === 1);
    assert.deepEqual(await rig.next(), ['delete a']);
  });

  it('what no event told of is found by the next scan, and what is unchanged is not published again', async () => {
    const { clock, rig } = await rigOn({}, ['a', 'b', 'c']);
    await using _ = rig;
    await rig.startOn(clock);
    rig.updates.length = 0;
    rig.write('a.feed', 'changed');
    rig.remove('b.feed');
    rig.write('new/d.feed', 'd');
    await rig.rescan(clock, rescanMs);
    assert.deepEqual((await rig.next(3)).sort(), ['delete b', 'put a changed', 'put d d']);
    await rig.rescan(clock, rescanMs);
    assert.deepEqual(rig.updates, []);
  });

  it('where the kernel gives no more watches it scans instead, says what to raise, and tries again', async () => {
    const { clock, tree, rig } = await rigOn();
    await using _ = rig;
    await rig.startOn(clock);
    rig.updates.length = 0;
    for (let times = 0; times < 3; times += 1) tree.failed('ENOSPC');
    await rig.drive(clock, () => tree.closed === 1);
    assert.equal(failures(rig).length, 1);
    assert.match((rig.watcher.snapshot().trouble as BucketcastError).hint ?? '', /max_user_watches/);
    const before = clock.monotonic();
    rig.write('a.feed', 'changed');
    await rig.drive(clock, () => rig.updates.length === 1);
    assert.ok(clock.monotonic() - before < 12_000, 'sooner than by the usual scans');
    await rig.drive(clock, () => hasRecovered(rig));
    assert.equal(tree.opened, 2);
    assert.equal(rig.watcher.snapshot().trouble, undefined);
  });

  it('other trouble with events makes it look for what they may have missed', async () => {
    const { clock, tree, rig } = await rigOn();
    await using _ = rig;
    await rig.startOn(clock);
    rig.updates.length = 0;
    rig.write('a.feed', 'changed');
    tree.failed('EIO');
    await rig.drive(clock, () => rig.updates.length === 1);
    assert.ok(clock.monotonic() < rescanMs);
  });

  it('a flood of events makes it scan, for some of them may be lost', async () => {
    const { clock, tree, rig } = await rigOn();
    await using _ = rig;
    await rig.startOn(clock);
    rig.updates.length = 0;
    rig.write('lost.feed', '1');
    for (let n = 0; n < 1000; n += 1) tree.heard(`other-${n}.txt`);
    await rig.drive(clock, () => rig.updates.length === 1);
    assert.ok(clock.monotonic() < rescanMs);
  });

  it('publishing that fails is tried again later, and told once each time however many files wait', async () => {
    let isAway = true;
    const answer = async () => {
      if (isAway) throw new BucketcastError('store-unavailable', 'no answer');
      return { id: 'x' };
    };
    const { clock, rig } = await rigOn({ answer }, ['a', 'b', 'c']);
    await using _ = rig;
    rig.watcher.start();
    await rig.drive(clock, () => failures(rig).length === 3);
    assert.deepEqual(failures(rig), ['no answer', 'no answer', 'no answer']);
    assert.equal(rig.watcher.snapshot().pending, 3);
    isAway = false;
    await rig.drive(clock, () => rig.updates.length === 3 && hasRecovered(rig));
    await rig.watcher.ready();
  });

  it('an update that cannot be published as it is does not hold up the others', async () => {
    const answer = async ({ url }: { url: string }) => {
      if (url === 'b') throw new BucketcastError('invalid-update', 'too large for a segment');
      return { id: 'x' };
    };
    const { clock, rig } = await rigOn({ answer }, ['a', 'b', 'c']);
    await using _ = rig;
    await rig.startOn(clock);
    assert.equal(rig.updates.length, 2);
    assert.deepEqual(rig.told, [
      { source: `watch ${rig.root}`, what: 'b.feed', reason: 'too large for a segment' },
    ]);
  });

  it('a file is read once it has not changed for the settling time, however long that takes', async () => {
    const { clock, tree, rig } = await rigOn({ settings: { settleMs: 1000 } }, []);
    await using _ = rig;
    await rig.startOn(clock);
    for (const text of ['h', 'ha', 'hal', 'half', 'whole']) {
      writeFileSync(rig.path('a.feed'), text);
      tree.heard('a.feed');
      await clock.advance(900);
    }
    // By now it was looked at once, too early.
    await rig.pass(clock, 600);
    writeFileSync(rig.path('a.feed'), 'whole, and without an event');
    await rig.drive(clock, () => rig.updates.length === 1);
    assert.deepEqual(await rig.next(), ['put a whole, and without an event']);
  });

  it('a file that is written to without end is told once, and published when that ends', async () => {
    const { clock, tree, rig } = await rigOn({ settings: { settleMs: 1000 } }, []);
    await using _ = rig;
    await rig.startOn(clock);
    for (let second = 0; second < 70; second += 1) {
      writeFileSync(rig.path('a.feed'), `${second}`);
      tree.heard('a.feed');
      await clock.advance(900);
    }
    assert.equal(rig.told.length, 1);
    assert.match(JSON.stringify(rig.told), /"what":"a\.feed","reason":"is still being written to/);
    assert.deepEqual(rig.updates, []);
    await rig.drive(clock, () => rig.updates.length === 1);
    assert.deepEqual(await rig.next(), ['put a 69']);
  });

  it('a file that moves while its publish is under way is not deleted behind it', async () => {
    const answered = Promise.withResolvers<{ id: string }>();
    let isAsked = false;
    const answer = async ({ url }: { url: string }) => {
      if (url !== 'a' || rig.updates.length === 0) return { id: 'x' };
      isAsked = true;
      return answered.promise;
    };
    const { clock, tree, rig } = await rigOn({ answer });
    await using _ = rig;
    await rig.startOn(clock);
    mkdirSync(rig.path('d'));
    renameSync(rig.path('a.feed'), rig.path('d/a.feed'));
    tree.heard('d/a.feed');
    await rig.drive(clock, () => isAsked);
    tree.heard('a.feed');
    await rig.pass(clock, 400);
    answered.resolve({ id: 'x' });
    await rig.drive(clock, () => rig.watcher.snapshot().pending === 0);
    assert.deepEqual(await rig.next(2), ['put a a', 'put a a']);
  });

  it('stopping waits for answers for a while only, and what was not answered is published at the next start', async () => {
    const never = new Promise<never>(() => {});
    let signal: AbortSignal | undefined;
    const answer = (_update: unknown, _count: number, options: { signal: AbortSignal }) => {
      signal = options.signal;
      return Promise.race([
        never,
        new Promise<never>((_resolve, reject) => {
          options.signal.addEventListener('abort', () => reject(new BucketcastError('closed', 'stopped')));
        }),
      ]);
    };
    const { clock, rig } = await rigOn({ answer });
    rig.watcher.start();
    await rig.drive(clock, () => signal !== undefined);
    let isStopped = false;
    const ready = rig.watcher.ready();
    const stopped = rig.watcher.stop().then(() => {
      isStopped = true;
    });
    await assert.rejects(ready, (error) => isBucketcastError(error, 'closed'));
    assert.equal(signal?.aborted, false);
    await rig.drive(clock, () => isStopped);
    await stopped;
    assert.equal(clock.pending, 0, 'no timer is left');
    await using again = new WatchRig({ root: rig.root, files: rig.files });
    await again.start();
    assert.deepEqual(await again.next(), ['put a a']);
  });
});
