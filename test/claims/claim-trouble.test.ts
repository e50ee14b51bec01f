import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimKey } from '../../src/log/claim-keys.ts';
import { type FleetKeys, noKeys } from '../../src/log/fleet-keys.ts';
import type { Fate } from '../publish/scripted-store.ts';
import { ClaimsRig, type Member, marginMs, ttlMs, url } from './claims-rig.ts';

const key = { id: 'k1', secret: new Uint8Array(32).fill(7) };
const keys: FleetKeys = { ring: [key], active: 'k1', required: true };

/** The n-th PUT from now on (from 1) meets this. */
function nthPut(member: Member, n: number, fate: Fate): void {
  let puts = 0;
  member.store.script = ({ operation }) => (operation === 'put' && ++puts === n ? fate : 'pass');
}

async function warm(member: Member): Promise<void> {
  await (await member.take()).release();
}

test('a taking whose answer is lost is found by its nonce', async () => {
  const rig = new ClaimsRig();
  const [a, b] = [rig.member('a'), rig.member('b')];
  nthPut(a, 1, 'lose-reply');
  const claim = await a.take();
  assert.equal(claim.signal.aborted, false);
  assert.equal(await b.refused(), 'a');
  assert.equal(await claim.renew(), true);
  await claim.release();
  await b.take();
});

test('a taking that never arrives is no claim', async () => {
  const rig = new ClaimsRig();
  const [a, b] = [rig.member('a'), rig.member('b')];
  nthPut(a, 1, 'lose');
  await assert.rejects(a.take(), { code: 'store-unavailable' });
  assert.equal(a.claims.snapshot().failed, 1);
  await b.take();
});

test('a renewal and a release whose answers are lost count', async () => {
  const rig = new ClaimsRig();
  const [a, b] = [rig.member('a'), rig.member('b')];
  const claim = await a.take();
  await rig.clock.advance(ttlMs / 2);
  nthPut(a, 1, 'lose-reply');
  assert.equal(await claim.renew(), true);
  await rig.clock.advance(ttlMs - 1);
  assert.equal(claim.signal.aborted, false);
  nthPut(a, 1, 'lose-reply');
  await claim.release();
  await b.take();
});

test('a release waits for a store that hangs until the claim is over anyway, and no longer', async () => {
  const rig = new ClaimsRig();
  const [a, b] = [rig.member('a'), rig.member('b')];
  const claim = await a.take();
  a.store.script = () => 'hang';
  const released = assert.rejects(claim.release(), { code: 'store-unavailable' });
  assert.equal(claim.signal.aborted, true);
  await rig.clock.advance(ttlMs);
  await released;
  assert.deepEqual([a.claims.snapshot().held, a.claims.snapshot().lost], [0, 0]);
  await rig.clock.advance(marginMs + 1000);
  await b.take();
});

test('the first claims of a process do not fail with one another', async () => {
  const rig = new ClaimsRig();
  const a = rig.member('a');
  // The third PUT is the first question after the store's conditions.
  nthPut(a, 3, 'lose');
  const both = ['one', 'other'].map((name) => a.claims.claim(name, { renew: false }));
  const outcomes = await Promise.allSettled(both);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
});

test('a renewal that fails leaves the claim as long as it had; the next one counts from when it was begun', async () => {
  const rig = new ClaimsRig();
  const a = rig.member('a');
  const claim = await a.take();
  const { expiresAt } = claim;
  await rig.clock.advance(3000);
  nthPut(a, 1, 'lose');
  await assert.rejects(claim.renew(), { code: 'store-unavailable' });
  assert.equal(claim.expiresAt, expiresAt);
  nthPut(a, 1, rig.clock.sleep(2000));
  const renewed = claim.renew();
  await rig.clock.advance(2000);
  assert.equal(await renewed, true);
  await rig.clock.advance(ttlMs - 2001);
  assert.equal(claim.signal.aborted, false);
  await rig.clock.advance(1);
  assert.equal(claim.signal.aborted, true);
});

test('an answer that comes after the time is over renews nothing', async () => {
  const rig = new ClaimsRig();
  const a = rig.member('a');
  const claim = await a.take();
  await rig.clock.advance(ttlMs - 1000);
  a.store.script = ({ operation }) => (operation === 'put' ? rig.clock.sleep(1500) : 'pass');
  const renewed = claim.renew();
  await rig.clock.advance(5000);
  assert.equal(await renewed, false);
  assert.equal(claim.signal.aborted, true);
});

