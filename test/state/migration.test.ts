import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openState } from '../../src/state/open-state.ts';
import { schemaVersion } from '../../src/state/schema.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** State directories as older versions left them: frozen, never made again. */
const frozen = join(import.meta.dirname, '../fixtures/state');
const writer = (n: number) => `b~0123456789abcdef~${String(n).padStart(32, '0')}`;

test('a state of schema version 1 is brought up to date with everything in it', () => {
  const directory = copyOf('version-1');
  using state = open(directory);
  assert.equal(state.hostId, hostIdIn(directory));
  assert.equal(state.fleetId(), 'f'.repeat(32));
  assert.deepEqual(
    state.unparkedWriters().map((record) => [record.writer, record.lanes]),
    [['a~own~2', 4]],
  );
  assert.ok(state.isOwnWriter('a~own~1'));
  const createdAt = 1_700_000_000_000;
  const currentAt = 1_700_000_123_456;
  assert.deepEqual(state.subscriptions(), [
    { name: 'main', layout: 'log', from: 'earliest', createdAt, currentAt },
    { name: 'side', layout: 'log', from: '2023-01-01T00:00:00Z', createdAt, currentAt },
  ]);
  assert.deepEqual(state.positions('main'), [
    { writer: writer(1), lane: 0, sequence: 7, index: 2 },
    { writer: writer(2), lane: 15, sequence: 60_466_175, index: 0 },
  ]);
  assert.deepEqual(state.positions('side'), []);
  assert.deepEqual(state.seenBatches('main'), ['b'.repeat(32), 'c'.repeat(32)]);
  assert.deepEqual(state.seenBatches('side'), ['d'.repeat(32)]);
  const [poison, expired] = state.deadLetters();
  assert.deepEqual(
    { ...poison, bytes: [...(poison?.bytes ?? [])] },
    {
      id: 1,
      subscription: 'main',
      reason: 'poison',
      message: 'no such feed',
      writer: writer(1),
      lane: 0,
      sequence: 4,
      endSequence: 5,
      index: 2,
      key: 'v1/log/x',
      url: 'https://example.org/1',
      updateId: 'ab'.repeat(16),
      createdAt,
      replay: false,
      bytes: [1, 2, 3],
    },
  );
  assert.deepEqual([expired?.id, expired?.reason, expired?.replay], [2, 'expired', true]);
  state.rememberCurrent('side', 5);
  assert.equal(state.subscription('side')?.currentAt, 5);
});

test('a state that never noted a poll takes the making of a subscription for the time when it was current', () => {
  const directory = copyOf('version-1');
  const database = new DatabaseSync(join(directory, 'state.db'));
  database.exec(`DELETE FROM facts WHERE name = 'last-poll-at'`);
  database.close();
  using state = open(directory);
  assert.equal(state.subscription('main')?.currentAt, 1_700_000_000_000);
});

test('a state is brought up to date once, and stays so', () => {
  const directory = copyOf('version-1');
  open(directory)[Symbol.dispose]();
  const database = new DatabaseSync(join(directory, 'state.db'), { readOnly: true });
  assert.deepEqual({ ...database.prepare('PRAGMA user_version').get() }, { user_version: schemaVersion });
  const fact = database.prepare(`SELECT value FROM facts WHERE name = 'last-poll-at'`);
  assert.equal(fact.get(), undefined);
  database.close();
  using state = open(directory);
  assert.equal(state.positions('main').length, 2);
});

function copyOf(version: string): string {
  const directory = temporaryDirectory();
  cpSync(join(frozen, version), directory, { recursive: true });
  return directory;
}

function open(directory: string) {
  const state = openState({ directory, server: 'a', clock: systemClock, random: systemRandom, role: 'node' });
  return Object.assign(state, { [Symbol.dispose]: () => state.close() });
}

function hostIdIn(directory: string): string {
  const database = new DatabaseSync(join(directory, 'state.db'), { readOnly: true });
  const row = database.prepare(`SELECT value FROM facts WHERE name = 'host-id'`).get();
  database.close();
  return row?.['value'] as string;
}
