import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Emitter } from '../../src/base/emitter.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import { HOUR, MINUTE, SECOND } from '../../src/config/units.ts';
import { NodeHistory } from '../../src/status/node-history.ts';

function history() {
  const events = new Emitter<NodeEvents>();
  let time = 0;
  let requests = 0;
  const clock = { monotonic: () => time };
  const node = new NodeHistory({ events, clock, cost: () => ({ requests, dollars: requests / 100 }) });
  const poll = () => events.emit('poll', { advanced: 0, requests: 1, durationMs: 1 });
  /** A poll every 10 s with 5 requests each. */
  const live = (ms: number) => {
    for (const end = time + ms; time < end; ) {
      time += 10 * SECOND;
      requests += 5;
      poll();
    }
  };
  const sleep = (ms: number) => (time += ms);
  return { node, events, live, sleep };
}

it('remembers what the requests had come to ten minutes ago, or at the start', () => {
  const { node, live } = history();
  live(3 * MINUTE);
  assert.deepEqual(node.snapshot().before, { requests: 0, dollars: 0, agoMs: 3 * MINUTE });
  live(60 * MINUTE);
  assert.deepEqual(node.snapshot().before, { requests: 1590, dollars: 15.9, agoMs: 10 * MINUTE });
});

it('after a silence of the polls the pace is that of the silence, not of its last moment', () => {
  const { node, events, live, sleep } = history();
  live(20 * MINUTE);
  sleep(HOUR);
  assert.equal(node.snapshot().before?.agoMs, HOUR);
  events.emit('poll-failed', { error: new Error('x'), retryInMs: 1 });
  assert.equal(node.snapshot().before?.agoMs, HOUR);
});

it('counts losses, distrust and restarts, with the last of each', () => {
  const { node, events, live } = history();
  const lane = { subscription: 's', writer: 'w', lane: 0 };
  events.emit('gap', { ...lane, reason: 'missing', from: 3, to: 5, key: 'k' });
  events.emit('distrusted', { key: 'one', reason: 'mac' });
  events.emit('distrusted', { key: 'two', reason: 'mac' });
  events.emit('rewound', { kind: 'tip', writer: 'w' });
  events.emit('unknown-loss', { subscription: 's', awayMs: 1 });
  events.emit('thread-lost', { thread: 0, error: new Error('gone') });
  events.emit('crashed', { actor: 'poller', error: new Error('boom'), restartInMs: 1 });
  live(MINUTE);
  const { crashes, ...seen } = node.snapshot();
  assert.deepEqual(seen.unknownLosses, ['s']);
  assert.deepEqual(seen.distrusted, { count: 2, lastKey: 'two' });
  assert.deepEqual(seen.rewinds, { count: 1, lastWriter: 'w' });
  assert.deepEqual([seen.lostSegments, seen.threadsLost], [2, 1]);
  assert.deepEqual([crashes.count, crashes.actor, crashes.agoMs], [1, 'poller', MINUTE]);
});
