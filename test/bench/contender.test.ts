import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { startProcess } from '../../bench/support/bench-process.ts';
import { commandContender, processContender } from '../../bench/support/contender.ts';

const facts = { name: 'somebody', count: 3 };
const { signal } = new AbortController();
const speaker = (script: string) => processContender(facts, [process.execPath, '-e', script]);

test('a contender is told to go once it is ready, and its measurement is taken', async () => {
  const measurement = await speaker(`
    console.log('{"ready":true}');
    process.stdin.once('data', () => { console.log('{"seconds":0.5,"count":3}'); process.exit(); });
  `).measure(signal);
  assert.deepEqual(measurement, { seconds: 0.5, count: 3 });
});

test('a contender that fails is told of with what it said', async () => {
  const failing = speaker(`console.error('no such stream'); process.exit(3)`);
  await assert.rejects(failing.measure(signal), /ended with 3\nno such stream/);
});

test('a contender that says nothing has not measured', async () => {
  await assert.rejects(speaker('').measure(signal), /ended without a measurement/);
});

test('an interrupted bench ends a process with what that has started', async () => {
  const interrupt = new AbortController();
  const child = startProcess(['bash', '-c', 'sleep 1000 & echo started; wait'], interrupt.signal);
  await once(child.stdout, 'data');
  interrupt.abort(new Error('interrupted'));
  // Its pipes end only with the last who holds them.
  await assert.rejects(child.succeeded, /interrupted/);
});

test('a command is measured with the processor time of its children', async () => {
  const burn = `for (const from = process.cpuUsage().user; process.cpuUsage().user < from + 60_000; ) {}`;
  const command = ['bash', '-c', '"$0" -e "$1"; true', process.execPath, burn];
  const contender = commandContender(facts, async () => ({ command, verify: async () => 3 }));
  const { cpuSeconds, count, seconds } = await contender.measure(signal);
  assert.equal(count, 3);
  assert.ok(cpuSeconds! >= 0.06 && seconds > 0);
});
