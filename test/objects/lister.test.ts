import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ObjectListTask } from '../../src/log/object-reader.ts';
import { compareKeys } from '../../src/store/key-order.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { folderKeys, oddKeys, prefix } from './key-sets.ts';
import { listerRig } from './lister-rig.ts';

const sorted = (keys: readonly string[]) => keys.toSorted(compareKeys);

/** That `found` are all of them, each once, in whatever order. */
function assertSame(found: readonly string[], keys: Iterable<string>): void {
  const expected = new Set(keys);
  assert.equal(found.length, expected.size);
  assert.ok(new Set(found).isSubsetOf(expected) && expected.isSubsetOf(new Set(found)));
}

describe('the lister of objects', () => {
  it('lists a short bucket in one run of pages, all folders at once', async () => {
    const { put, list } = listerRig({ shardPages: 3 });
    assert.deepEqual((await list()).lists, 1);
    const keys = ['a', 'b', 'c', 'd'].flatMap((folder) => folderKeys(folder, 625));
    await put(keys);
    for (let poll = 0; poll < 3; poll += 1) {
      const listed = await list();
      assert.deepEqual(listed.keys, sorted(keys));
      assert.deepEqual([listed.lists, listed.folderLists, listed.pages, listed.keys.length], [3, 0, 3, 2500]);
      assert.ok(listed.time > 0);
    }
  });

  it('finds every key once in a long one, and soon takes the fewest LISTs that can be complete', async () => {
    const { put, list } = listerRig();
    const keys = [...folderKeys('big', 10_000), ...folderKeys('mid', 2300), ...folderKeys('one', 1)];
    await put(keys);
    const costs = [];
    for (let poll = 0; poll < 4; poll += 1) {
      const listed = await list();
      assertSame(listed.keys, keys);
      assert.equal(listed.pages, listed.lists + listed.folderLists);
      costs.push([listed.lists, listed.folderLists]);
      assert.ok(listed.most > 1, 'several ranges at once');
    }
    const fewest = Math.ceil(keys.length / 1000);
    assert.ok(costs[0]![0]! <= 2 * fewest, `${costs[0]![0]} LISTs to begin with`);
    assert.equal(costs[0]![1], 1);
    assert.ok(costs[1]![0]! <= fewest + Math.ceil(fewest / 2));
    assert.deepEqual(costs[3], [fewest, 0]);
  });

  it('takes hardly more while keys come in everywhere, and finds them all', async () => {
    const { put, list } = listerRig({ shardPages: 4 });
    const keys = folderKeys('a', 12_500);
    await put(keys);
    const costs = [];
    for (let poll = 0; poll < 6; poll += 1) {
      const more = folderKeys('a', 250, 20_000 + 1000 * poll);
      keys.push(...more);
      await put(more);
      const listed = await list();
      assertSame(listed.keys, keys);
      costs.push(listed.lists - Math.ceil(keys.length / 1000));
    }
    assert.ok(Math.max(...costs.slice(2)) <= 1, costs.join());
  });

  for (const seed of [1, 2, 3, 4]) {
    it(`finds odd names, and new ones anywhere, within its bound of LISTs (seed ${seed})`, async () => {
      const random = new SeededRandom(seed);
      const tasks: ObjectListTask[] = [];
      const rig = listerRig({ shardPages: 1, atOnce: 3 });
      const list = rig.reader.list.bind(rig.reader);
      rig.reader.list = (task, options) => {
        tasks.push(task);
        return list(task, options);
      };
      const all = new Set<string>();
      for (let poll = 0; poll < 4; poll += 1) {
        const more = oddKeys(random, poll === 2 ? 2500 : 900);
        for (const key of more) all.add(key);
        await rig.put(more);
        tasks.length = 0;
        const listed = await rig.list();
        assertSame(listed.keys, all);
        const ranges = new Set(tasks.map(({ until }) => until)).size;
        assert.ok(listed.lists <= Math.floor(all.size / 1000) + ranges + 1);
        assert.ok(listed.folderLists <= 10);
      }
    });
  }

  it('divides what turns out long again, also long after it was planned', async () => {
    const { put, list } = listerRig({ shardPages: 1, atOnce: 8 });
    const keys = [...folderKeys('a', 2500), ...folderKeys('m', 2500)];
    await put(keys);
    await list();
    const more = [...folderKeys('m', 7000, 5000), ...folderKeys('new', 2000)];
    keys.push(...more);
    await put(more);
    const ends = new Set<string>();
    const listed = await list(({ keys: page }) => void ends.add(page.at(-1) as string));
    assertSame(listed.keys, keys);
    assert.equal(listed.folderLists, 1);
    assert.ok(listed.lists < 2 * 14, `${listed.lists} LISTs`);
  });

  it('is not held up by thousands of keys beside the folders', async () => {
    const { put, list } = listerRig({ shardPages: 1 });
    const keys = folderKeys('a', 9000).map((key) => key.replace('/a/', '/'));
    await put(keys);
    const listed = await list();
    assertSame(listed.keys, keys);
    assert.equal(listed.folderLists, 1);
  });

  it('leaves a folder out as far as that saves pages, and nothing else', async () => {
    const own = folderKeys('own', 5000);
    const others = [...folderKeys('a', 700), ...folderKeys('owner', 700), ...folderKeys('z', 700)];
    const { put, list } = listerRig({ skip: `${prefix}own/` });
    await put(others);
    await put(folderKeys('own', 100));
    assert.deepEqual((await list()).lists, 3);
    await put(own);
    for (let poll = 0; poll < 4; poll += 1) {
      const listed = await list();
      const found = new Set(listed.keys);
      assert.ok(others.every((key) => found.has(key)));
      assert.equal(found.size, listed.keys.length, 'none twice');
      assert.ok(listed.lists <= 4, `${listed.lists} LISTs`);
    }
  });
});
