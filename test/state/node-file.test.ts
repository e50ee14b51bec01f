import assert from 'node:assert/strict';
import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { type NodeFile, readNodeFile, removeNodeFile, writeNodeFile } from '../../src/state/node-file.ts';
import { acquireNodeLock } from '../../src/state/node-lock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const file: NodeFile = {
  pid: process.pid,
  url: 'http://127.0.0.1:1234',
  token: 'a'.repeat(64),
  startedAt: 17,
  version: '1.2.3',
};

it('tells where the node of a directory listens, to its user alone', () => {
  const directory = temporaryDirectory();
  assert.equal(readNodeFile(directory), undefined);
  const lock = acquireNodeLock(directory);
  writeNodeFile(directory, { ...file, url: 'http://127.0.0.1:1' });
  chmodSync(join(directory, 'node.json'), 0o644);
  writeNodeFile(directory, file);
  assert.deepEqual(readNodeFile(directory), file);
  assert.equal(statSync(join(directory, 'node.json')).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(directory).toSorted(), ['node.json', 'node.lock', 'node.pid']);
  lock.release();
});

it('tells nothing of a node that is gone: its lock is free, or its process is no more', () => {
  const directory = temporaryDirectory();
  writeNodeFile(directory, file);
  assert.equal(readNodeFile(directory), undefined, 'nobody ever held the lock');
  const lock = acquireNodeLock(directory);
  writeNodeFile(directory, { ...file, pid: 2 ** 30 });
  assert.equal(readNodeFile(directory), undefined);
  writeNodeFile(directory, file);
  assert.deepEqual(readNodeFile(directory), file);
  lock.release();
  assert.equal(readNodeFile(directory), undefined);
});

it('looking for a node takes nothing away from it', () => {
  const directory = temporaryDirectory();
  const lock = acquireNodeLock(directory);
  writeNodeFile(directory, file);
  assert.ok(readNodeFile(directory));
  assert.throws(() => acquireNodeLock(directory), /in use/, 'the lock is still held');
  lock.release();
  assert.equal(readNodeFile(directory), undefined);
  acquireNodeLock(directory).release();
});

it('a node removes its own file and not that of its successor', () => {
  const directory = temporaryDirectory();
  const lock = acquireNodeLock(directory);
  removeNodeFile(directory, file);
  writeNodeFile(directory, { ...file, token: 'b'.repeat(64) });
  removeNodeFile(directory, file);
  assert.equal(readNodeFile(directory)?.token, 'b'.repeat(64));
  removeNodeFile(directory, { token: 'b'.repeat(64) });
  assert.equal(readNodeFile(directory), undefined);
  lock.release();
});

it('a file that is cut or of another shape is no node', () => {
  const directory = temporaryDirectory();
  const lock = acquireNodeLock(directory);
  for (const text of ['', '{"pid":', '{"pid":"7","url":"u","token":"t"}', 'null']) {
    writeFileSync(join(directory, 'node.json'), text);
    assert.equal(readNodeFile(directory), undefined, text);
  }
  lock.release();
});

it('a directory that cannot be written to is told as such', () => {
  assert.throws(() => writeNodeFile(join(temporaryDirectory(), 'none'), file), { code: 'state-unusable' });
});
