import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  admit,
  type Breaker,
  closedBreaker,
  ended,
  type RequestEnd,
  type Ticket,
} from '../../src/sinks/circuit-breaker.ts';

const rule = { breakAfter: 3, breakMs: 1000 };
const failed = (retryAfterMs?: number): RequestEnd => ({ type: 'failed', retryAfterMs });

function after(
  breaker: Breaker,
  now: number,
  ends: readonly RequestEnd[],
  ticket: Ticket = 'request',
): Breaker {
  return ends.reduce((state, end) => ended(state, { ticket, end, rule }, now), breaker);
}

/** Open since 0, until 1000. */
const open = after(closedBreaker, 0, [failed(), failed(), failed()]);
const probing: Breaker = { state: 'probing', failures: 3 };

test('failures in a row open it, and what worked in between begins a new row', () => {
  assert.deepEqual(after(closedBreaker, 0, [failed(), failed()]), { state: 'closed', failures: 2 });
  assert.deepEqual(after(closedBreaker, 0, [failed(), failed(), { type: 'worked' }, failed()]), {
    state: 'closed',
    failures: 1,
  });
  assert.deepEqual(open, { state: 'open', failures: 3, until: 1000 });
});

test('while it is open requests are told how long to rest', () => {
  assert.deepEqual(admit(open, 400), { type: 'rest', ms: 600 });
});

test('afterwards one request goes as the probe, and the others wait for what becomes of it', () => {
  const first = admit(open, 1000);
  assert.deepEqual(first, { type: 'go', ticket: 'probe', breaker: probing });
  assert.deepEqual(admit(probing, 1000), { type: 'wait' });
});

test('a probe that works closes it; one that fails opens it for as long again', () => {
  assert.deepEqual(after(probing, 1500, [{ type: 'worked' }], 'probe'), closedBreaker);
  assert.deepEqual(after(probing, 1500, [failed()], 'probe'), { state: 'open', failures: 4, until: 2500 });
});

test('a probe that was given up lets the next request be the probe', () => {
  const next = after(probing, 1500, [{ type: 'given-up' }], 'probe');
  assert.equal(admit(next, 1500).type, 'go');
  assert.deepEqual(after(closedBreaker, 0, [{ type: 'given-up' }]), closedBreaker);
});

test('an endpoint that names a time is left alone so long, at its first failure and when it asks for more', () => {
  assert.deepEqual(after(closedBreaker, 0, [failed(200)]), { state: 'open', failures: 1, until: 200 });
  assert.deepEqual(after(probing, 0, [failed(5000)], 'probe'), { state: 'open', failures: 4, until: 5000 });
  assert.deepEqual(after(probing, 0, [failed(10)], 'probe'), { state: 'open', failures: 4, until: 1000 });
});

test('answers to requests that were sent before it opened can put off its end, and nothing else', () => {
  assert.deepEqual(after(open, 100, [{ type: 'worked' }]), open);
  assert.deepEqual(after(open, 100, [failed(100)]), { state: 'open', failures: 4, until: 1100 });
  assert.deepEqual(after(open, 100, [failed(9000)]), { state: 'open', failures: 4, until: 9100 });
  assert.deepEqual(after(probing, 1500, [failed()]), probing);
  assert.deepEqual(after(probing, 1500, [{ type: 'worked' }]), probing);
});
