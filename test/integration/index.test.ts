import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createPublisher } from '../../src/create-publisher.ts';
import { createNode } from '../../src/node.ts';
import { openState } from '../../src/state/open-state.ts';
import { end } from '../support/processes.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { testOnBoth } from './stores.ts';

const script = join(import.meta.dirname, 'indexing-node.ts');
const perSegment = 10;
const count = 400;

testOnBoth('kill -9 leaves the index with all that its position stands behind', async (t, store) => {
  const directory = temporaryDirectory();
  const publisher = await createPublisher({
    server: 'writer',
    state: join(directory, 'writer'),
    store,
    publish: { maxSegmentUpdates: perSegment, flushIntervalMs: 0, tipIntervalMs: 10 },
  });
  const calls = Array.from({ length: count }, (_, n) =>
    publisher.publish({ url: `https://example.org/${n}`, content: n }),
  );
  const published = await Promise.all(calls);
  await publisher.flush();
  await publisher.stop();

  const state = join(directory, 'reader');
  const settings = {
    server: 'reader',
    state,
    store,
    index: { enabled: true },
    poll: { minMs: 10 },
    // Slow enough to be met on its way.
    limits: { requestsPerSecond: 120 },
  };
  let process: ChildProcess | undefined;
  t.after(() => process && end(process));
  const segments = count / perSegment;
  for (const enough of [1, segments / 2]) {
    process = spawn(globalThis.process.execPath, [script, JSON.stringify(settings)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: process.stdout as NodeJS.ReadableStream }))
      if (Number(/^at (\d+)$/.exec(line)?.[1] ?? 0) >= enough) break;
    await end(process);
    using left = opened(state);
    const [position] = left.state.positions('~index');
    assert.ok(position !== undefined);
    for (const [n, place] of published.entries()) {
      if (!('sequence' in place) || place.sequence >= position.sequence) continue;
      assert.equal(left.state.newest.find(`https://example.org/${n}`)?.sequence, place.sequence);
    }
  }

  const node = createNode({ ...settings, limits: {} });
  t.after(() => node.stop({ timeoutMs: 0 }));
  await node.start();
  await node.idle();
  assert.equal(node.state.standing().urls, count);
  for (let n = 0; n < count; n += 1) {
    const feed = node.state.get(`https://example.org/${n}`);
    assert.deepEqual([feed?.content, feed?.server], [n, 'writer']);
  }
});

function opened(directory: string) {
  const parts = { server: 'reader', clock: systemClock, random: systemRandom, role: 'node' } as const;
  const state = openState({ directory, ...parts });
  return { state, [Symbol.dispose]: () => state.close() };
}
