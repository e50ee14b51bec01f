import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noTwins, type Twin, watchTips } from '../../src/coordinate/twin-watch.ts';

const hosts = { A: 'a'.repeat(16), B: 'b'.repeat(16), C: 'c'.repeat(16) };
const own = { server: 'me', hostId: hosts.A };

/** Tips as `<server>:<host><incarnation digit>@<rev>`, a listing each. */
function watch(...listings: readonly string[]): string[] {
  let state = noTwins;
  const told: Twin[] = [];
  for (const listing of listings) {
    const tips = listing.split(' ').map((text) => {
      const [, server, host, incarnation, rev] = /^(\w+):(\w)(\d)@(\d+)$/.exec(text) as unknown as string[];
      const hostId = hosts[host as keyof typeof hosts];
      return { writer: `${server}~${hostId}~${String(incarnation).repeat(32)}`, rev: Number(rev) };
    });
    const step = watchTips(state, tips, own, 0);
    state = step.state;
    told.push(...step.twins);
  }
  return told.map(
    ({ server, hostIds, ours }) => `${server} ${hostIds.map((id) => id[0]).join('')}${ours ? ' ours' : ''}`,
  );
}

test('one machine that publishes is no twin', () => {
  assert.deepEqual(watch('x:A1@1', 'x:A1@2', 'x:A1@3 x:A2@1', 'x:A2@2'), []);
});

test('a state directory made anew is no twin, however often', () => {
  assert.deepEqual(
    watch('x:A1@1', 'x:A1@2', 'x:A1@2 x:B1@1', 'x:A1@2 x:B1@2', 'x:A1@2 x:B1@3 x:C1@1', 'x:C1@2'),
    [],
  );
});

test('two machines that take turns are told once', () => {
  assert.deepEqual(
    watch('x:A1@1 x:B1@1', 'x:A1@2 x:B1@1', 'x:A1@2 x:B1@2', 'x:A1@3 x:B1@2', 'x:A1@3 x:B1@9'),
    ['x ab'],
  );
});

test('two machines that rise in the same polls are told', () => {
  assert.deepEqual(watch('x:A1@1 x:B1@1', 'x:A1@2 x:B1@2', 'x:A1@3 x:B1@3'), ['x ab']);
});

test('machines that start a new writer each time are told too', () => {
  assert.deepEqual(watch('y:A1@1', 'x:A1@1', 'x:B1@1', 'x:A2@1'), ['x ab']);
});

test('a third machine is a change that is told again', () => {
  assert.deepEqual(watch('x:A1@1 x:B1@1', 'x:A1@2', 'x:B1@2', 'x:A1@3', 'x:C1@1', 'x:A1@4', 'x:C1@2'), [
    'x ab',
    'x abc',
  ]);
});

test('a tip that rises under our own name is a twin at once', () => {
  assert.deepEqual(watch('me:A1@1 me:B1@4', 'me:A1@1 me:B1@5', 'me:A1@2 me:B1@6'), ['me ab ours']);
});

test('an old writer of our own name that only comes into view is none', () => {
  assert.deepEqual(watch('me:A1@1', 'me:A1@2 me:B1@4', 'me:A1@3 me:B1@4', 'me:A1@4'), []);
});

test('what a lagging LIST shows again does not count as a move', () => {
  assert.deepEqual(watch('x:A1@5 x:B1@5', 'x:A1@6', 'x:B1@6', 'x:A1@5', 'x:A1@5 x:A1@6', 'x:B1@6'), []);
});
