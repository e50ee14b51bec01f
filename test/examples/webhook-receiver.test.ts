import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/base/clock.ts';
import { control, failureOf, openSink, update } from '../sinks/webhook-rig.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { end } from '../support/processes.ts';

test('webhook-receiver: takes what is signed and fresh, once', async (t) => {
  const secret = 'at least sixteen characters';
  const script = fileURLToPath(new URL('../../examples/webhook-receiver.ts', import.meta.url));
  const receiver = spawn(process.execPath, [script], {
    env: { ...process.env, SECRET: secret, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => end(receiver));
  const lines = createInterface(receiver.stdout)[Symbol.asyncIterator]();
  const line = async () => String((await lines.next()).value);
  const url = /http:\S+/.exec(await line())?.[0] as string;

  const now = new FakeClock(systemClock.now());
  const sink = openSink(t, url, { secret }, { clock: now });
  const a = update('a');
  await sink.deliver([a, update('b', { kind: 'delete', content: null })], control());
  assert.deepEqual(
    [await line(), await line()],
    ['put https://example.com/a', 'delete https://example.com/b'],
  );

  for (const [settings, clock] of [
    [{ secret: 'another of sixteen characters' }, now],
    [{}, now],
    [{ secret }, new FakeClock(systemClock.now() - 600_000)],
  ] as const) {
    const error = await failureOf(openSink(t, url, settings, { clock }).deliver([a], control()));
    assert.match(error.message, /answered 401/);
  }

  const other = openSink(t, url, { secret }, { clock: now });
  await other.deliver([a, update('b')], control());
  assert.match(await line(), /^had [0-9a-f]{32} before$/);
});
