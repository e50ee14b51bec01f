import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE } from '../../src/config/units.ts';
import type { Coordinator } from '../../src/coordinate/coordinator.ts';
import { serversSeen } from '../../src/coordinate/servers-seen.ts';
import { parseWriter, writerName } from '../../src/log/keys.ts';
import { Rig } from './rig.ts';

function started(rig: Rig): Coordinator {
  const coordinator = rig.coordinator();
  coordinator.start();
  return coordinator;
}

const hostIdOf = (writer: string) => parseWriter(writer)?.hostId;

test('a server is named with its writers, its lanes, and when it was last heard of', async () => {
  const rig = new Rig();
  const old = rig.log.writer('a');
  await rig.log.publish(old, 2);
  await rig.log.park({ [old]: { next: 2, oldest: 0 } });
  await rig.clock.advance(MINUTE);
  const live = rig.log.writer('a', { server: 'a' });
  await rig.log.tip(live, { next: 1, oldest: 0 }, { next: 3, oldest: 0 });
  const toldAt = rig.clock.now();
  const quiet = rig.log.writer('reader');
  await rig.clock.advance(MINUTE);
  await rig.log.publish(quiet, 1);
  const coordinator = started(rig);
  // A batch is read only for a subscription that may need it.
  await rig.wait(coordinator.subscribe(rig.spec({ deliver: () => new Promise<void>(() => {}) })));
  await rig.wait(coordinator.pollNow());
  const { servers, serversTotal, tips, parkedWriters, parkedBatches, lanes } = coordinator.snapshot();
  assert.deepEqual(
    { serversTotal, tips, parkedWriters, parkedBatches, lanes },
    {
      serversTotal: 2,
      tips: 2,
      parkedWriters: 1,
      parkedBatches: 1,
      lanes: 4,
    },
  );
  const a = servers.find(({ server }) => server === 'a');
  const reader = servers.find(({ server }) => server === 'reader');
  assert.deepEqual([reader?.ours, a?.ours], [true, false]);
  assert.deepEqual([a?.writers, a?.parkedWriters, a?.lanes, a?.hosts], [1, 1, 3, 2]);
  assert.deepEqual(new Set(a?.hostIds), new Set([hostIdOf(old), hostIdOf(live)]));
  assert.ok((a?.lastNewsAt ?? 0) >= toldAt);
  await coordinator.stop({ timeoutMs: 0 });
});

test('news of a server are as old as the tip that brought them, and a new tip makes them new', async () => {
  const rig = new Rig();
  const writer = rig.log.writer('a');
  await rig.log.publish(writer, 1);
  const first = rig.clock.now();
  await rig.clock.advance(10 * MINUTE);
  const coordinator = started(rig);
  await rig.wait(coordinator.pollNow());
  assert.equal(coordinator.snapshot().servers[0]?.lastNewsAt, first);
  await rig.log.publish(writer, 2, 1);
  const second = rig.clock.now();
  await rig.clock.advance(10 * MINUTE);
  assert.equal(coordinator.snapshot().servers[0]?.lastNewsAt, second);
  await coordinator.stop();
});

test('where a listing does not say when a tip was written, its news are of the poll that found it', async () => {
  const rig = new Rig();
  await rig.log.publish(rig.log.writer('a'), 1);
  await rig.clock.advance(10 * MINUTE);
  const list = rig.store.list.bind(rig.store);
  rig.store.list = async (prefix, options) => {
    const page = await list(prefix, options);
    return { ...page, objects: page.objects.map((object) => ({ ...object, lastModified: 0 })) };
  };
  const coordinator = started(rig);
  const { time } = await rig.wait(coordinator.pollNow());
  assert.equal(coordinator.snapshot().servers[0]?.lastNewsAt, time);
  await coordinator.stop();
});

test('at most a thousand servers are named, those with the latest news, and all are counted', () => {
  const known = Array.from({ length: 1500 }, (_, at) => ({
    writer: writerName({ server: `s${at}`, hostId: '0'.repeat(16), incarnation: '0'.repeat(32) }),
    lane: 0,
    next: 1,
    oldest: 0,
    toldAt: at,
  }));
  const { servers, serversTotal, parkedWriters } = serversSeen(known, new Set(), 's3');
  assert.deepEqual([servers.length, serversTotal, parkedWriters], [1000, 1500, 1500]);
  assert.deepEqual([servers[0]?.server, servers[999]?.server], ['s1499', 's500']);
});

test('a wall clock that is wrong shows as skew, by the last complete listing', async () => {
  const rig = new Rig();
  const coordinator = rig.coordinator();
  assert.ok(!('skewMs' in coordinator.snapshot()), 'nothing is known before the first answer');
  coordinator.start();
  await rig.wait(coordinator.pollNow());
  assert.equal(coordinator.snapshot().skewMs, 0);
  const list = rig.store.list.bind(rig.store);
  rig.store.list = async (prefix, options) => {
    const page = await list(prefix, options);
    return { ...page, time: page.time - 90_000 };
  };
  await rig.wait(coordinator.pollNow());
  assert.equal(coordinator.snapshot().skewMs, 90_000, 'ours is ahead');
  rig.store.fails = () => true;
  await rig.clock.advance(MINUTE);
  assert.equal(coordinator.snapshot().skewMs, 90_000);
  await coordinator.stop();
});

test('two machines with one name are shown while they are at it, and for an hour after', async () => {
  const rig = new Rig();
  const [one, two] = ['1', '2'].map((digit) =>
    rig.log.writer(digit, { server: 'twin', hostId: digit.repeat(16) }),
  );
  const coordinator = started(rig);
  for (let next = 1; next <= 3; next += 1) {
    for (const writer of [one, two] as [string, string]) {
      await rig.log.publish(writer, next, next - 1);
      await rig.wait(coordinator.pollNow());
    }
  }
  const twin = { server: 'twin', hostIds: ['1'.repeat(16), '2'.repeat(16)], ours: false };
  assert.deepEqual(coordinator.snapshot().twins, [twin]);
  await rig.clock.advance(59 * MINUTE);
  assert.deepEqual(coordinator.snapshot().twins, [twin]);
  await rig.clock.advance(2 * MINUTE);
  assert.deepEqual(coordinator.snapshot().twins, []);
  await rig.log.publish(one as string, 4, 3);
  await rig.log.publish(two as string, 4, 3);
  await rig.wait(coordinator.pollNow());
  assert.deepEqual(coordinator.snapshot().twins, [twin], 'they are back');
  await coordinator.stop();
});
