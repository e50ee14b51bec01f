import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { makeDirectory } from '../../src/base/make-directory.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

it('makes what is missing, and tells of the topmost', () => {
  const root = temporaryDirectory();
  assert.equal(makeDirectory(join(root, 'a/b/c'), { mode: 0o700 }), join(root, 'a'));
  assert.equal(statSync(join(root, 'a/b/c')).mode & 0o777, 0o700);
  assert.equal(makeDirectory(join(root, 'a/b/c')), undefined);
});

it('a file in the way is an error', () => {
  const root = temporaryDirectory();
  writeFileSync(join(root, 'file'), '');
  assert.throws(() => makeDirectory(join(root, 'file')), { code: 'EEXIST' });
  assert.throws(() => makeDirectory(join(root, 'file/a')), { code: 'ENOTDIR' });
});

it('ends where the file system takes no names', (t) => {
  if (!existsSync('/proc/self')) return t.skip('no /proc here');
  assert.throws(() => makeDirectory('/proc/bucketcast/store'), { code: 'ENOENT' });
});
