import assert from 'node:assert/strict';
import { HOUR, SECOND } from '../../src/config/units.ts';
import type { Delivered } from '../ledger/entries.ts';
import { Fleet } from './fleet.ts';
import type { Member } from './member.ts';
import { testOnCeph } from './stores.ts';

testOnCeph(
  'publishers whose clocks are two hours apart lose nothing, and none is ahead of the store',
  async (t, store) => {
    const fleet = new Fleet(t, { store });
    const ahead = fleet.member('ahead', { clockOffsetMs: HOUR });
    const behind = fleet.member('behind', { clockOffsetMs: -HOUR });
    const reader = fleet.member('reader');
    for (const member of fleet.members) member.start();
    await Promise.all(fleet.members.map((member) => member.ready()));

    for (const round of [1, 2, 3]) {
      await ahead.do({ do: 'publish', prefix: `ahead-${round}`, count: 10 });
      await behind.do({ do: 'publish', prefix: `behind-${round}`, count: 10 });
    }
    const latest = Date.now();
    await fleet.settled();
    const verdict = await fleet.judged();
    assert.equal(verdict.delivered, 4 * 30);

    const times = (server: string) => timesOf(reader, server);
    assert.equal(times('ahead').length, 30);
    const most = Math.max(...times('ahead'), ...times('behind'));
    // The store says whole seconds, and an update may be one second ahead of it.
    assert.ok(most <= latest + 2 * SECOND, `${most - latest} ms ahead`);
  },
);

function timesOf(reader: Member, server: string): number[] {
  return reader
    .ledger()
    .filter((entry): entry is Delivered => entry.type === 'delivered')
    .filter(({ writer }) => writer.startsWith(`${server}~`))
    .map(({ time }) => time as number);
}
