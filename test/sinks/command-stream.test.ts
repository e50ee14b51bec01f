import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBucketcastError, PoisonError } from '../../src/base/errors.ts';
import { CommandRig, gone, isRunning, sh, stubborn, troubleOf, updates } from './command-rig.ts';
import { sinkUpdate } from './sink-updates.ts';

/** Notes its pid, then each line that it gets, and runs `answer` for it. */
function stream(answer: string) {
  const script = `echo $$ >> pids; while read -r line; do printf '%s\\n' "$line" >> lines; ${answer}; done`;
  return { ...sh(script), mode: 'stream' } as const;
}

const lines = (rig: CommandRig) => rig.read('lines').split('\n').length;
const pids = (rig: CommandRig) => rig.read('pids').split('\n').map(Number);
const times = (rig: CommandRig) => rig.control.acknowledged.map(({ sequence }) => sequence);

test('one process takes delivery after delivery, a line for each', async () => {
  const rig = new CommandRig(stream('echo ok'));
  for (const update of updates(3)) await rig.deliver(update);
  assert.equal(lines(rig), 3);
  assert.equal(pids(rig).length, 1);
  assert.equal(times(rig).at(-1), 3);
  await rig.sink.close();
  assert.equal(isRunning(pids(rig)[0] as number), false);
});

