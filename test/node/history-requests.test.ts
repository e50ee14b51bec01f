import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { encodeFleetId } from '../../src/log/fleet-id.ts';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { FleetLog } from '../coordinate/fleet-log.ts';
import { NodeRig } from './node-rig.ts';

/** What it takes to publish, discover and deliver one update where so many segments are retained already. */
async function requestsOverHistory(t: TestContext, segments: number): Promise<Record<string, string[]>> {
  const rig = new NodeRig(t);
  const log = new FleetLog(rig.bucket, rig.random, noKeys);
  await rig.bucket.put('v1/id', encodeFleetId(log.fleetId));
  const old = log.writer('old');
  await log.publish(old, segments);

  // Told to poll, nodes poll only then.
  const poll = { minMs: 10_000_000, maxMs: 10_000_000 };
  const state = rig.state();
  const urls: string[] = [];
  const read = async () => {
    const reader = await rig.started('reader', { poll }, { state });
    const deliver = (updates: readonly { url: string }[]) => void urls.push(...updates.map(({ url }) => url));
    await rig.wait(reader.subscribe({ name: 'all', from: 'latest' }, deliver));
    await rig.wait(reader.idle());
    return reader;
  };
  const asked = async (work: () => Promise<unknown>) => {
    rig.requests = [];
    await work();
    return rig.requests.map(({ call, key }) => `${call} ${key.split('/').slice(0, 2).join('/')}`);
  };
  const writer = await rig.started('writer', { poll });
  const reader = await read();
  assert.deepEqual(urls, []);

  const publishing = await asked(() => rig.wait(writer.publish({ url: 'first' }, { visible: true })));
  await log.publish(old, segments + 1, segments);
  const discovering = await asked(async () => {
    await rig.wait(reader.pollNow());
    await rig.clock.until(() => urls.length === 2);
  });
  await rig.wait(reader.stop());
  await log.publish(old, segments + 2, segments + 1);
  const restarting = await asked(async () => {
    await read();
    await rig.clock.until(() => urls.length === 3);
  });
  assert.deepEqual(new Set(urls.slice(0, 2)), new Set(['first', `old/${segments}`]));
  return { publishing, discovering, restarting };
}

it('one more update costs the same requests after 100,000 segments as after 10', async (t) => {
  const few = await requestsOverHistory(t, 10);
  const many = await requestsOverHistory(t, 100_000);
  assert.deepEqual(many, few);
  assert.deepEqual(few, {
    publishing: ['put v1/log', 'put v1/tips'],
    discovering: ['list v1/tips', 'get v1/log', 'get v1/log'],
    restarting: ['get v1/id', 'list v1/tips', 'get v1/log', 'list v1/tips'],
  });
});
