import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createMetrics } from '../../metrics/registry.ts';
import { PoisonError } from '../../src/base/errors.ts';
import { type BucketcastNode, createNode } from '../../src/node.ts';
import { families, valuesOf } from '../metrics/exposition.ts';
import { faultsOf } from '../metrics/naming.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { NodeRig } from './node-rig.ts';

const metricsOf = async (node: BucketcastNode) => valuesOf(await node.metrics());

const updates = (direction: string, result: string) =>
  `bucketcast_updates_total{direction="${direction}",result="${result}"}`;

it('counts what was published and delivered, and what was not', async (t) => {
  const rig = new NodeRig(t);
  const writer = await rig.started('a');
  await rig.wait(Promise.all([1, 2, 3].map((at) => writer.publish({ url: `u${at}` }))));
  await assert.rejects(writer.publish({ url: '' }), { code: 'invalid-update' });
  await rig.wait(writer.flush());
  const written = await metricsOf(writer);
  assert.equal(written.get(updates('published', 'ok')), 3);
  assert.equal(written.get(updates('published', 'failed')), 1);
  assert.equal(written.get('bucketcast_publish_duration_seconds_count{durable="bucket"}'), 3);

  const reader = await rig.started('b');
  await rig.wait(
    reader.subscribe({ name: 'all', maxBatch: 1 }, ([update]) => {
      if (update?.url === 'u2') throw new PoisonError('no');
    }),
  );
  await rig.wait(reader.idle());
  const read = await metricsOf(reader);
  assert.equal(read.get(updates('delivered', 'ok')), 2);
  assert.equal(read.get(updates('delivered', 'failed')), 1);
});

it('counts every request to the store, each try by itself', async (t) => {
  const rig = new NodeRig(t);
  let failures = 2;
  rig.fails = (call) => call === 'list' && failures-- > 0;
  const node = await rig.started('a');
  await rig.reads(node);
  await rig.wait(node.idle());
  const counted = await metricsOf(node);
  const lists = rig.requests.filter(({ call }) => call === 'list').length;
  const name = (result: string) => `bucketcast_store_requests_total{operation="list",result="${result}"}`;
  assert.equal(counted.get(name('unavailable')), 2);
  assert.equal(counted.get(name('ok')), lists - 2);
  assert.ok(lists > 2);
});

it('tells how far each subscription is behind, and what became dead letters', async (t) => {
  const rig = new NodeRig(t);
  const writer = await rig.started('a');
  const reader = await rig.started('b');
  let broken = true;
  await rig.wait(
    reader.subscribe({ name: 'feeds', maxBatch: 1 }, ([update]) => {
      if (update?.url === 'u1') throw new PoisonError('no');
      if (broken) throw new Error('the sink is away');
    }),
  );
  await rig.wait(Promise.all([1, 2, 3].map((at) => writer.publish({ url: `u${at}` }, { visible: true }))));
  const paused = new Promise((resolve) => reader.events.on('paused', resolve));
  await rig.wait(reader.pollNow());
  await rig.wait(paused);
  const behind = await metricsOf(reader);
  const lag = (unit: string) => `bucketcast_subscription_lag_${unit}{subscription="feeds"}`;
  assert.ok((behind.get(lag('updates')) as number) > 0);
  assert.ok((behind.get(lag('segments')) as number) > 0);
  assert.equal(behind.get('bucketcast_subscription_paused{subscription="feeds"}'), 1);
  assert.ok((behind.get('bucketcast_in_flight_bytes') as number) > 0);
  broken = false;
  await rig.wait(reader.idle());
  const current = await metricsOf(reader);
  assert.deepEqual(
    ['updates', 'segments', 'seconds'].map((unit) => current.get(lag(unit))),
    [0, 0, 0],
  );
  assert.equal(current.get('bucketcast_dead_letters_kept'), 1);
  assert.equal(current.get('bucketcast_dead_letters_total{reason="poison"}'), 1);
  assert.ok((current.get('bucketcast_bytes_total{direction="received",stage="decoded"}') as number) > 0);
  assert.ok(
    ((await metricsOf(writer)).get('bucketcast_bytes_total{direction="sent",stage="decoded"}') as number) > 0,
  );
});

it('makes no more series for many servers, writers, lanes and feeds than for one', async (t) => {
  const rig = new NodeRig(t);
  const reader = await rig.started('reader');
  await rig.wait(reader.subscribe({ name: 'all' }, () => {}));
  const series = async () => {
    const all = families(await reader.metrics());
    assert.deepEqual(
      all.flatMap((family) => faultsOf(family).map((fault) => `${family.name} ${fault}`)),
      [],
    );
    return all.flatMap(({ series: lines }) => lines).length;
  };
  const publish = async (server: string, feeds: number) => {
    const node = await rig.started(server, { publish: { lanes: 4 } });
    const urls = Array.from({ length: feeds }, (_, at) => `https://${server}.example/${at}`);
    await rig.wait(Promise.all(urls.map((url) => node.publish({ url }, { visible: true }))));
    await rig.wait(reader.idle());
  };
  await publish('one', 1);
  const few = await series();
  for (const server of ['two', 'three', 'four', 'five']) await publish(server, 40);
  assert.equal(await series(), few);
});

it('leaves metrics that were handed in readable when it has stopped', async () => {
  const metrics = createMetrics();
  const settings = { server: 'a', store: { url: 'memory:' }, state: temporaryDirectory() };
  for (let run = 0; run < 2; run += 1) {
    const node = createNode(settings, { metrics });
    await node.start();
    await node.stop();
  }
  assert.match(await metrics.text(), /bucketcast_polls_total/);
  metrics.close();
});
