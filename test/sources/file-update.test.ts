import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import { type FileUpdateOptions, fileUpdate } from '../../src/sources/file-update.ts';
import type { FileRecord } from '../../src/state/file-table.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

function setUp(changes: Partial<FileUpdateOptions> = {}) {
  const root = realpathSync(temporaryDirectory());
  const read = (path: string) =>
    fileUpdate(path, { root, urlFrom: 'name', maxBytes: 100, clock: new FakeClock(), ...changes });
  return { root, read };
}

describe('a file as an update', () => {
  it('is read by its relative, its absolute and its linked path', async () => {
    const { root, read } = setUp();
    mkdirSync(join(root, 'd'));
    writeFileSync(join(root, 'd/a.feed'), 'text');
    const link = join(temporaryDirectory(), 'link');
    symlinkSync(root, link);
    const reading = await read('d/a.feed');
    assert.ok(reading.kind === 'content');
    assert.deepEqual(reading.update, { url: 'a', content: 'text' });
    assert.equal(reading.digest, createHash('sha256').update('text').digest('hex'));
    assert.equal(reading.path, join(root, 'd/a.feed'));
    for (const [path, from] of [
      [join(root, 'd/a.feed'), root],
      [join(link, 'd/a.feed'), link],
      [join(root, 'd/../d/a.feed'), link],
    ] as const) {
      const again = await fileUpdate(path, {
        root: from,
        urlFrom: 'name',
        maxBytes: 100,
        clock: new FakeClock(),
      });
      assert.deepEqual(again, reading);
    }
  });

  it('is refused where it lies outside of the directory, whatever leads there', async () => {
    const { root, read } = setUp();
    symlinkSync('/etc', join(root, 'etc'));
    symlinkSync('.', join(root, 'self'));
    for (const path of ['../x', '/etc/passwd', 'etc/passwd', '', '.', '..', 'self/../..', `${root}x/a`]) {
      assert.equal((await read(path)).kind, 'refused', path);
    }
    const nul = await read('a\0b');
    assert.ok(nul.kind === 'refused' && /no file can have/.test(nul.reason));
    assert.equal((await read('x'.repeat(300))).kind, 'refused');
    assert.equal((await read('self/self/nothing')).kind, 'absent');
  });

  it('is absent where nothing is, and failed where the directory is not there', async () => {
    const { root, read } = setUp();
    assert.deepEqual(await read('nothing'), { kind: 'absent', path: join(root, 'nothing') });
    writeFileSync(join(root, 'file'), '');
    assert.equal((await read('file/below')).kind, 'absent');
    assert.equal((await setUp({ root: join(root, 'no') }).read('x')).kind, 'failed');
  });

  it('has the URL that came with it, where the files sink wrote it', async () => {
    const record = { url: 'exact', told: false } as unknown as FileRecord;
    const { root, read } = setUp({
      files: { find: (path) => (path.endsWith('a.feed') ? record : undefined) },
    });
    writeFileSync(join(root, 'a.feed'), '');
    writeFileSync(join(root, 'b.feed'), '');
    const urls = await Promise.all(['a.feed', 'b.feed'].map(read));
    assert.deepEqual(
      urls.map((reading) => reading.kind === 'content' && reading.update.url),
      ['exact', 'b'],
    );
  });

  it('that is written to at every look is given up, and may be read later', async () => {
    const clock = new FakeClock();
    const { root } = setUp();
    const path = join(root, 'a.feed');
    writeFileSync(path, '');
    let sleeps = 0;
    const growing = {
      sleep: async () => {
        sleeps += 1;
        appendFileSync(path, 'x');
        await clock.advance(1);
      },
    };
    // Its size is not what can be read of it, as with a file that grows in between.
    if (existsSync('/proc/self/status')) {
      const proc = await fileUpdate('status', {
        root: '/proc/self',
        urlFrom: 'name',
        maxBytes: 1e6,
        clock: growing,
      });
      assert.ok(proc.kind === 'failed' && isBucketcastError(proc.error, 'invalid-update'));
      assert.equal(sleeps, 9);
    }
    const reading = await fileUpdate(path, { root, urlFrom: 'name', maxBytes: 100, clock: growing });
    assert.equal(reading.kind, 'content');
  });
});
