import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { Emitter } from '../../src/base/emitter.ts';
import { Claims } from '../../src/claims/claims.ts';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { ScriptedStore } from '../publish/scripted-store.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { serve } from './http-rig.ts';

const url = 'https://a.example/feed.xml';

async function serveClaims(t: TestContext, parts: Parameters<typeof serve>[2] = {}) {
  const store = new ScriptedStore(new MemoryStore());
  const claims = new Claims(
    { server: 'a', fleetId: 'f1'.repeat(16), keys: noKeys, claims: { ttlMs: 60_000, marginMs: 2000 } },
    { store, clock: systemClock, random: new SeededRandom(5), events: new Emitter() },
  );
  const served = await serve(t, {}, parts);
  t.after(() => claims.stop(0));
  served.node.claims = claims;
  return { ...served, claims, store };
}

interface GivenClaim {
  readonly claim: string;
  readonly url: string;
  readonly token: number;
  readonly expiresAt: string;
}

test('a claim is given, refused to the next, renewed, released, and given again with a larger token', async (t) => {
  const { ask, post } = await serveClaims(t);
  const given = await post('/api/claims', { url, ttlMs: 30_000 });
  assert.equal(given.status, 201);
  const first = (await given.json()) as GivenClaim;
  assert.equal(given.headers.get('location'), `/api/claims/${first.claim}`);
  assert.equal(first.url, url);

  const refused = await post('/api/claims', { url });
  assert.equal(refused.status, 409);
  const { code, holder } = (await refused.json()) as { code: string; holder: Record<string, unknown> };
  assert.equal(code, 'claimed');
  assert.deepEqual({ ...holder, until: undefined }, { server: 'a', token: first.token, until: undefined });
  assert.equal(Date.parse(String(holder['until'])), Date.parse(first.expiresAt) + 2000);

  const path = `/api/claims/${first.claim}`;
  const renewed = await ask(path, { method: 'PUT' });
  assert.equal(renewed.status, 200);
  const again = (await renewed.json()) as GivenClaim;
  assert.equal(again.token, first.token);
  assert.ok(again.expiresAt >= first.expiresAt);
  assert.equal((await ask(path, { method: 'DELETE' })).status, 204);
  for (const method of ['DELETE', 'PUT']) assert.equal((await ask(path, { method })).status, 404);

  const second = (await (await post('/api/claims', { url })).json()) as GivenClaim;
  assert.ok(second.token > first.token);
});

test('what is no request for a claim is refused, and claims nothing', async (t) => {
  const { post, store } = await serveClaims(t);
  const wrong: readonly unknown[] = [
    [],
    'null',
    {},
    { url: 7 },
    { url: '' },
    { url, ttlMs: '60s' },
    { url, ttlMs: 5 },
    { url, ttl: 5 },
    '{"url": "a", "__proto__": {}}',
  ];
  for (const body of wrong) assert.equal((await post('/api/claims', body)).status, 400, JSON.stringify(body));
  assert.equal(store.calls.length, 0);
});

test('a node that has not joined, and a store that is away, are told as such', async (t) => {
  const { post, node, store } = await serveClaims(t, { timeouts: { publishMs: 20 } });
  store.script = () => 'lose';
  const away = await post('/api/claims', { url });
  assert.equal(away.status, 503);
  assert.ok(away.headers.has('retry-after'));
  store.script = () => 'hang';
  const late = await post('/api/claims', { url });
  assert.equal(late.status, 503);
  assert.equal(((await late.json()) as { code: string }).code, 'unknown-outcome');
  node.claims = (await serve(t)).node.claims;
  assert.equal((await post('/api/claims', { url })).status, 503);
});

test('without the token nobody claims', async (t) => {
  const { post } = await serve(t, { token: 'correct horse battery' });
  assert.equal((await post('/api/claims', { url })).status, 401);
});
