import assert from 'node:assert/strict';
import type { LimiterSnapshot } from '../../src/store/limiter.ts';
import { Fleet } from './fleet.ts';
import type { Member } from './member.ts';
import { testOnCeph, through } from './stores.ts';

testOnCeph(
  'a gateway that is killed and restarted under load loses nothing, and nodes go on by themselves',
  async (t, store, ceph) => {
    const gateway = await ceph.gateway();
    const fleet = new Fleet(t, { store: through(gateway, store) });
    const members = await fleet.started('athens', 'bergen', 'cairo');
    for (const member of members) {
      await member.do({ do: 'load', prefix: member.name, concurrency: 4, bytes: 2000 });
    }
    for (let kills = 0; kills < 2; kills++) {
      await Promise.all(members.map((member) => further(member, 40)));
      const before = members.map((member) => member.events.length);
      await gateway.kill();
      await Promise.all(members.map((member, index) => member.event('poll-failed', before[index])));
      await gateway.restart();
    }
    await Promise.all(members.map((member) => further(member, 40)));
    await Promise.all(members.map((member) => member.do({ do: 'end-load' })));
    await fleet.settled();
    const verdict = await fleet.judged();
    assert.equal(verdict.durable, verdict.published, 'every call was answered');
    assert.equal(verdict.delivered, 2 * verdict.durable, 'nobody was restarted, so nothing comes twice');
  },
);

testOnCeph(
  '503 SlowDown makes nodes ask for less at once, and more again when the load ends',
  async (t, store, ceph) => {
    const gateway = await ceph.gateway({ maxRequests: 4 });
    const limits = { requestsInFlight: 12 };
    const publish = { lanes: 8, segmentsInFlight: 4, tipIntervalMs: 100, flushIntervalMs: 5 };
    const fleet = new Fleet(t, {
      store: through(gateway, store),
      limits,
      publish,
      poll: { minMs: 20, maxMs: 20 },
    });
    const members = await fleet.started('athens', 'bergen');
    for (const member of members) {
      await member.do({ do: 'load', prefix: member.name, concurrency: 60, bytes: 20_000 });
    }
    await Promise.all(members.map((member) => member.reached({ durable: 250, delivered: 250 })));
    await Promise.all(members.map((member) => member.do({ do: 'end-load' })));
    await fleet.settled();
    for (const member of members) {
      assert.ok((await limiter(member)).throttled > 0, `${member.name} was throttled`);
      assert.ok(member.lowestConcurrency <= 6, `at least halved: ${member.lowestConcurrency}`);
    }
    // Its polls are successes; each of them asks for nothing that others would have to wait for.
    for (const member of members) {
      while ((await limiter(member)).concurrency < limits.requestsInFlight) await member.do({ do: 'poll' });
    }
    const verdict = await fleet.judged();
    assert.equal(verdict.durable, verdict.published);
    assert.equal(verdict.delivered, verdict.durable);
  },
);

/** Resolves when the member has published and delivered so many more. */
function further(member: Member, count: number): Promise<void> {
  const { durable, delivered } = member.progress;
  return member.reached({ durable: durable + count, delivered: delivered + count });
}

async function limiter(member: Member): Promise<LimiterSnapshot> {
  return ((await member.do({ do: 'snapshot' })) as { limiter: LimiterSnapshot }).limiter;
}
