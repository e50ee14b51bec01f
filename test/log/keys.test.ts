import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isServerName,
  laneKey,
  markerKey,
  maxNumber,
  parkedKey,
  parseParkedKey,
  parseSegmentKey,
  parseTipsKey,
  parseWriter,
  sealedName,
  segmentKey,
  type Tip,
  tipKey,
  writerName,
} from '../../src/log/keys.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { sampleWriter } from './support/sample-segment.ts';

const numbers = [0, 1, 35, 36, 1295, 1296, 10_000, 2 ** 31, 2 ** 32, 2 ** 45, maxNumber - 1, maxNumber];
const batch = '0123456789abcdef'.repeat(2);

test('every kind of key comes back as what it was made of', () => {
  const random = new SeededRandom(3);
  for (let i = 0; i < 500; i++) {
    const lanes = Array.from({ length: 1 + random.below(16) }, () => {
      const next = random.pick(numbers);
      return { next, oldest: Math.min(next, random.pick(numbers)) };
    });
    const tip: Tip = { writer: sampleWriter, rev: random.pick(numbers), lanes };
    const signed: Tip = random.chance(0.5) ? tip : { ...tip, mac: `k${random.below(99)}-${batch}` };
    assert.deepEqual(parseTipsKey(tipKey(signed)), { type: 'tip', tip: signed });
    const id = { writer: sampleWriter, lane: random.below(16), sequence: random.pick(numbers) };
    assert.deepEqual(parseSegmentKey(segmentKey(id, id.sequence)), id);
  }
  assert.deepEqual(parseTipsKey(markerKey(batch)), { type: 'marker', batch });
  assert.equal(parseParkedKey(parkedKey(batch)), batch);
  const parts = { server: 'a.b-c', hostId: 'f'.repeat(16), incarnation: batch };
  assert.deepEqual(parseWriter(writerName(parts)), parts);
});

test('byte order of keys is the order of their numbers', () => {
  const keys = (make: (value: number) => string) => numbers.map((value) => Buffer.from(make(value)));
  for (const made of [
    keys((value) => segmentKey({ writer: sampleWriter, lane: 0 }, value)),
    keys((rev) => tipKey({ writer: sampleWriter, rev, lanes: [{ next: 0, oldest: 0 }] })),
  ]) {
    assert.deepEqual(
      made.toSorted((a, b) => Buffer.compare(a, b)),
      made,
    );
  }
});

test('numbers that do not fit are refused before a key is made of them', () => {
  for (const value of [-1, 0.5, maxNumber + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => segmentKey({ writer: sampleWriter, lane: 0 }, value), RangeError);
  }
});

test('a key under tips/ that no writer makes is foreign', () => {
  const n = '0000000001';
  const o = '0000000000';
  const mac = `k-${batch}`;
  const names = [
    '',
    n,
    `${n}_`,
    `${n}_${n}`,
    `${n}_${o}.${n}`,
    `${n}_${n}.${o}.${o}`,
    `${n}_${n}.${o}/`,
    `${n}_${n}.${o}/x`,
    `${n}_${mac}`,
    `${n}_${mac}_${n}.${o}`,
    `${n}_${n}.${o}_K-${batch}`,
    `${n}_${n}.${o}_k-${batch}0`,
    `${n}_${n}.${o}_${mac}_${mac}`,
    `${n}_${n.toUpperCase().replace('1', 'Z')}.${o}`,
    `0${n}_${n}.${o}`,
    `${n}_${n}.${o}\n`,
    n.concat(`_${n}.${o}`.repeat(17)),
    `${n}_-000000001.${o}`,
  ];
  const keys = [
    ...names.map((name) => `v1/tips/${sampleWriter}/${name}`),
    `v1/tips/nobody/${n}_${n}.${o}`,
    `v1/tips/A~${'0'.repeat(16)}~${batch}/${n}_${n}.${o}`,
    `v1/tips/${sampleWriter}`,
    'v1/tips/',
    'v1/tips/~/',
    `v1/tips/~/${batch}x`,
    `v1/tips/~/${batch.toUpperCase()}`,
    `v1/tips/~/../${batch}`,
    `v2/tips/~/${batch}`,
    '',
    '../../etc/passwd',
    `v1/tips/__proto__/${n}_${n}.${o}`,
  ];
  for (const key of keys) assert.deepEqual(parseTipsKey(key), { type: 'foreign' }, key);
});

test('a segment key is only what segmentKey makes', () => {
  const good = segmentKey({ writer: sampleWriter, lane: 10 }, 5);
  assert.match(good, /^v1\/log\/[0-9a-f]{2}\/web-1\.example~00112233445566aa~[0-9a-f]{32}\/a\/0000000005$/);
  const shard = good.slice('v1/log/'.length, 'v1/log/'.length + 2);
  const otherShard = shard === '00' ? '01' : '00';
  for (const key of [
    good.slice(3),
    `${good}/`,
    `${good}0`,
    good.slice(0, -1),
    good.replace(`/${shard}/`, `/${otherShard}/`),
    good.replace('/a/', '/g/'),
    good.replace('/a/', '/0a/'),
    good.replace('web-1', 'WEB-1'),
    good.replace('/a/', '/../'),
    'v1/log/',
  ]) {
    assert.equal(parseSegmentKey(key), undefined, key);
  }
});

test('parked keys and server names take nothing else', () => {
  for (const key of ['v1/parked/', `v1/parked/${batch}/`, `v1/parked/${batch.slice(1)}`, `parked/${batch}`]) {
    assert.equal(parseParkedKey(key), undefined, key);
  }
  for (const name of ['', 'A', 'a~b', 'a/b', 'a_b', 'ü', 'a'.repeat(64), 'a\n'])
    assert.equal(isServerName(name), false);
  for (const name of ['a', 'web-1.example.org', '0'.repeat(63)]) assert.equal(isServerName(name), true);
});

test('a lane has one name, and a seal binds the key below v1/', () => {
  assert.equal(laneKey({ writer: sampleWriter, lane: 15 }), `${sampleWriter}/f`);
  assert.equal(sealedName('v1/log/00/w/0/0000000000'), 'log/00/w/0/0000000000');
});
