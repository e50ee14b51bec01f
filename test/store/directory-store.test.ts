import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { DirectoryStore } from '../../src/store/directory-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { describeStore } from './conformance.ts';

describeStore(
  'DirectoryStore',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bucketcast-store-'));
    const store = new DirectoryStore(join(directory, 'not yet there'));
    return {
      store,
      async close() {
        await store.close();
        await rm(directory, { recursive: true });
      },
    };
  },
  { clockToleranceMs: 50 },
);

it('a directory that is gone does not answer, rather than read as an empty bucket or begin anew', async (t) => {
  const path = join(temporaryDirectory(), 'mounted');
  const writer = new DirectoryStore(path);
  const reader = new DirectoryStore(path);
  t.after(() => Promise.all([writer.close(), reader.close()]));
  assert.deepEqual((await reader.list('')).objects, []);
  await writer.put('a', new Uint8Array([1]));
  assert.equal((await reader.list('')).objects.length, 1);
  await rename(path, `${path}.away`);
  const away = { code: 'store-unavailable', hint: /is it mounted/ };
  for (const leaveMountPoint of [false, true]) {
    if (leaveMountPoint) await mkdir(path);
    for (const store of [reader, writer]) {
      await assert.rejects(store.list(''), away);
      await assert.rejects(store.get('a'), away);
      await assert.rejects(store.head('a'), away);
      await assert.rejects(store.put('b', new Uint8Array([2])), away);
      await assert.rejects(store.deleteMany(['a']), away);
    }
  }
  await rmdir(path);
  await rename(`${path}.away`, path);
  assert.equal((await reader.get('a')).status, 'found');
  await writer.put('b', new Uint8Array([2]));
  assert.equal((await reader.list('')).objects.length, 2);
});
