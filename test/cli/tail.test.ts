import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { it } from 'node:test';
import { command, workplace } from './command-line.ts';

const busyNode = {
  BUCKETCAST_INDEX_ENABLED: 'true',
  BUCKETCAST_SNAPSHOTS_WRITE: 'always',
  BUCKETCAST_HEARTBEAT_INTERVAL_MS: '1s',
};

it('tail with the settings of a node puts nothing into the bucket: no heartbeat that others would miss', async () => {
  const { words, directory } = workplace();
  assert.equal((await command(['publish', 'u', ...words], { input: '1' })).code, 0);
  const before = readdirSync(directory, { recursive: true }).map(String).toSorted();
  const read = await command(['tail', '--exit-when-idle', ...words], { environment: busyNode });
  assert.deepEqual([read.code, read.out.split('\n').length], [0, 2], read.err);
  assert.deepEqual(readdirSync(directory, { recursive: true }).map(String).toSorted(), before);
});
