import assert from 'node:assert/strict';
import { Fleet } from './fleet.ts';
import { testOnCeph } from './stores.ts';

testOnCeph("two machines with one name receive each other's updates, and are reported", async (t, store) => {
  const fleet = new Fleet(t, { store });
  const first = fleet.member('first', { server: 'web' });
  const second = fleet.member('second', { server: 'web' });
  const other = fleet.member('other');
  for (const member of fleet.members) member.start();
  await Promise.all(fleet.members.map((member) => member.ready()));

  // A name is only reported once both have moved while somebody looked.
  for (const round of [1, 2, 3]) {
    await first.do({ do: 'publish', prefix: `first-${round}`, count: 5 });
    await second.do({ do: 'publish', prefix: `second-${round}`, count: 5 });
    await fleet.settled();
  }
  for (const member of fleet.members) {
    const { server, hostIds, ours } = (await member.event('twin')) as {
      server: string;
      hostIds: string[];
      ours: boolean;
    };
    assert.deepEqual([server, hostIds.length, ours], ['web', 2, member !== other]);
  }
  const verdict = await fleet.judged();
  assert.deepEqual([verdict.durable, verdict.delivered], [30, 2 * 30]);
});
