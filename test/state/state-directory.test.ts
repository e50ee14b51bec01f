import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openState } from '../../src/state/open-state.ts';
import { applicationId, schemaVersion } from '../../src/state/schema.ts';
import { stateError } from '../../src/state/sqlite-error.ts';
import type { State } from '../../src/state/state.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

it('a new directory belongs to its user alone, and so do its files', () => {
  const directory = join(temporaryDirectory(), 'deep', 'state');
  const state = open(directory);
  state.rememberFleet('f');
  assert.equal(mode(directory), 0o700);
  const files = readdirSync(directory).toSorted();
  assert.deepEqual(files, ['host.json', 'node.lock', 'node.pid', 'state.db', 'state.db-shm', 'state.db-wal']);
  for (const file of files) assert.equal(mode(join(directory, file)), 0o600, file);
  state.close();
});

it('what was remembered is there after a restart, under the same host id', () => {
  const directory = temporaryDirectory();
  const first = open(directory);
  first.recordWriter('w', 1);
  first.createSubscription('main', 'earliest', [{ writer: 'w', lane: 0, sequence: 3, index: 1 }], 0);
  first.close();
  const second = open(directory);
  assert.equal(second.hostId, first.hostId);
  assert.equal(second.isOwnWriter('w'), true);
  assert.deepEqual(second.positions('main'), [{ writer: 'w', lane: 0, sequence: 3, index: 1 }]);
  second.close();
});

for (const [how, lose] of Object.entries({
  deleted: (path: string) => rmSync(path),
  emptied: (path: string) => truncateSync(path),
})) {
  it(`a database that was ${how} is lost state, not a first start, until the marker goes too`, () => {
    const directory = used();
    const before = JSON.parse(readFileSync(join(directory, 'host.json'), 'utf8'));
    lose(join(directory, 'state.db'));
    for (const role of ['node', 'guest'] as const) {
      refused(
        directory,
        /is lost: .*state\.db is missing or empty/,
        /Restore .* Or delete .*host\.json to begin anew/,
        role,
      );
    }
    rmSync(join(directory, 'host.json'));
    const anew = open(directory);
    assert.notEqual(anew.hostId, before.hostId);
    anew.close();
  });
}

it('a database overwritten with something else is damaged', () => {
  const directory = used();
  writeFileSync(
    join(directory, 'state.db'),
    'not a database at all, but long enough to look at. '.repeat(100),
  );
  refused(directory, /is damaged/, /Restore the directory from a backup/);
});

it('a database with a damaged page is refused by the node before anything is delivered from it', () => {
  const directory = used();
  const path = join(directory, 'state.db');
  const bytes = readFileSync(path);
  const at = bytes.indexOf('a lane to be found');
  assert.ok(at > 0);
  // The page's header, not the row: a changed letter inside a value cannot be told from a value.
  bytes.fill(0xff, at - (at % 4096), at - (at % 4096) + 64);
  writeFileSync(path, bytes);
  refused(directory, /is damaged/, /Restore/);
});

it('a database of a newer version is left alone', () => {
  const directory = used();
  edit(directory, `PRAGMA user_version = ${schemaVersion + 1}`);
  refused(
    directory,
    new RegExp(`newer Bucketcast: its schema is version ${schemaVersion + 1}`),
    /Run the newer/,
  );
});

it('a database of another program is left alone', () => {
  const directory = temporaryDirectory();
  const other = new DatabaseSync(join(directory, 'state.db'));
  other.exec('CREATE TABLE bookmarks (url TEXT)');
  other.close();
  refused(directory, /is not a state database of Bucketcast/, /another state directory/);
});

it('the directory of another server is refused', () => {
  const directory = used();
  assert.throws(
    () => openState({ directory, server: 'b', clock: systemClock, random: systemRandom, role: 'node' }),
    { code: 'state-unusable', message: /belongs to the server "a", not "b"/, hint: /--server/ },
  );
  open(directory).close();
});

it('a database put beside the marker of another host is refused', () => {
  const directory = used();
  writeFileSync(join(directory, 'host.json'), JSON.stringify({ hostId: '00'.repeat(8), server: 'a' }));
  refused(directory, /mixed from two hosts/, /host\.json/);
});

it('a damaged marker is said to be harmless to delete, and is written again', () => {
  const directory = used();
  writeFileSync(join(directory, 'host.json'), '{');
  refused(directory, /host\.json is damaged/, /Delete this one file/);
  rmSync(join(directory, 'host.json'));
  open(directory).close();
  assert.match(readFileSync(join(directory, 'host.json'), 'utf8'), /"server":"a"/);
});

it('a directory that cannot be made says so', () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  refused(join(file, 'state'), /could not be made/, /--state/);
});

it('a database of an older version is brought up to date in one step, also by a guest', () => {
  const directory = temporaryDirectory();
  // Version 0 of ours: an empty database that already carries our mark.
  const older = new DatabaseSync(join(directory, 'state.db'));
  older.exec(`PRAGMA application_id = ${applicationId}`);
  older.close();
  refused(directory, /names no server or host/, /Restore/, 'guest');
  edit(directory, `INSERT INTO facts VALUES ('server', 'a'), ('host-id', '0123456789abcdef')`);
  const state = open(directory);
  assert.equal(state.hostId, '0123456789abcdef');
  state.close();
});

it('a guest does not change the schema under a running node', () => {
  const directory = temporaryDirectory();
  const node = open(directory);
  edit(directory, 'PRAGMA user_version = 0');
  refused(directory, /is in use by process/, /Stop that node first/, 'guest');
  node.close();
});

it('a full disk is told as what it is, and the state goes on when there is room again', () => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE t (x); PRAGMA max_page_count = 3');
  const error = thrownBy(() => database.exec('INSERT INTO t VALUES (zeroblob(100000))'));
  const told = stateError(error, '/state/state.db');
  assert.equal(told.code, 'state-unusable');
  assert.match(told.message, /the disk is full/);
  assert.equal(told.retryable, true);
  assert.equal(told.cause, error);
  database.close();
});

it('a write to a read-only database is told as what it is', () => {
  const directory = used();
  const database = new DatabaseSync(join(directory, 'state.db'), { readOnly: true });
  const told = stateError(
    thrownBy(() => database.exec('DELETE FROM facts')),
    '/state/state.db',
  );
  assert.match(told.message, /is read-only/);
  assert.match(told.hint ?? '', /write access/);
  database.close();
});

function open(directory: string, role: 'node' | 'guest' = 'node'): State {
  return openState({ directory, server: 'a', clock: systemClock, random: systemRandom, role });
}

/** A state directory that a node has worked in. */
function used(): string {
  const directory = temporaryDirectory();
  const state = open(directory);
  const position = { writer: 'a lane to be found', lane: 0, sequence: 3, index: 1 };
  state.createSubscription('main', 'earliest', [position], 0);
  state.close();
  return directory;
}

function refused(directory: string, message: RegExp, hint: RegExp, role: 'node' | 'guest' = 'node'): void {
  assert.throws(() => open(directory, role), { code: 'state-unusable', message, hint });
}

function edit(directory: string, sql: string): void {
  const database = new DatabaseSync(join(directory, 'state.db'));
  database.exec(sql);
  database.close();
}

function mode(path: string): number {
  return statSync(path).mode & 0o777;
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}
