import assert from 'node:assert/strict';
import { Fleet } from './fleet.ts';
import { testOnCeph } from './stores.ts';

testOnCeph('a worker thread that is killed under load costs a retry, not an update', async (t, store) => {
  const fleet = new Fleet(t, { store, publish: { maxSegmentBytes: 20_000, lanes: 4 } });
  const [writer] = await fleet.started('writer');
  await writer!.do({ do: 'publish', prefix: 'backlog', count: 1000, bytes: 2000 });
  // Slow enough for fetches to be under way, and not all done, whenever a thread is killed.
  const read = { segmentsAhead: 8 };
  const reader = fleet.member('reader', { handlerMs: 5, maxBatch: 20, settings: { read } });
  reader.start();
  await reader.ready();
  for (const delivered of [50, 300, 600]) {
    await reader.reached({ delivered });
    const before = reader.events.length;
    await reader.do({ do: 'kill-thread' });
    await reader.event('thread-lost', before);
  }
  await writer!.do({ do: 'publish', prefix: 'later', count: 20 });
  await fleet.settled();
  const verdict = await fleet.judged();
  assert.deepEqual([verdict.delivered, verdict.repeats, verdict.lost], [1020, 0, 0]);
});
