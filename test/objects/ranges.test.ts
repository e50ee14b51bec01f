import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { folderOf, KeyScale } from '../../src/objects/key-scale.ts';
import { RangeCount } from '../../src/objects/range-count.ts';
import { cutsOf, type KeyRange, planRanges, type Stretch } from '../../src/objects/ranges.ts';
import { compareKeys } from '../../src/store/key-order.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { folderKeys, oddKeys, prefix } from './key-sets.ts';

/** What a listing of `keys` counts, when it lists `ranges`. */
function counted(keys: readonly string[], ranges: readonly KeyRange[]): Stretch[] {
  return ranges.flatMap((range) => {
    const count = new RangeCount(prefix, range);
    count.add(keys.filter((key) => isIn(range, key)));
    return [...count.stretches()];
  });
}

function isIn({ after, until }: KeyRange, key: string): boolean {
  return (
    (after === undefined || compareKeys(key, after) > 0) &&
    (until === undefined || compareKeys(key, until) <= 0)
  );
}

const whole = planRanges([], { shardPages: 1 });

describe('the plan of a listing', () => {
  it('is one range without ends as long as nothing was counted, or little', () => {
    assert.deepEqual(whole, [{ expected: 0, before: 0 }]);
    const stretches = counted(folderKeys('a', 1000).sort(compareKeys), whole);
    assert.deepEqual(planRanges(stretches, { shardPages: 1 }), [{ expected: 1000, before: 0 }]);
  });

  for (const seed of [1, 2, 3, 4, 5]) {
    it(`holds every key in exactly one range, also new ones (seed ${seed})`, () => {
      const random = new SeededRandom(seed);
      const keys = oddKeys(random, 6000);
      const ranges = planRanges(counted(keys, whole), { shardPages: 1, room: seed * 40 });
      assert.ok(ranges.length >= 6);
      const ends = ranges.flatMap(({ after, until }) => [after, until]).filter((end) => end !== undefined);
      for (const key of [...keys, ...oddKeys(random, 500), ...ends]) {
        assert.equal(ranges.filter((range) => isIn(range, key)).length, 1, key);
      }
    });
  }

  it('merges neighbours up to whole pages, exactly so once a bucket stays as it is', () => {
    const keys = folderKeys('a', 20_500).sort(compareKeys);
    const few = [{ until: keys[332] as string, expected: 0, before: 0 }];
    const uneven = [...few, { after: keys[332] as string, expected: 0, before: 0 }];
    let ranges = planRanges(counted(keys, uneven), { shardPages: 4 });
    assert.ok(ranges.length <= 7);
    ranges = planRanges(counted(keys, ranges), { shardPages: 4 });
    ranges = planRanges(counted(keys, ranges), { shardPages: 4 });
    assert.deepEqual(
      ranges.map(({ expected }) => expected),
      [4000, 4000, 4000, 4000, 4000, 500],
    );
  });

  it('leaves room for what is new where keys came in, at most an eighth', () => {
    const stretches = counted(folderKeys('a', 30_000).sort(compareKeys), whole);
    const expected = (room: number) => planRanges(stretches, { shardPages: 8, room })[0]!.expected;
    assert.deepEqual([expected(0), expected(10), expected(1_000_000)], [8000, 7875, 7000]);
  });
});

describe('the cuts of a range that turned out long', () => {
  const cuts = (range: Partial<KeyRange>, last: string, keys: number, folders: string[], shardPages = 1) =>
    cutsOf({ range, last, keys, scale: new KeyScale(prefix, folders), shardPages, mostParts: 100 });

  it('divide a folder by the digits that names begin with', () => {
    const a = `${prefix}a/`;
    assert.deepEqual(cuts({}, `${a}40`, 1000, [a]), [`${a}8`, `${a}c`]);
    assert.deepEqual(cuts({ after: `${a}4`, until: `${a}8` }, `${a}48`, 2000, [a], 7), [`${a}64`]);
  });

  it('divide folders that were not reached yet as if they were like those before', () => {
    const folders = ['a', 'b', 'c', 'd'].map((name) => `${prefix}${name}/`);
    assert.deepEqual(cuts({}, `${folders[0]}ff`, 1000, folders).length, 3);
    assert.deepEqual(cuts({}, `${folders[1]}ff`, 100, folders), []);
  });

  it('are none where nothing can be told: no names with digits, or none left', () => {
    assert.deepEqual(cuts({}, `${prefix}a/zz`, 1000, [`${prefix}a/`]), []);
    assert.deepEqual(cuts({ after: `${prefix}a/g` }, `${prefix}a/zz`, 1000, [`${prefix}a/`]), []);
  });

  it('lie in order between the last key and the end, whatever the keys', () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const random = new SeededRandom(seed);
      const keys = oddKeys(random, 300);
      const folders = keys.map((key) => folderOf(prefix, key)).filter((folder) => folder !== undefined);
      const [after, last, until] = [random.float(), random.float(), random.float()]
        .map((part) => keys[Math.floor(part * keys.length)] as string)
        .sort(compareKeys) as [string, string, string];
      const all = cuts({ after, until }, last, 50_000, folders);
      [last, ...all, until].reduce((before, key) => {
        assert.ok(compareKeys(before, key) < 0 || all.length === 0, `seed ${seed}: ${before} ${key}`);
        return key;
      });
    }
  });
});

describe('the scale of keys', () => {
  it('never runs backwards', () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const keys = oddKeys(new SeededRandom(seed), 1000);
      const folders = keys.map((key) => folderOf(prefix, key)).filter((folder) => folder !== undefined);
      for (const scale of [new KeyScale(prefix, folders), new KeyScale(prefix, [])]) {
        let before = 0;
        for (const key of keys) {
          const position = scale.positionOf(key);
          assert.ok(position >= before && position <= scale.length, `seed ${seed}: ${key}`);
          before = position;
        }
      }
    }
  });
});
