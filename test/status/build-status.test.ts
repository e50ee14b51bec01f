import assert from 'node:assert/strict';
import { it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { buildStatus } from '../../src/status/build-status.ts';
import { healthyNode, joiningNode, objectsReading, reading, subscription } from './healthy-node.ts';

it('a status is plain JSON: it comes back from JSON as it was', () => {
  const error = new BucketcastError('store-unavailable', 'no answer', { cause: new Error('secret cause') });
  const status = buildStatus(healthyNode({ reading: reading({ poll: { error, failures: 1 } }) }));
  assert.deepEqual(JSON.parse(JSON.stringify(status)), status);
  assert.deepEqual(status.store.error, { code: 'store-unavailable', message: 'no answer', hint: null });
});

it('before the fleet is joined it knows less, and says so by null', () => {
  const status = buildStatus(joiningNode());
  assert.equal(status.store.fleetId, null);
  assert.equal(status.store.lastPollAgoMs, null);
  assert.equal(status.writing, null);
  assert.deepEqual(status.subscriptions, []);
});

it('requests come with what they cost so far and at this pace', () => {
  const { requests } = buildStatus(healthyNode());
  assert.equal(requests.count, 7200);
  assert.equal(requests.dollars, 0.036);
  assert.equal(requests.sinceStart.requestsPerHour, 720);
  assert.equal(requests.recent?.requestsPerHour, 39_600);
  assert.ok(requests.assumptions.some((text) => text.includes('730 hours')));
});

it('of a thread with thousands of lanes it names a hundred, and counts the rest', () => {
  const shards = Array.from({ length: 5000 }, (_, index) => `w${index}/0`);
  const threads = [{ id: 0, alive: true, running: 0, waiting: 0, utilisation: 0, shards }];
  const [thread] = buildStatus(healthyNode({ pool: { threads, pending: 0 } })).threads;
  assert.deepEqual([thread?.shardCount, thread?.shards.length], [5000, 100]);
});

it('why a subscription waits is said in words, too', () => {
  const waiting = { reason: 'memory', forMs: 3000, bytesHeld: 1024, shareBytes: 1024 } as const;
  const [found] = buildStatus(
    healthyNode({ reading: reading({ subscriptions: [subscription({ waiting })] }) }),
  ).subscriptions;
  assert.deepEqual(found?.waiting, {
    ...waiting,
    text: 'its memory is full for 3 s (1 KiB of 1 KiB)',
  });
});

it('what is on the way to a subscription is what it reads', () => {
  const subscriptions = [subscription({ waiting: { reason: 'fetching', forMs: 0, fetches: 2 } })];
  const objects = { ...objectsReading(), subscriptions };
  const found = buildStatus(healthyNode({ reading: reading({ subscriptions }), objects })).subscriptions;
  assert.deepEqual(
    found.map(({ waiting }) => waiting.text),
    ['2 segments on the way', '2 objects on the way'],
  );
});

it('names the keys that this node has, and those that tips and batches in the bucket are signed with', () => {
  const keys = { active: 'k2', readable: ['k1', 'k2'], required: true };
  const keysSeen = [
    { keyId: 'k2', writers: 3, batches: 0 },
    { keyId: null, writers: 0, batches: 1 },
  ];
  const status = buildStatus(healthyNode({ keys, reading: reading({ keysSeen }) }));
  assert.deepEqual(status.keys, { ...keys, inUse: keysSeen });
});