test('updates are acknowledged as answers come, and those without an answer come again, to a new process', async () => {
  const rig = new CommandRig(stream('case $line in *content?3*) sleep 60;; esac; echo ok'));
  const batch = updates(3);
  const delivery = troubleOf(rig.deliver(...batch));
  while (times(rig).at(-1) !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
  rig.timeOut();
  const error = await delivery;
  assert.ok(isBucketcastError(error, 'sink-unavailable'));
  assert.match(error.message, /did not answer within 20000 ms and was killed/);
  await gone(pids(rig)[0] as number);
  const again = troubleOf(rig.deliver(batch[2] as (typeof batch)[0]));
  while (pids(rig).length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await rig.sink.close();
  assert.ok(isBucketcastError(await again, 'sink-unavailable'));
});

test('an answer with an error blames its update, and those behind it are not asked again', async () => {
  const rig = new CommandRig(
    stream('case $line in *content?2*) echo \'{"error": "no such feed"}\';; *) echo ok;; esac'),
  );
  const batch = updates(4);
  const error = await troubleOf(rig.deliver(...batch));
  assert.ok(error instanceof PoisonError);
  assert.equal(error.update, batch[1]);
  assert.equal(error.message, 'the command "sh" refuses it: no such feed');
  assert.equal(times(rig).at(-1), 1, 'what stands behind it is not acknowledged');
  await rig.deliver(...batch.slice(2));
  assert.equal(times(rig).at(-1), 4);
  assert.equal(lines(rig), 4);
  await rig.sink.close();
});

test('several bad updates of a batch are blamed one after the other', async () => {
  const rig = new CommandRig(stream('echo \'{"error": {"code": 5}}\''));
  const [first, second] = updates(2) as [ReturnType<typeof sinkUpdate>, ReturnType<typeof sinkUpdate>];
  for (const [batch, blamed] of [
    [[first, second], first],
    [[second], second],
  ] as const) {
    const error = await troubleOf(rig.deliver(...batch));
    assert.ok(error instanceof PoisonError && error.update === blamed);
    assert.match(error.message, /\{"code":5\}/);
  }
  assert.equal(lines(rig), 2);
  await rig.sink.close();
});

test('a process that ends before it has answered is trouble, whatever its exit code and half an answer', async () => {
  for (const [end, how] of [
    ['exit 0', /ended with exit code 0 before it had answered/],
    ['echo gone >&2; exit 3', /ended with exit code 3 before it had answered: gone/],
    ['printf ok; exit 0', /exit code 0/],
    ['printf \'{"error"\'; kill -9 $$', /was ended by SIGKILL/],
  ] as const) {
    const rig = new CommandRig(stream(`case $line in *content?2*) ${end};; esac; echo ok`));
    const error = await troubleOf(rig.deliver(...updates(3)));
    assert.ok(isBucketcastError(error, 'sink-unavailable'));
    assert.match(error.message, how);
    assert.equal(times(rig).at(-1), 1);
  }
});

test('a process that ends between deliveries is started again by the next one', async () => {
  const rig = new CommandRig(stream('echo ok; exit 0'));
  for (const update of updates(3)) {
    rig.logged.length = 0;
    await rig.deliver(update);
    await rig.said(/has ended/);
  }
  assert.equal(pids(rig).length, 3);
});

test('a line that answers nothing is trouble, before it is taken for the next answer', async () => {
  const rig = new CommandRig(stream("printf 'ok\\nready\\n'"));
  const error = await troubleOf(rig.deliver(sinkUpdate()));
  assert.ok(isBucketcastError(error, 'sink-unavailable'));
  assert.match(error.message, /answers nothing/);
  await gone(pids(rig)[0] as number);
});

test('an answer without an end is trouble, and does not fill the memory', async () => {
  const rig = new CommandRig(stream('head -c 300000 /dev/zero; echo'));
  const error = await troubleOf(rig.deliver(sinkUpdate()));
  assert.match(error.message, /too long for an answer/);
});

test('megabytes go through to a program that takes its time', async () => {
  const script = `let n = 0; require('readline').createInterface(process.stdin).on('line', (line) => { JSON.parse(line);
    process.stdin.pause(); setTimeout(() => { process.stdin.resume(); console.log(++n); }, n % 20 ? 0 : 5); })`;
  const rig = new CommandRig({ command: [process.execPath, '-e', script], mode: 'stream' });
  const batch = updates(100).map((update) => ({ ...update, content: 'x'.repeat(50_000) }));
  await rig.deliver(...batch);
  assert.equal(times(rig).at(-1), 100);
  await rig.sink.close();
});

test('a program that does not read is killed in time, although nothing more can be written to it', async () => {
  const rig = new CommandRig({ ...sh('echo $$ > pids; exec sleep 60'), mode: 'stream' });
  const delivery = troubleOf(rig.deliver(sinkUpdate({ content: 'x'.repeat(1 << 20) }), ...updates(2)));
  const pid = Number(await rig.written('pids'));
  rig.timeOut();
  assert.match((await delivery).message, /did not answer/);
  await gone(pid);
});

for (const [what, stop] of [
  ['nobody waits for it any more', (rig: CommandRig) => rig.control.abort()],
  ['the sink is closed', (rig: CommandRig) => void rig.sink.close()],
] as const) {
  test(`a process is killed with its group once ${what}`, async () => {
    const rig = new CommandRig({ ...sh(`${stubborn}; cat > input`), mode: 'stream' });
    const delivery = troubleOf(rig.deliver(sinkUpdate()));
    const child = Number(await rig.written('child'));
    stop(rig);
    assert.ok(['closed', 'sink-unavailable'].includes((await delivery).code));
    await gone(child);
  });
}

test('closing ends an idle process with what it has started, and can be done twice', async () => {
  const rig = new CommandRig({ ...sh(`${stubborn}; while read -r line; do echo ok; done`), mode: 'stream' });
  await rig.deliver(sinkUpdate());
  await rig.sink.close();
  await rig.sink.close();
  await gone(Number(rig.read('child')));
});

test('a program that cannot be started is trouble, and is started when it is there', async () => {
  const rig = new CommandRig({ command: ['./later.sh'], mode: 'stream' });
  const error = await troubleOf(rig.deliver(sinkUpdate()));
  assert.ok(isBucketcastError(error, 'sink-unavailable'));
  assert.match(
    error.message,
    /"\.\/later\.sh" could not be started: .* is no program that this user can run/,
  );
  assert.equal(error.details['errno'], 'ENOENT');
});
