import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { SettingsInput } from '../../src/config/settings.ts';
import type { BucketcastNode } from '../../src/node.ts';
import { listAll } from '../../src/store/list-all.ts';
import { NodeRig } from './node-rig.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const [spring, autumn] = ['spring', 'autumn'].map((id, index) => ({ id, secret: `${index}`.repeat(64) }));
/** A day's worth of retention in ten minutes, a month's of memory in an hour. */
const hasty = {
  poll: { maxMs: MINUTE },
  publish: { retireAfterMs: MINUTE },
  retention: { maxAgeMs: 10 * MINUTE, marginMs: MINUTE, intervalMs: MINUTE },
  janitor: { quietMs: 2 * MINUTE, intervalMs: MINUTE, forgetAfterMs: HOUR },
} satisfies SettingsInput;

it('a key is rotated by the steps of docs/security.md without losing an update or stopping the fleet', async (t) => {
  const rig = new NodeRig(t);
  const servers = ['a', 'b'].map((name) => ({ name, state: rig.state(), urls: [] as string[] }));
  const running = new Map<string, BucketcastNode>();
  const complaints: unknown[] = [];
  const published: string[] = [];

  /** Restarts one server with other keys, as an operator would. */
  const restart = async (name: string, encryption: SettingsInput['encryption']) => {
    const server = servers.find((one) => one.name === name) as (typeof servers)[number];
    const before = running.get(name);
    if (before) await rig.wait(before.stop());
    const node = rig.node(name, { ...hasty, encryption }, { state: server.state });
    for (const event of ['distrusted', 'blocked', 'gap', 'dead-letter'] as const)
      node.events.on(event, (facts: object) => void complaints.push({ name, event, ...facts }));
    await rig.wait(node.start());
    await rig.wait(
      node.subscribe({ name: 'all' }, (some) => void server.urls.push(...some.map(({ url }) => url))),
    );
    running.set(name, node);
  };
  const rollOut = async (encryption: SettingsInput['encryption']) => {
    for (const { name } of servers) {
      await restart(name, encryption);
      // Between two restarts the fleet goes on with both settings.
      for (const [by, node] of running) {
        const url = `${by} ${published.length}`;
        await rig.wait(node.publish({ url }, { visible: true }));
        published.push(url);
      }
      for (const node of running.values()) await rig.wait(node.idle());
    }
  };

  await rollOut({ keys: [spring!], active: 'spring', required: true });
  await rollOut({ keys: [spring!, autumn!], active: 'spring', required: true });
  await rollOut({ keys: [spring!, autumn!], active: 'autumn', required: true });
  await rig.clock.advance(3 * HOUR);
  assert.deepEqual(await bearing(rig, 'spring'), [], 'nothing in the bucket needs the old key any more');
  await rollOut({ keys: [autumn!], active: 'autumn', required: true });

  assert.deepEqual(complaints, []);
  for (const { name, urls } of servers)
    assert.deepEqual(new Set(urls), new Set(published.filter((url) => !url.startsWith(name))));
});

