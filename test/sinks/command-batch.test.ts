import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BucketcastError, isBucketcastError, PoisonError } from '../../src/base/errors.ts';
import { updateLine } from '../../src/sinks/update-line.ts';
import { CommandRig, gone, isRunning, sh, stubborn, troubleOf, updates } from './command-rig.ts';
import { sinkUpdate } from './sink-updates.ts';

test('a run gets its batch as lines on standard input, and exit code 0 takes all of it', async () => {
  const rig = new CommandRig(sh('cat > input'));
  const batch = updates(3);
  await rig.deliver(...batch);
  assert.equal(rig.read('input'), batch.map(updateLine).join('\n'));
  await rig.deliver(sinkUpdate({ at: 9 }));
  assert.equal(rig.read('input'), updateLine(sinkUpdate({ at: 9 })));
});

test('any other exit code is trouble, with the last that the program said and without its arguments', async () => {
  const rig = new CommandRig(sh('echo first >&2; echo "no such table" >&2; exit 3 # secret-argument'));
  const error = await troubleOf(rig.deliver(...updates(2)));
  assert.ok(isBucketcastError(error, 'sink-unavailable'));
  assert.equal(error.message, 'the command "sh" ended with exit code 3: no such table');
  assert.deepEqual(error.details, { program: 'sh', exitCode: 3, stderr: 'first\nno such table' });
});

test('a run that is ended by a signal is trouble', async () => {
  const error = await troubleOf(new CommandRig(sh('kill -9 $$')).deliver(sinkUpdate()));
  assert.ok(isBucketcastError(error, 'sink-unavailable'));
  assert.deepEqual(error.details, { program: 'sh', signal: 'SIGKILL' });
});

test('the poison exit code blames the update, or the batch when it has several', async () => {
  const rig = new CommandRig({ ...sh('echo "bad row" >&2; exit 7'), poisonExitCode: 7 });
  const [update] = updates(1);
  const one = await troubleOf(rig.deliver(update as typeof update & object));
  assert.ok(one instanceof PoisonError);
  assert.equal(one.update, update);
  assert.match(one.message, /exit code 7: bad row$/);
  const several = await troubleOf(rig.deliver(...updates(2)));
  assert.ok(several instanceof PoisonError);
  assert.equal(several.update, undefined);
});

test('a program that does not read what it gets decides by its exit code all the same', async () => {
  const large = sinkUpdate({ content: 'x'.repeat(1 << 20) });
  await new CommandRig(sh('exit 0')).deliver(large);
  await assert.rejects(new CommandRig(sh('exec <&-; exit 4')).deliver(large), { code: 'sink-unavailable' });
});

test('a program that neither reads nor ends is killed in time with all that it has started', async () => {
  const rig = new CommandRig(sh(`${stubborn}; sleep 60`));
  const delivery = troubleOf(rig.deliver(sinkUpdate({ content: 'x'.repeat(1 << 20) })));
  const child = Number(await rig.written('child'));
  rig.timeOut();
  const error = await delivery;
  assert.ok(isBucketcastError(error, 'sink-unavailable'));
  assert.match(error.message, /did not end within 20000 ms and was killed/);
  assert.match(error.hint ?? '', /timeoutMs/);
  await gone(child);
});

test('what a run leaves running in the background ends with it', async () => {
  const rig = new CommandRig(sh(`${stubborn}; cat > input`));
  await rig.deliver(sinkUpdate());
  await gone(Number(rig.read('child')));
  assert.notEqual(rig.read('input'), '');
});

for (const [what, stop] of [
  ['nobody waits for it any more', (rig: CommandRig) => rig.control.abort()],
  ['the sink is closed', (rig: CommandRig) => void rig.sink.close()],
] as const) {
  test(`a run is killed with its group once ${what}`, async () => {
    const rig = new CommandRig(sh(`${stubborn}; sleep 60`));
    const delivery = troubleOf(rig.deliver(sinkUpdate()));
    const child = Number(await rig.written('child'));
    assert.ok(isRunning(child));
    stop(rig);
    assert.ok(['closed', 'sink-unavailable'].includes((await delivery).code));
    await gone(child);
  });
}

test('a delivery that nobody waits for starts nothing', async () => {
  const rig = new CommandRig(sh('echo started > file'));
  rig.control.abort();
  await assert.rejects(rig.deliver(sinkUpdate()), { code: 'closed' });
  assert.equal(rig.read('file'), '');
});

test('an update that cannot be read keeps the run from being started', async () => {
  const rig = new CommandRig(sh('echo started > file'));
  const unreadable = Object.defineProperty(sinkUpdate(), 'content', {
    get() {
      throw new BucketcastError('corrupt', 'not JSON');
    },
  });
  await assert.rejects(rig.deliver(sinkUpdate(), unreadable), { code: 'corrupt' });
  assert.equal(rig.read('file'), '');
});

test('a program has the environment of the node without the variables of Bucketcast, and what the settings add', async () => {
  const rig = new CommandRig({
    ...sh('env > seen'),
    environment: { TABLE: 'feeds', LANG: 'C' },
    own: { PATH: process.env['PATH'], LANG: 'de', BUCKETCAST_STORE_SECRET_ACCESS_KEY: 'hidden', HOME: '/' },
  });
  await rig.deliver(sinkUpdate());
  const seen = rig.read('seen').split('\n');
  for (const line of ['TABLE=feeds', 'LANG=C', 'HOME=/']) assert.ok(seen.includes(line), line);
  assert.ok(!rig.read('seen').includes('BUCKETCAST'));
});
