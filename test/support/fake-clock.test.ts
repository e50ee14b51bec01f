import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from './fake-clock.ts';
import { SeededRandom } from './seeded-random.ts';

test('timers fire in the order of their times, and what they start runs before the next', async () => {
  const clock = new FakeClock();
  const seen: string[] = [];
  clock.after(20, () => seen.push('b'));
  clock.after(10, () => {
    seen.push('a');
    void Promise.resolve().then(() => seen.push('a then'));
    clock.after(5, () => seen.push('nested'));
  });
  const cancel = clock.after(12, () => seen.push('never'));
  cancel();
  await clock.advance(30);
  assert.deepEqual(seen, ['a', 'a then', 'nested', 'b']);
  assert.equal(clock.pending, 0);
  assert.equal(clock.monotonic(), 30);
});

test('an aborted sleep rejects at once and leaves no timer', async () => {
  const clock = new FakeClock();
  const owner = new AbortController();
  const sleeping = assert.rejects(clock.sleep(1000, owner.signal), { code: 'closed' });
  owner.abort();
  await sleeping;
  assert.equal(clock.pending, 0);
});

test('one seed gives one stream, another seed another', () => {
  const stream = (seed: number) =>
    Array.from(
      { length: 8 },
      (
        (random) => () =>
          random.below(1000)
      )(new SeededRandom(seed)),
    );
  assert.deepEqual(stream(7), stream(7));
  assert.notDeepEqual(stream(7), stream(8));
});
