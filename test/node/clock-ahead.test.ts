import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Update } from '../../src/base/update.ts';
import { HOUR } from '../../src/config/units.ts';
import { createPublisher } from '../../src/create-publisher.ts';
import { NodeRig } from './node-rig.ts';

it('a clock that is ahead dates no update later than the store does, the first one included', async (t) => {
  const rig = new NodeRig(t);
  const { clock } = rig;
  const ahead = {
    now: () => clock.now() + HOUR,
    monotonic: () => clock.monotonic(),
    sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
    after: (ms: number, action: () => void) => clock.after(ms, action),
  };
  const node = await rig.started('a', {}, { clock: ahead });
  await rig.wait(node.publish({ url: 'by a node' }, { visible: true }));
  const components = rig.components({ clock: ahead });
  const publisher = await rig.wait(createPublisher({ server: 'b' }, components));
  await rig.wait(publisher.publish({ url: 'by a publisher' }, { visible: true }));
  await rig.wait(publisher.stop());

  const updates: Update[] = [];
  const reader = await rig.started('c');
  await rig.wait(reader.subscribe({ name: 'all' }, (some) => void updates.push(...some)));
  await rig.wait(reader.idle());
  assert.deepEqual(updates.map(({ url }) => url).sort(), ['by a node', 'by a publisher']);
  for (const { url, time } of updates)
    assert.ok(time <= clock.now() + 1000, `${url}: ${time - clock.now()} ms`);
});
