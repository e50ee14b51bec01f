import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
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

it('tail runs beside a node with the same settings, which has the address that hints are announced at', async () => {
  const { words } = workplace();
  await command(['publish', 'u', ...words], { input: '1' });
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const environment = { BUCKETCAST_HINTS_ZEROMQ_BIND: `tcp://127.0.0.1:${port}` };
  const read = await command(['tail', '--exit-when-idle', ...words], { environment });
  assert.equal(read.code, 0, read.err);
});
