import assert from 'node:assert/strict';
import { systemClock } from '../../src/base/clock.ts';
import { Emitter } from '../../src/base/emitter.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import { systemRandom } from '../../src/base/random.ts';
import { Claims } from '../../src/claims/claims.ts';
import { defaultSettings, type Settings } from '../../src/config/settings.ts';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { openStore } from '../../src/store/open-store.ts';
import { RetryingStore } from '../../src/store/retrying-store.ts';
import { type StoreSettings, testOnBoth, testOnCeph, through } from './stores.ts';

const url = 'https://a.example/feed.xml';
const fleetId = 'f1'.repeat(16);
const quick = { ttlMs: 1000, renew: false };

/** Servers of one fleet, each with a way to the store of its own. */
async function fleet(count: number, settings: readonly StoreSettings[]) {
  const stores = await Promise.all(
    settings.map((each) => openStore({ ...defaultSettings.store, ...each } as Settings['store'])),
  );
  const parts = { clock: systemClock, random: systemRandom, events: new Emitter<NodeEvents>() };
  const members = Array.from({ length: count }, (_, index) => {
    const store = stores[index % stores.length] as (typeof stores)[number];
    const retrying = new RetryingStore(store, { settings: defaultSettings.retry, ...parts });
    const claims = { ttlMs: 60_000, marginMs: 1000 };
    return new Claims({ server: `s${index}`, fleetId, keys: noKeys, claims }, { ...parts, store: retrying });
  });
  return {
    members,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(members.map((member) => member.stop(5000)));
      await Promise.all(stores.map((store) => store.close()));
    },
  };
}

async function winners(members: readonly Claims[], of = url) {
  const answers = await Promise.all(members.map((member) => member.claim(of)));
  return answers.flatMap((answer) => (answer.status === 'taken' ? [answer.claim] : []));
}

testOnBoth('of fifty that claim a URL at once, one gets it, again and again', async (_t, store) => {
  await using servers = await fleet(50, [store]);
  let last = 0;
  for (let round = 0; round < 3; round += 1) {
    const claims = await winners(servers.members);
    assert.equal(claims.length, 1, `round ${round}`);
    const [claim] = claims;
    assert.ok(claim !== undefined && claim.token > last);
    last = claim.token;
    assert.equal(await claim.renew(), true);
    await claim.release();
  }
});

testOnCeph('of fifty through two gateways, one gets each URL', async (_t, store, ceph) => {
  const second = await ceph.gateway();
  await using servers = await fleet(50, [store, through(second, store)]);
  for (const name of ['a', 'b', 'c']) assert.equal((await winners(servers.members, name)).length, 1, name);
});

testOnBoth('what is not renewed is taken over once its time and the margin are over', async (_t, store) => {
  await using servers = await fleet(2, [store]);
  const [a, b] = servers.members as [Claims, Claims];
  const first = await a.claim(url, quick);
  assert.ok(first.status === 'taken');
  const held = await b.claim(url, quick);
  assert.ok(held.status === 'held');
  assert.equal(held.holder.server, 's0');
  let second = held as Awaited<ReturnType<Claims['claim']>>;
  while (second.status === 'held') {
    await systemClock.sleep(50);
    second = await b.claim(url, quick);
  }
  assert.equal(first.claim.signal.aborted, true);
  assert.ok(second.claim.token > first.claim.token);
  assert.equal(await first.claim.renew(), false);
  await second.claim.release();
  const third = await a.claim(url, quick);
  assert.ok(third.status === 'taken' && third.claim.token > second.claim.token);
});