it('three running nodes rotate a key one by one, and no update is lost, blocked or delayed', async (t) => {
  const rig = new NodeRig(t);
  const names = ['a', 'b', 'c'];
  const complaints: unknown[] = [];
  const published: string[] = [];
  const before = { keys: [spring!], active: 'spring', required: true };
  const nodes = new Map<string, BucketcastNode>();
  const read = new Map<string, string[]>();
  for (const name of names) {
    const node = await rig.started(name, { ...hasty, encryption: before });
    for (const event of ['distrusted', 'blocked', 'gap', 'dead-letter', 'crashed'] as const)
      node.events.on(event, (facts: object) => void complaints.push({ name, event, ...facts }));
    nodes.set(name, node);
    read.set(name, await rig.reads(node));
  }
  const goOn = async () => {
    for (const [by, node] of nodes) {
      const url = `${by} ${published.length}`;
      await rig.wait(node.publish({ url }, { visible: true }));
      published.push(url);
    }
    for (const node of nodes.values()) await rig.wait(node.idle());
  };
  const rollOut = async (encryption: SettingsInput['encryption']) => {
    for (const node of nodes.values()) {
      const { restart } = node.reload({ ...hasty, server: node.server, encryption });
      assert.deepEqual(restart, []);
      await goOn();
    }
  };

  await goOn();
  await rollOut({ keys: [spring!, autumn!], active: 'spring', required: true });
  assert.deepEqual(await bearing(rig, 'autumn'), []);
  await rollOut({ keys: [spring!, autumn!], active: 'autumn', required: true });
  assert.notDeepEqual(await bearing(rig, 'autumn'), [], 'what is new is sealed with the new key at once');
  const keysOf = (name: string) => nodes.get(name)!.status().keys;
  const { inUse, ...own } = keysOf('a');
  assert.deepEqual(own, { active: 'autumn', readable: ['spring', 'autumn'], required: true });
  assert.deepEqual(inUse, [{ keyId: 'autumn', writers: 3, batches: 0 }]);
  await rig.clock.advance(3 * HOUR);
  await goOn();
  assert.deepEqual(await bearing(rig, 'spring'), [], 'nothing in the bucket needs the old key any more');
  await rollOut({ keys: [autumn!], active: 'autumn', required: true });

  assert.deepEqual(complaints, []);
  for (const [name, urls] of read)
    assert.deepEqual(new Set(urls), new Set(published.filter((url) => !url.startsWith(name))));
});

it('a lane that waits for a key goes on as soon as the running node is given it', async (t) => {
  const rig = new NodeRig(t);
  const writer = await rig.started('writer', { encryption: { keys: [autumn!], active: 'autumn' } });
  await rig.wait(writer.publish({ url: 'u1' }, { visible: true }));
  const poll = { minMs: HOUR, maxMs: HOUR };
  const reader = await rig.started('reader', { poll });
  const other = await rig.started('other', { poll, encryption: { keys: [spring!] } });
  const blocked: string[] = [];
  reader.events.on('blocked', ({ reason }) => void blocked.push(reason));
  const urls = [await rig.reads(reader), await rig.reads(other)];
  await rig.wait(Promise.all([reader.pollNow(), other.pollNow()]));
  await rig.clock.advance(MINUTE);
  assert.deepEqual([urls, blocked], [[[], []], ['unknown-key']]);
  assert.deepEqual(other.status().missingKeys, [{ keyId: 'autumn', writers: 1, lanes: 1 }]);

  reader.reload({ poll, server: 'reader', encryption: { keys: [autumn!] } });
  other.reload({ poll, server: 'other', encryption: { keys: [spring!, autumn!] } });
  await rig.clock.advance(1000);
  assert.deepEqual(urls, [['u1'], ['u1']]);
  assert.deepEqual(other.status().missingKeys, []);
});

it('a reload with keys that do not fit changes nothing', async (t) => {
  const rig = new NodeRig(t);
  const encryption = { keys: [spring!], active: 'spring' };
  const node = await rig.started('a', { encryption });
  const limits = { requestsInFlight: 3 };
  const wrong = [
    { keys: [spring!], active: 'autumn' },
    { keys: [{ ...spring!, secret: 'f'.repeat(64) }], active: 'spring' },
    { keys: [spring!, spring!], active: 'spring' },
  ];
  for (const given of wrong)
    assert.throws(() => node.reload({ server: 'a', limits, encryption: given }), {
      code: 'invalid-settings',
    });
  assert.deepEqual(node.settings.encryption, { ...encryption, required: false });
  assert.notEqual(node.limits().requestsInFlight, 3);
});

/** Keys of objects that name an encryption key: in a tip's key, in a batch's first line, in a segment's header. */
async function bearing({ bucket }: NodeRig, id: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of listAll(bucket, '')) {
    const answer = await bucket.get(key);
    const head =
      answer.status === 'found' ? Buffer.from(answer.body.subarray(0, 100)).toString('latin1') : '';
    if (`${key}\n${head}`.includes(id)) found.push(key);
  }
  return found;
}
