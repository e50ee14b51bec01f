import assert from 'node:assert/strict';
import { join } from 'node:path';
import { MiB } from '../../src/config/units.ts';
import { createPublisher } from '../../src/create-publisher.ts';
import { createNode } from '../../src/node.ts';
import { inBucket } from '../support/in-bucket.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { testOnFiles } from './stores.ts';

const updates = 2048;
const updateBytes = 32 * 1024;

testOnFiles('a backlog of 64 MiB is read with 1 MiB of memory, complete and in order', async (t, store) => {
  const states = temporaryDirectory();
  const noise = new SeededRandom(1).bytes(updateBytes);
  await using publisher = await createPublisher({
    server: 'writer',
    state: join(states, 'writer'),
    store,
    publish: { maxSegmentBytes: 256 * 1024, compressFromBytes: 1024 * MiB },
  });
  const publishing = Array.from({ length: updates }, (_, at) =>
    publisher.publish({ url: String(at), content: noise }),
  );
  const places = (await Promise.all(publishing)).map(inBucket);
  await publisher.flush();
  const segments = (places.at(-1)?.sequence ?? 0) + 1;
  assert.ok(segments >= (updates * updateBytes) / (256 * 1024));

  const limit = MiB;
  const settings = { server: 'reader', state: join(states, 'reader'), store, pool: { threads: 2 } };
  const node = createNode({ ...settings, limits: { bytesInFlight: limit }, poll: { minMs: 20, maxMs: 100 } });
  t.after(() => node.stop());
  await node.start();
  let most = 0;
  let next = 0;
  const look = () => {
    most = Math.max(most, node.snapshot().reading?.bytesHeld ?? 0);
  };
  await node.subscribe({ name: 'all', maxBatch: 5 }, (batch) => {
    look();
    for (const { url, content } of batch) {
      assert.equal(url, String(next++));
      assert.equal((content as Uint8Array).byteLength, updateBytes);
    }
  });
  const watching = watch(look);
  await node.idle();
  watching.end();
  assert.equal(next, updates);
  assert.ok(most > 256 * 1024, `${most} bytes held at most`);
  assert.ok(most <= limit, `${most} bytes held at most`);
});

/** Looks in every turn of the event loop. */
function watch(look: () => void): { end(): void } {
  let handle = setImmediate(function again() {
    look();
    handle = setImmediate(again);
  });
  return { end: () => clearImmediate(handle) };
}
