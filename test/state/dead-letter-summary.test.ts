import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import type { DeadLetterReason } from '../../src/base/events.ts';
import { openState } from '../../src/state/open-state.ts';
import type { NewDeadLetter, State } from '../../src/state/state.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

function letter(subscription: string, reason: DeadLetterReason): NewDeadLetter {
  const place = { writer: 'w', lane: 0, sequence: 1, endSequence: 2, key: 'k' };
  return { ...place, subscription, reason, message: 'm', bytes: new Uint8Array(5000) };
}

function open(directory: string, clock = new FakeClock()): State {
  return openState({ directory, server: 's', clock, random: new SeededRandom(1), role: 'node' });
}

it('the summary of dead letters counts them by reason and subscription, and knows the oldest', async () => {
  const clock = new FakeClock();
  const state = open(temporaryDirectory(), clock);
  assert.deepEqual(state.deadLetterSummary(), { count: 0, byReason: {}, bySubscription: {} });
  for (const name of ['a', 'b']) state.createSubscription(name, 'earliest', [], 0);
  const oldestAt = Math.trunc(clock.now());
  const [first] = state.advance('a', { deadLetters: [letter('a', 'poison')] });
  await clock.advance(60_000);
  for (const name of ['a', 'b']) state.advance(name, { deadLetters: [letter(name, 'poison')] });
  state.advance('a', { deadLetters: [letter('a', 'corrupt')] });
  assert.deepEqual(state.deadLetterSummary(), {
    count: 4,
    byReason: { poison: 3, corrupt: 1 },
    bySubscription: { a: 3, b: 1 },
    oldestAt,
  });
  state.dropDeadLetters([first!.id]);
  assert.deepEqual(state.deadLetterSummary(), {
    count: 3,
    byReason: { poison: 2, corrupt: 1 },
    bySubscription: { a: 2, b: 1 },
    oldestAt: oldestAt + 60_000,
  });
  state.close();
});

it('the summary is read from an index alone, never from the letters with their bytes', () => {
  const directory = temporaryDirectory();
  open(directory).close();
  const database = new DatabaseSync(join(directory, 'state.db'), { readOnly: true });
  const plan = database
    .prepare(
      `EXPLAIN QUERY PLAN SELECT reason, subscription, count(*), min(created_at) FROM dead_letters
       GROUP BY reason, subscription`,
    )
    .all();
  database.close();
  assert.deepEqual(
    plan.map(({ detail }) => detail),
    ['SCAN dead_letters USING COVERING INDEX dead_letters_standing'],
  );
});
