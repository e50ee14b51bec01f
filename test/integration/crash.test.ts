import assert from 'node:assert/strict';
import { unannounced } from './bucket-view.ts';
import { Fleet } from './fleet.ts';
import { testOnBoth, testOnCeph, testOnFiles } from './stores.ts';

testOnBoth('kill -9 in the middle of a delivery repeats only what was not acknowledged', async (t, store) => {
  const fleet = new Fleet(t, { store });
  const [writer] = await fleet.started('writer');
  await writer!.do({ do: 'publish', prefix: 'w', count: 200 });

  const reader = fleet.member('reader', { handlerMs: 20, maxBatch: 10 });
  for (const delivered of [25, 65]) {
    reader.start();
    await reader.reached({ delivered });
    await reader.kill();
  }
  reader.start();
  await reader.ready();
  await fleet.settled();
  const verdict = await fleet.judged();
  assert.equal(verdict.delivered - verdict.repeats, 200);
  assert.ok(verdict.repeats <= 2 * 10, 'at most the batch in hand comes again, each time');
});

testOnBoth('kill -9 in the middle of publishing loses nothing that was answered', async (t, store) => {
  const fleet = new Fleet(t, { store });
  const [reader, writer] = await fleet.started('reader', 'writer');
  for (const session of [1, 2]) {
    if (!writer!.running) writer!.start();
    await writer!.ready();
    await writer!.do({ do: 'load', prefix: `w${session}`, concurrency: 20 });
    await writer!.reached({ durable: 100 });
    await writer!.kill();
  }
  writer!.start();
  await writer!.ready();
  await writer!.do({ do: 'publish', prefix: 'last', count: 1 });
  await fleet.settled();
  assert.ok(reader!.progress.delivered > 200);
  const verdict = await fleet.judged();
  assert.ok(verdict.published > verdict.durable, 'the kills came while calls were under way');
});

for (const heard of [true, false]) {
  const test = heard ? testOnCeph : testOnFiles;
  const moment = heard ? 'once publish() was answered' : 'before the node heard of it';
  test(`a process that dies between a segment's PUT and its tip's, ${moment}, completes it when it comes back`, async (t, store) => {
    const fleet = new Fleet(t, { store });
    const [reader] = await fleet.started('reader');
    const writer = fleet.member('writer', { settings: { publish: { retireAfterMs: 20_000 } } });
    writer.start({ death: { segments: 6, heard } });
    await writer.ready();
    const publishing = writer.do({ do: 'publish', prefix: 'w', count: 50, concurrency: 1 });
    await assert.rejects(publishing, /ended \(SIGKILL\)/);
    assert.equal(await unannounced(store, 'writer'), 5);
    assert.equal(writer.progress.durable, heard ? 6 : 5);
    await reader!.do({ do: 'wait-idle' });
    assert.equal(reader!.progress.delivered, 1, 'nobody can know of the other five yet');

    writer.start();
    await writer.ready();
    await reader!.reached({ delivered: 6 });
    await fleet.settled();
    const verdict = await fleet.judged();
    assert.deepEqual([verdict.delivered, verdict.repeats], [6, 0]);
  });
}

testOnCeph(
  "what a host that never comes back left beyond its tip is found by another one's janitor",
  async (t, store) => {
    const janitor = { quietMs: 2500 };
    const fleet = new Fleet(t, { store, janitor, publish: { tipIntervalMs: 100, retireAfterMs: 2000 } });
    const [reader] = await fleet.started('reader');
    const writer = fleet.member('writer');
    writer.start({ death: { segments: 6, heard: true } });
    await writer.ready();
    const publishing = writer.do({ do: 'publish', prefix: 'w', count: 50, concurrency: 1 });
    await assert.rejects(publishing, /ended \(SIGKILL\)/);
    assert.equal(await unannounced(store, 'writer'), 5);

    await reader!.event('parked');
    await reader!.reached({ delivered: 6 });
    const verdict = await fleet.judged({ gone: new Set(['writer']) });
    assert.deepEqual([verdict.delivered, verdict.repeats, verdict.lost], [6, 0, 0]);
  },
);
