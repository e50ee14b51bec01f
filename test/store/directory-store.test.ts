import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStore } from '../../src/store/directory-store.ts';
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
