import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { type FileRecord, SqliteFileTable } from '../../src/state/file-table.ts';
import { openMemoryState, openState } from '../../src/state/open-state.ts';
import { migrate } from '../../src/state/schema.ts';
import { StateDatabase } from '../../src/state/state-database.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const random = new SeededRandom(1);

function table() {
  const database = new StateDatabase(':memory:');
  migrate(database);
  return new SqliteFileTable(database);
}

function record(path: string, changes: Partial<FileRecord> = {}): FileRecord {
  return {
    path,
    url: `https://example.org${path}`,
    digest: 'a'.repeat(64),
    pending: undefined,
    hlc: '',
    writer: '',
    ...changes,
  };
}

const paths = (records: Iterable<FileRecord>) => [...records].map(({ path }) => path);

describe('files', () => {
  it('a record is found as it was put, and replaced whole', () => {
    const files = table();
    const first = record('/srv/a', { hlc: '01'.repeat(8), writer: 'w' });
    files.put([first]);
    assert.deepEqual(files.find('/srv/a'), first);
    assert.equal(files.find('/srv/A'), undefined, 'case counts');
    const second = record('/srv/a', {
      url: 'other',
      digest: null,
      pending: 'b'.repeat(64),
      stamp: '1',
      told: true,
    });
    files.put([second]);
    assert.deepEqual(files.find('/srv/a'), second);
    files.put([first]);
    assert.deepEqual(files.find('/srv/a'), first, 'nothing of the second is left');
  });

  it('what is pending is content, absence, or nothing, and never mixed up', () => {
    const files = table();
    for (const pending of ['c'.repeat(64), null, undefined]) {
      files.put([record('/srv/a', { pending })]);
      assert.equal(files.find('/srv/a')?.pending, pending);
    }
  });

  it('a directory holds what lies below it and not its namesakes', () => {
    const files = table();
    files.put(
      ['/srv/a/x', '/srv/a/b/y', '/srv/a', '/srv/a.b/x', '/srv/a0', '/srv/ab/x', '/z'].map((path) =>
        record(path),
      ),
    );
    assert.deepEqual(paths(files.under('/srv/a')), ['/srv/a/b/y', '/srv/a/x']);
    assert.deepEqual(paths(files.under('/srv/a/')), ['/srv/a/b/y', '/srv/a/x']);
    assert.equal(paths(files.under('/')).length, 7);
  });

  it('a URL is looked for in one directory only, the first path of several', () => {
    const files = table();
    for (const path of ['/srv/b/2', '/srv/b/1', '/srv/a/1']) files.put([record(path, { url: 'u' })]);
    assert.equal(files.findByUrl('/srv/b', 'u')?.path, '/srv/b/1');
    assert.equal(files.findByUrl('/srv/a', 'u')?.path, '/srv/a/1');
    assert.equal(files.findByUrl('/srv/c', 'u'), undefined);
    assert.equal(files.findByUrl('/srv/a', 'v'), undefined);
    assert.equal(files.findByUrl('/srv/b', 'u', '/srv/b/1')?.path, '/srv/b/2');
    assert.equal(files.findByUrl('/srv/a', 'u', '/srv/a/1'), undefined);
  });

  it('a path is found in whatever case its letters are', () => {
    const files = table();
    files.put([record('/srv/Feed.xml'), record('/srv/É')]);
    assert.equal(files.findFolded('/srv/fEED.xml')?.path, '/srv/Feed.xml');
    assert.equal(files.findFolded('/srv/feed.xm'), undefined);
    assert.equal(files.findFolded('/srv/é'), undefined, 'of ASCII letters only');
  });

  it('many records are read page by page, while they are changed', () => {
    const files = table();
    const all = Array.from({ length: 1_234 }, (_, n) => record(`/srv/${String(n).padStart(4, '0')}`));
    files.put(all);
    const seen: string[] = [];
    for (const { path } of files.under('/srv')) {
      seen.push(path);
      files.forget([path]);
    }
    assert.deepEqual(seen, paths(all));
    assert.deepEqual(paths(files.under('/srv')), []);
  });

  it('records with any characters in their names are kept apart', () => {
    const files = table();
    const names = ['/srv/é', '/srv/e\u0301', '/srv/a\nb', '/srv/😀', '/srv/ ', "/srv/'"];
    files.put(names.map((path) => record(path)));
    for (const path of names) assert.equal(files.find(path)?.path, path);
    assert.equal(paths(files.under('/srv')).length, names.length);
  });

  it('records outlive the process in a state directory, and not in memory', () => {
    const options = { directory: temporaryDirectory(), server: 'a', clock: systemClock, random };
    const before = openState({ ...options, role: 'node' });
    before.files.put([record('/srv/a')]);
    before.close();
    const after = openState({ ...options, role: 'node' });
    assert.deepEqual(after.files.find('/srv/a'), record('/srv/a'));
    after.close();
    const memory = openMemoryState({ clock: systemClock, random });
    assert.deepEqual(paths(memory.files.under('/')), []);
    memory.close();
  });
});