test('one that renews itself outlives failures, and ends in time when they do not end', async () => {
  const rig = new ClaimsRig();
  const [a, b] = [rig.member('a'), rig.member('b')];
  const claim = await a.take({});
  nthPut(a, 1, 'lose');
  await rig.clock.advance(2 * ttlMs);
  assert.equal(claim.signal.aborted, false);
  a.store.script = () => 'lose';
  await rig.clock.advance(ttlMs);
  assert.equal(claim.signal.aborted, true);
  await rig.clock.advance(marginMs + 1000);
  await b.take();
});

test('an answer slower than the claim is none, and is given back', async () => {
  const rig = new ClaimsRig();
  const [a, b] = [rig.member('a'), rig.member('b')];
  await warm(a);
  nthPut(a, 1, rig.clock.sleep(ttlMs));
  const taking = a.take();
  taking.catch(() => {});
  await rig.clock.advance(ttlMs);
  await assert.rejects(taking, { code: 'store-unavailable', message: /longer to answer/ });
  await b.take();
});

test('a process that was paused sees at its first look that its time is over', async () => {
  const rig = new ClaimsRig();
  const claim = await rig.member('a').take({});
  const { signal } = claim;
  rig.clock.compute(ttlMs);
  assert.equal(claim.signal.aborted, true);
  assert.equal(signal.aborted, true);
});

test('who holds it loses it when somebody else stands there, and says so', async () => {
  const rig = new ClaimsRig();
  const [a, b] = [rig.member('a'), rig.member('b')];
  const lost: string[] = [];
  a.events.on('claim-lost', ({ reason }) => lost.push(reason));
  const claim = await a.take();
  // The store's clock is wrong for a moment.
  rig.storeAheadMs = 60_000;
  const other = await b.take();
  rig.storeAheadMs = 0;
  assert.equal(await claim.renew(), false);
  assert.deepEqual(lost, ['taken over']);
  assert.ok(other.token > claim.token);
  await claim.release();
  assert.equal(await other.renew(), true);
});

test('a store whose clock goes back lets nobody in too early', async () => {
  const rig = new ClaimsRig();
  const [a, b] = [rig.member('a'), rig.member('b')];
  const claim = await a.take();
  rig.storeAheadMs = -60_000;
  assert.equal(await claim.renew(), true);
  await rig.clock.advance(ttlMs - 1);
  assert.equal(claim.signal.aborted, false);
  assert.equal(await b.refused(), 'a');
});

test('what is no claim is told and left as it is', async () => {
  const rig = new ClaimsRig();
  const a = rig.member('a');
  const told: string[] = [];
  a.events.on('distrusted', ({ key: where }) => told.push(where));
  for (const body of ['', 'hello', 'bucketcast-claim 1 -\n{}\n00000000\n']) {
    await rig.bucket.put(claimKey(url), Buffer.from(body));
    await assert.rejects(a.take(), { code: 'corrupt' });
    const found = await rig.bucket.get(claimKey(url));
    assert.equal(found.status === 'found' && Buffer.from(found.body).toString(), body);
  }
  assert.deepEqual(
    told,
    Array.from({ length: 3 }, () => claimKey(url)),
  );
});

test('a claim of another URL or fleet put in its place is no claim', async () => {
  const rig = new ClaimsRig();
  const a = rig.member('a');
  const other = 'https://a.example/other.xml';
  await a.claims.claim(other, { renew: false });
  const found = await rig.bucket.get(claimKey(other));
  assert.ok(found.status === 'found');
  await rig.bucket.put(claimKey(url), found.body);
  await assert.rejects(a.take(), { code: 'corrupt' });
});

test('with keys, claims are signed, keep the URL to themselves, and forged ones hold nobody off silently', async () => {
  const rig = new ClaimsRig();
  const signed = rig.member('a', { keys });
  const claim = await signed.take();
  const found = await rig.bucket.get(claimKey(url));
  const text = found.status === 'found' ? Buffer.from(found.body).toString() : '';
  assert.match(text, /^bucketcast-claim 1 k1-[0-9a-f]{32}\n/);
  assert.ok(!text.includes('a.example'));
  await assert.rejects(rig.member('b').take(), { code: 'unknown-key' });
  await claim.release();

  await rig.bucket.delete(claimKey(url));
  await rig.member('forger', { keys: noKeys }).take();
  await assert.rejects(signed.take(), { code: 'corrupt', message: /no MAC/ });
  // Over, it is in nobody's way: so keys can be introduced where claims stand already.
  await rig.clock.advance(ttlMs + marginMs + 1000);
  await signed.take();
  const otherKey = { ring: [{ ...key, secret: new Uint8Array(32) }], active: 'k1', required: true };
  await rig.bucket.delete(claimKey(url));
  await rig.member('other', { keys: otherKey }).take();
  await assert.rejects(signed.take(), { code: 'corrupt', message: /MAC is wrong/ });
});
