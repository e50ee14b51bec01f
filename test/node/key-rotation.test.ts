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
