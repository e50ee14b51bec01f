import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Emitter } from '../../src/base/emitter.ts';
import { BucketcastError } from '../../src/base/errors.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import { logEvents } from '../../src/cli/event-log.ts';

interface Line extends Record<string, unknown> {
  readonly level: string;
  readonly message: string;
}

function rig(waitingFor: () => string | undefined = () => undefined) {
  const events = new Emitter<NodeEvents>();
  const clock = { time: 0, monotonic: () => clock.time };
  const lines: Line[] = [];
  const at = (level: string) => (facts: object, message: string) => {
    if (level !== 'debug') lines.push({ level, message, ...facts });
  };
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const stop = new AbortController();
  logEvents(events, logger, { stopping: stop.signal, waitingFor, clock });
  return { events, clock, lines, stop, brief: () => lines.map(({ level, message }) => [level, message]) };
}

const polled = { advanced: 0, requests: 1, durationMs: 1 };
const refused = new BucketcastError('store-unavailable', 'no answer', {
  hint: 'Check it.',
  details: { errno: 'ECONNREFUSED' },
});

it('a store that stays away is told at once, once a minute, and when it is back with how long it was', () => {
  const { events, clock, lines } = rig();
  events.emit('poll', polled);
  for (; clock.time < 90_000; clock.time += 10_000)
    events.emit('poll-failed', { error: refused, retryInMs: 1.4 });
  events.emit('poll', polled);
  events.emit('poll', polled);
  const facts = { error: 'no answer', hint: 'Check it.', retryInMs: 1 };
  const failed = { level: 'warn', message: 'the store could not be polled; it is tried again', ...facts };
  assert.deepEqual(lines, [
    { ...failed, failures: 1, forMs: 0, unsaid: 0 },
    { ...failed, failures: 7, forMs: 60_000, unsaid: 5 },
    { level: 'info', message: 'the store answers again', failures: 9, forMs: 90_000 },
  ]);
});

it('another failure of the store than before is told at once', () => {
  const { events, lines } = rig();
  const denied = new BucketcastError('store-refused', 'denied', { details: { status: 403 } });
  for (const error of [refused, refused, denied, denied]) events.emit('poll-failed', { error, retryInMs: 1 });
  assert.deepEqual(
    lines.map(({ error }) => error),
    ['no answer', 'denied'],
  );
});

it('while a node starts, the line names the store that it waits for', () => {
  let store: string | undefined = 's3://updates';
  const { events, lines } = rig(() => store);
  events.emit('poll-failed', { error: refused, retryInMs: 1 });
  assert.match(String(lines[0]?.message), /goes on starting when it does/);
  assert.equal(lines[0]?.['store'], 's3://updates');
  store = undefined;
  events.emit('poll', polled);
  assert.equal(lines[1]?.message, 'the store answers again');
});

it('each sink has its own story', () => {
  const { events, brief } = rig();
  const paused = (subscription: string) =>
    events.emit('paused', { subscription, error: new Error('full'), retryInMs: 1, failures: 1 });
  for (const name of ['a', 'b', 'a', 'b']) paused(name);
  events.emit('resumed', { subscription: 'a' });
  paused('b');
  paused('a');
  const failed = ['warn', 'the sink failed; it is tried again'];
  assert.deepEqual(brief(), [failed, failed, ['info', 'the sink works again'], failed]);
});

it('a sink that fails while the node stops is no news', () => {
  const { events, lines, stop } = rig();
  stop.abort();
  events.emit('paused', { subscription: 'a', error: new Error('gone'), retryInMs: 1, failures: 1 });
  assert.deepEqual(lines, []);
});

it('keys in the bucket that nobody believes do not fill the log', () => {
  const { events, lines } = rig();
  for (let n = 0; n < 1000; n += 1) {
    events.emit('distrusted', { key: `v1/tips/${n}`, reason: `claims ${n} segments of lane 0` });
  }
  events.emit('distrusted', { key: 'v1/tips/x', reason: 'not signed' });
  assert.deepEqual(
    lines.map(({ reason }) => reason),
    ['claims 0 segments of lane 0', 'not signed'],
  );
});

it('an actor and threads that die over and over are told once, with the stack', () => {
  const { events, lines } = rig();
  const error = new TypeError('oops');
  for (let n = 0; n < 5; n += 1) {
    events.emit('crashed', { actor: 'poller', error, restartInMs: 1 });
    events.emit('thread-lost', { thread: n, error: new Error(`the thread ended with code ${n}`) });
  }
  assert.deepEqual(
    lines.map(({ level, message }) => [level, message]),
    [
      ['error', 'restarted after an error'],
      ['error', 'a worker thread died'],
    ],
  );
  assert.equal(lines[0]?.['err'], error);
});

it('listings of objects that fail are told once, and that they work again', () => {
  const { events, lines } = rig();
  for (let n = 0; n < 3; n += 1) {
    const error = new BucketcastError('store-unavailable', 'no answer');
    events.emit('objects-listing-failed', { error, retryInMs: 1000.4 });
  }
  events.emit('objects-listed', { found: 0, pages: 3, durationMs: 20 });
  assert.deepEqual(
    lines
      .filter(({ level }) => level !== 'debug')
      .map(({ level, message, error }) => [level, message, error]),
    [
      ['warn', 'the objects layout could not be listed completely; it is tried again', 'no answer'],
      ['info', 'the objects layout can be listed again', undefined],
    ],
  );
});

it('a source in trouble is told once and with how long it was, each source by itself', () => {
  const { events, clock, lines } = rig();
  const gone = new BucketcastError('source-unavailable', 'it is gone', { hint: 'Mount it.' });
  const failed = (source: string) => events.emit('source-failed', { source, error: gone, retryInMs: 1000.4 });
  for (const source of ['watch /a', 'watch /b', 'watch /a', 'watch /b']) failed(source);
  clock.time = 5000;
  events.emit('source-recovered', { source: 'watch /a' });
  events.emit('source-recovered', { source: 'watch /a' });
  const trouble = { level: 'warn', message: 'the source is in trouble; it is tried again' };
  const facts = { error: 'it is gone', hint: 'Mount it.', retryInMs: 1000, failures: 1, forMs: 0, unsaid: 0 };
  assert.deepEqual(lines, [
    { ...trouble, source: 'watch /a', ...facts },
    { ...trouble, source: 'watch /b', ...facts },
    { level: 'info', message: 'the source works again', source: 'watch /a', failures: 2, forMs: 5000 },
  ]);
});

it('what a source leaves out is told with its name and reason, and nobody can fill the log with it', () => {
  const { events, clock, lines } = rig();
  const refuse = (source: string, n: number) =>
    events.emit('source-refused', { source, what: `file ${n}`, reason: `reason ${'x'.repeat(n)}` });
  refuse('watch /a', 1);
  refuse('watch /a', 2);
  assert.deepEqual(
    lines.map(({ level, source, what, reason }) => [level, source, what, reason]),
    [
      ['warn', 'watch /a', 'file 1', 'reason x'],
      ['warn', 'watch /a', 'file 2', 'reason xx'],
    ],
  );
  // The advice of `bucketcast status` is to search for these words.
  for (const { message } of lines) assert.match(message, /left out/);
  for (let n = 3; n <= 1000; n += 1) refuse('watch /a', n);
  assert.equal(lines.length, 10);
  refuse('redis list b', 1);
  assert.equal(lines.at(-1)?.['source'], 'redis list b');
  clock.time = 60_000;
  for (let n = 0; n < 1000; n += 1) refuse('watch /a', n);
  assert.equal(lines.length, 21);
  assert.equal(lines.at(-1)?.['failures'], 1010);
});
