import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimKey } from '../../src/log/claim-keys.ts';
import { withoutConditions } from '../publish/object-rig.ts';
import { ClaimsRig, marginMs, ttlMs, url } from './claims-rig.ts';

test('one holds a URL, another is told who and until when', async () => {
  const rig = new ClaimsRig();
  const [a, b] = [rig.member('a'), rig.member('b')];
  const claim = await a.take();
  const answer = await b.claims.claim(url);
  assert.deepEqual(answer, {
    status: 'held',
    holder: { server: 'a', token: claim.token, until: claim.expiresAt + marginMs },
  });
  assert.equal(claim.signal.aborted, false);
  assert.equal((await b.claims.claim('https://a.example/other.xml', { renew: false })).status, 'taken');
});

test('the same server does not get what it holds a second time', async () => {
  const rig = new ClaimsRig();
  const a = rig.member('a');
  await a.take();
  assert.equal(await a.refused(), 'a');
});

test('of fifty that ask at once, exactly one gets it', async () => {
  const rig = new ClaimsRig();
  const members = Array.from({ length: 50 }, (_, index) => rig.member(`s${index}`));
  for (let round = 0; round < 5; round += 1) {
    const answers = await Promise.all(members.map(({ claims }) => claims.claim(url, { renew: false })));
    const taken = answers.flatMap((answer) => (answer.status === 'taken' ? [answer.claim] : []));
    assert.equal(taken.length, 1);
    await taken[0]?.release();
  }
});

test('what is released can be had at once, with a larger token, and its object stays', async () => {
  const rig = new ClaimsRig();
  const [a, b] = [rig.member('a'), rig.member('b')];
  const first = await a.take();
  await first.release();
  await first.release();
  assert.equal(first.signal.aborted, true);
  assert.equal((await rig.bucket.head(claimKey(url))).status, 'found');
  const second = await b.take();
  assert.ok(second.token > first.token);
  assert.equal(await first.renew(), false);
  assert.equal(await a.refused(), 'b');
});

test('what is not renewed ends before others may have it, and their token is larger', async () => {
  const rig = new ClaimsRig();
  const [a, b] = [rig.member('a'), rig.member('b')];
  const lost: unknown[] = [];
  a.events.on('claim-lost', (event) => lost.push(event));
  const first = await a.take();
  await rig.clock.advance(ttlMs - 1);
  assert.equal(first.signal.aborted, false);
  await rig.clock.advance(1);
  assert.equal(first.signal.aborted, true);
  assert.deepEqual(lost, [{ url, token: first.token, reason: 'expired' }]);
  assert.equal(await b.refused(), 'a');
  await rig.clock.advance(marginMs);
  const second = await b.take();
  assert.ok(second.token > first.token);
  assert.equal(await first.renew(), false);
  await first.release();
  assert.equal(await a.refused(), 'b');
});

test('one that renews itself holds until it is released, and leaves no timer', async () => {
  const rig = new ClaimsRig();
  const [a, b] = [rig.member('a'), rig.member('b')];
  const claim = await a.take({});
  await rig.clock.advance(5 * ttlMs);
  assert.equal(claim.signal.aborted, false);
  assert.equal(await b.refused(), 'a');
  assert.ok(claim.expiresAt > rig.clock.now());
  await claim[Symbol.asyncDispose]();
  assert.equal(rig.clock.pending, 0);
  await (await b.take()).release();
});

test('tokens rise also when the claim was deleted, or an older one put back', async () => {
  const rig = new ClaimsRig();
  const a = rig.member('a');
  const first = await a.take();
  const old = await rig.bucket.get(claimKey(url));
  await first.release();
  await rig.clock.advance(ttlMs + marginMs + 1000);
  const second = await a.take();
  await second.release();
  assert.ok(old.status === 'found');
  await rig.bucket.put(claimKey(url), old.body);
  const third = await a.take();
  await third.release();
  await rig.bucket.delete(claimKey(url));
  await rig.clock.advance(1000);
  const fourth = await a.take();
  const tokens = [first, second, third, fourth].map(({ token }) => token);
  assert.deepEqual(
    tokens,
    tokens.toSorted((x, y) => x - y),
  );
});

test('a store that ignores conditions is refused at the first claim, and not asked again', async () => {
  const rig = new ClaimsRig();
  const a = rig.member('a', { bucket: withoutConditions(rig.bucket) });
  await assert.rejects(a.take(), { code: 'store-refused', message: /does not honour conditional writes/ });
  const { length } = a.store.calls;
  await assert.rejects(a.take(), { code: 'store-refused' });
  assert.equal(a.store.calls.length, length);
  assert.equal(a.claims.snapshot().isUnfit, true);
});

test('conditions are asked about with the first claim only: then each takes a GET and a PUT', async () => {
  const rig = new ClaimsRig();
  const a = rig.member('a');
  await (await a.take()).release();
  a.store.calls.length = 0;
  await (await a.take()).release();
  assert.deepEqual(
    a.store.calls.map(({ operation }) => operation),
    ['get', 'put', 'put'],
  );
});

test('a node that stops releases what it holds, and gives nothing any more', async () => {
  const rig = new ClaimsRig();
  const [a, b] = [rig.member('a'), rig.member('b')];
  const claim = await a.take({});
  await a.claims.stop(1000);
  assert.equal(claim.signal.aborted, true);
  assert.equal(rig.clock.pending, 0);
  await b.take();
  await assert.rejects(a.take(), { code: 'closed' });
});

test('what is no URL and no time is refused before anything is asked', async () => {
  const a = new ClaimsRig().member('a');
  await assert.rejects(a.claims.claim(''), { code: 'invalid-update' });
  for (const wrong of [0, 999, 1000.5, Number.NaN, 10 ** 9])
    await assert.rejects(a.claims.claim(url, { ttlMs: wrong }), { code: 'invalid-settings' });
  assert.equal(a.store.calls.length, 0);
});
