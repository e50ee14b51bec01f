import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeenSet } from '../../src/objects/seen-set.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const random = new SeededRandom(7);
const digest = () => Buffer.from(random.bytes(16));

test('a set knows what was added, wherever in a page it stands, and nothing else', () => {
  const set = new SeenSet();
  const [a, b, c] = [digest(), digest(), digest()];
  assert.equal(set.add(a, 'seen', false), true);
  assert.equal(set.add(a, 'seen', false), false);
  set.add(b, 'saved', true);
  const page = Buffer.concat([c, b, a]);
  assert.deepEqual(
    [0, 16, 32].map((at) => set.has(page, at)),
    [false, true, true],
  );
  assert.equal(set.size, 2);
});

test('what two complete listings in a row lack is given up, and not before', () => {
  const set = new SeenSet();
  const kept = digest();
  const gone = digest();
  for (const each of [kept, gone]) set.add(each, 'saved', false);
  const listing = (...named: Buffer[]) => {
    set.beginListing();
    for (const each of named) set.see(each);
    return Buffer.from(set.endListing());
  };
  assert.equal(listing(kept).length, 0);
  assert.deepEqual(listing(kept), gone);
  assert.ok(set.has(gone), 'it is known until it is deleted');
  set.delete(gone);
  assert.equal(listing(kept).length, 0);
});

test('a listing that has a version again begins the count anew', () => {
  const set = new SeenSet();
  const one = digest();
  set.add(one, 'seen', false);
  for (const named of [false, true, false, true, false]) {
    set.beginListing();
    if (named) set.see(one);
    assert.equal(set.endListing().length, 0);
  }
  set.beginListing();
  assert.deepEqual(Buffer.from(set.endListing()), one);
});

test('listings that failed count for nothing, but for what they have named', () => {
  const set = new SeenSet();
  const one = digest();
  set.add(one, 'saved', false);
  for (let failed = 0; failed < 5; failed += 1) set.beginListing();
  assert.equal(set.endListing().length, 0);
  set.beginListing();
  assert.equal(set.endListing().length, 16);
});

test('what is pending is never given up, and settles into what is', () => {
  const set = new SeenSet();
  const one = digest();
  set.add(one, 'seen', true);
  const lacking = () => {
    set.beginListing();
    return set.endListing().length;
  };
  assert.deepEqual([lacking(), lacking(), lacking()], [0, 0, 0]);
  set.settle(one);
  assert.equal(lacking(), 16);
});

test('it agrees with a plain set through twenty thousand random changes', () => {
  const set = new SeenSet();
  const plain = new Map<string, Buffer>();
  for (let step = 0; step < 20_000; step += 1) {
    const old = [...plain.values()][random.below(Math.max(1, Math.min(plain.size, 50)))];
    if (random.chance(0.4) && old !== undefined) {
      set.delete(old);
      plain.delete(old.toString('hex'));
    } else {
      // Few first bytes, so that entries crowd into one part of their table.
      const next = digest();
      next[15] = random.below(2);
      next[3] = random.below(4);
      set.add(next, 'seen', false);
      plain.set(next.toString('hex'), next);
    }
    if (step % 1000 === 0) for (const each of plain.values()) assert.ok(set.has(each));
  }
  assert.equal(set.size, plain.size);
  for (const each of plain.values()) assert.ok(set.has(each));
});

test('a hundred thousand keys take at most 35 bytes each', () => {
  const set = new SeenSet();
  for (let count = 0; count < 100_000; count += 1) set.add(digest(), 'seen', false);
  assert.ok(set.bytes / set.size <= 35, `${set.bytes / set.size} bytes`);
});
