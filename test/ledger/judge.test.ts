import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LedgerEntry } from './entries.ts';
import { judge } from './judge.ts';

const writer = 'a~0~0';
const called = (token: string): LedgerEntry => ({ type: 'called', server: 'a', token, digest: token });
const durable = (token: string, sequence: number): LedgerEntry => ({
  type: 'durable',
  token,
  id: token,
  writer,
  lane: 0,
  sequence,
});
const subscribed = (start = 0): LedgerEntry => ({
  type: 'subscribed',
  reader: 'b/all',
  server: 'b',
  start: start === 0 ? [] : [{ writer, lane: 0, sequence: start, index: 0 }],
});
const delivered = (token: string, sequence: number, session = 1): LedgerEntry => ({
  type: 'delivered',
  reader: 'b/all',
  session,
  token,
  id: token,
  digest: token,
  writer,
  lane: 0,
  sequence,
  index: 0,
});
const acknowledged = (sequence: number): LedgerEntry => ({
  type: 'acknowledged',
  reader: 'b/all',
  writer,
  lane: 0,
  sequence,
  index: 0,
});
const lost = (from: number, to: number): LedgerEntry => ({
  type: 'lost',
  reader: 'b/all',
  writer,
  lane: 0,
  from,
  to,
  reason: 'expired',
});
const three = [
  called('x'),
  called('y'),
  called('z'),
  durable('x', 0),
  durable('y', 1),
  durable('z', 2),
  subscribed(),
];
const all = [delivered('x', 0), acknowledged(1), delivered('y', 1), delivered('z', 2)];

function violations(...entries: LedgerEntry[]): string {
  return judge(entries).violations.join('\n');
}

test('a run that kept the promises has no violation', () => {
  assert.equal(violations(...three, ...all, acknowledged(3)), '');
});

test('an update that never arrives is a violation, unless its loss was reported', () => {
  assert.match(violations(...three, delivered('x', 0), delivered('y', 1)), /z .*never arrived/);
  assert.equal(violations(...three, lost(0, 1), delivered('y', 1), delivered('z', 2)), '');
  assert.equal(violations(...three.slice(0, -1), subscribed(1), delivered('y', 1), delivered('z', 2)), '');
  assert.equal(
    violations(...three, { type: 'dead', reader: 'b/all', token: 'x' }, delivered('y', 1), delivered('z', 2)),
    '',
  );
});

test('an update that arrives after a later one is a violation', () => {
  assert.match(
    violations(...three, delivered('y', 1), delivered('x', 0), delivered('z', 2)),
    /x .*came after the later/,
  );
});

test('a repeat of what was acknowledged is a violation, one of the unacknowledged is not', () => {
  assert.match(violations(...three, ...all, delivered('x', 0, 2)), /x .*came again/);
  assert.equal(violations(...three, ...all, delivered('y', 1, 2), delivered('z', 2, 2)), '');
});

test('a repeat that leaves out an unacknowledged update is a violation', () => {
  assert.match(violations(...three, ...all, delivered('z', 2, 2)), /z .*without the unacknowledged #1.0/);
  assert.equal(violations(...three, ...all, delivered('z', 2, 2), lost(1, 2)), '', 'its loss was reported');
});

test('content or an id that differs, and an update nobody published, are violations', () => {
  const other = { ...(delivered('x', 0) as object), digest: '!' } as LedgerEntry;
  assert.match(violations(...three, other, ...all.slice(2)), /differs/);
  const renamed = { ...(delivered('x', 0) as object), id: '!' } as LedgerEntry;
  assert.match(violations(...three, renamed, ...all.slice(2)), /has id/);
  assert.match(violations(...three, ...all, delivered('ghost', 3)), /ghost .*never published/);
});

test('a position that goes back is a violation', () => {
  assert.match(violations(...three, ...all, acknowledged(3), acknowledged(2)), /went back/);
});

test('a lane that does not follow the order of the calls is a violation', () => {
  assert.match(
    violations(called('x'), called('y'), durable('x', 1), durable('y', 0)),
    /y was published after x/,
  );
});

test('a replay is of something given up before; any other is a violation', () => {
  const replayed: LedgerEntry = { type: 'replayed', reader: 'b/all', token: 'x', digest: 'x' };
  const rest = [delivered('y', 1), delivered('z', 2)];
  assert.equal(violations(...three, lost(0, 1), ...rest, replayed), '');
  assert.equal(violations(...three, { type: 'dead', reader: 'b/all', token: 'x' }, ...rest, replayed), '');
  assert.match(violations(...three, ...all, replayed), /x was replayed, but not lost/);
});

test('an unknown loss excuses what was durable before it, and nothing after', () => {
  const away: LedgerEntry = { type: 'unknown-loss', reader: 'b/all' };
  assert.equal(violations(...three, away), '');
  assert.match(violations(...three, away, called('w'), durable('w', 3)), /w .*never arrived/);
});

test('what is acknowledged before its sink has accepted it is a violation', () => {
  const accepted = (token: string): LedgerEntry => ({ type: 'accepted', reader: 'b/all', token });
  const run = (...entries: LedgerEntry[]) =>
    judge([...three, ...entries, delivered('y', 1), delivered('z', 2)], { accepts: true }).violations.join();
  assert.equal(run(delivered('x', 0), accepted('x'), acknowledged(1)), '');
  assert.match(run(delivered('x', 0), acknowledged(1)), /x .*had not accepted/);
});

test('an update that was spooled is expected like one in the bucket, wherever it is found', () => {
  const spooled = (token: string): LedgerEntry => ({ type: 'spooled', token, id: token });
  const both = [subscribed(), called('x'), called('y'), spooled('x'), spooled('y')];
  assert.equal(violations(...both, delivered('x', 0), delivered('y', 1)), '');
  assert.match(violations(...both, delivered('x', 0)), /y was spooled, never arrived/);
  assert.match(violations(...both, delivered('y', 0), delivered('x', 1)), /x was spooled before y/);
  assert.equal(violations(...both, delivered('x', 0), lost(1, 2)), '', 'it may be the one lost');
  assert.equal(judge(both, { gone: new Set(['a']) }).violations.length, 0, 'its server never came back');
});

test('what a snapshot has of a reported loss may come when its lane is further already, and nothing else may', () => {
  const recovered = (token: string, sequence: number, digest = token): LedgerEntry => ({
    type: 'recovered',
    reader: 'b/all',
    token,
    digest,
    writer,
    lane: 0,
    sequence,
    index: 0,
  });
  const trimmed = [...three, lost(0, 2), acknowledged(2)];
  assert.deepEqual(judge([...trimmed, recovered('y', 1), delivered('z', 2)]).violations, []);
  const [other] = judge([...trimmed, delivered('z', 2), recovered('z', 2)]).violations;
  assert.match(other ?? '', /z was recovered, but not expired/);
  const [altered] = judge([...trimmed, recovered('y', 1, 'w'), delivered('z', 2)]).violations;
  assert.match(altered ?? '', /differs from what was published/);
});
