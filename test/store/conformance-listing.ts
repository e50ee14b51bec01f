import assert from 'node:assert/strict';
import { isBucketcastError } from '../../src/base/errors.ts';
import { compareKeys } from '../../src/store/key-order.ts';
import { listPages } from '../../src/store/list-all.ts';
import { keysOf, putAll } from './contract-objects.ts';
import type { ContractOptions, ContractTest } from './contract-test.ts';

/** Order, prefixes, start-after, delimiters and pages. */
export function describeListing(test: ContractTest, options: ContractOptions): void {
  test('keys are listed in UTF-8 byte order, also around the surrogates', async (store, prefix) => {
    const keys = [
      'a',
      'a!',
      'a-b',
      'a.b',
      'a/',
      'a/b',
      'a/b/c',
      'a0',
      'aa',
      'B',
      '~',
      'é',
      'ﬀ',
      '\u{ffee}',
      '\u{10000}',
      '\u{1f600}',
    ];
    await putAll(
      store,
      keys.toReversed().map((key) => prefix + key),
    );
    const expected = keys
      .map((key) => prefix + key)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(await keysOf(store, prefix), expected);
    assert.deepEqual(await keysOf(store, prefix, { limit: 1 }), expected, 'page by page');
    for (const [index, key] of expected.entries()) {
      assert.deepEqual(
        await keysOf(store, prefix, { startAfter: key }),
        expected.slice(index + 1),
        `after ${key}`,
      );
    }
    assert.deepEqual(expected.toSorted(compareKeys), expected);
  });

  test('a listing holds the keys that start with the prefix, wherever it ends', async (store, prefix) => {
    await putAll(
      store,
      ['ab', 'abc', 'abc/d', 'ac', 'b'].map((key) => prefix + key),
    );
    const list = async (below: string) =>
      (await keysOf(store, prefix + below)).map((key) => key.slice(prefix.length));
    assert.deepEqual(await list('ab'), ['ab', 'abc', 'abc/d']);
    assert.deepEqual(await list('abc'), ['abc', 'abc/d']);
    assert.deepEqual(await list('abc/'), ['abc/d']);
    assert.deepEqual(await list('abc/d'), ['abc/d']);
    assert.deepEqual(await list('abc/d/'), []);
    assert.deepEqual(await list('x'), []);
  });

  test('start-after need not exist, and may lie before or behind the prefix', async (store, prefix) => {
    await putAll(
      store,
      ['p/1', 'p/2', 'p/3'].map((key) => prefix + key),
    );
    const list = async (startAfter: string) =>
      (await keysOf(store, `${prefix}p/`, { startAfter: prefix + startAfter })).map((key) =>
        key.slice(prefix.length),
      );
    assert.deepEqual(await list('a'), ['p/1', 'p/2', 'p/3']);
    assert.deepEqual(await list('p'), ['p/1', 'p/2', 'p/3']);
    assert.deepEqual(await list('p/1'), ['p/2', 'p/3']);
    assert.deepEqual(await list('p/1x'), ['p/2', 'p/3']);
    assert.deepEqual(await list('p/3'), []);
    assert.deepEqual(await list('q'), []);
  });

  test('a delimiter rolls keys up into prefixes, each listed once and in order with the keys', async (store, prefix) => {
    const keys = ['a', 'b/1', 'b/2', 'b/c/3', 'b-', 'c', 'd/1', 'e'];
    await putAll(
      store,
      keys.map((key) => prefix + key),
    );
    const list = async (
      below: string,
      more: { limit?: number; startAfter?: string; delimiter?: string } = {},
    ) => {
      const objects: string[] = [];
      const prefixes: string[] = [];
      for await (const page of listPages(store, prefix + below, { delimiter: '/', ...more })) {
        assert.ok(page.objects.length + page.prefixes.length <= (more.limit ?? 1000));
        objects.push(...page.objects.map((object) => object.key.slice(prefix.length)));
        prefixes.push(...page.prefixes.map((rolled) => rolled.slice(prefix.length)));
      }
      return { objects, prefixes };
    };
    const whole = { objects: ['a', 'b-', 'c', 'e'], prefixes: ['b/', 'd/'] };
    assert.deepEqual(await list(''), whole);
    for (const limit of [1, 2, 3]) assert.deepEqual(await list('', { limit }), whole, `pages of ${limit}`);
    assert.deepEqual(await list('b/'), { objects: ['b/1', 'b/2'], prefixes: ['b/c/'] });
    assert.deepEqual(await list('b'), { objects: ['b-'], prefixes: ['b/'] });
    assert.deepEqual(await list('', { startAfter: `${prefix}b/1` }), {
      objects: ['c', 'e'],
      prefixes: ['d/'],
    });
    assert.deepEqual(await list('', { startAfter: `${prefix}b/` }), {
      objects: ['c', 'e'],
      prefixes: ['d/'],
    });
    assert.deepEqual(await list('', { startAfter: `${prefix}b` }), {
      objects: ['b-', 'c', 'e'],
      prefixes: ['b/', 'd/'],
    });
    assert.deepEqual((await list('b', { delimiter: '-' })).prefixes, ['b-']);
  });

  test('pages are as long as asked and together hold every key once', async (store, prefix) => {
    const keys = Array.from({ length: 25 }, (_, index) => `${prefix}k${String(index).padStart(3, '0')}`);
    await putAll(store, keys);
    const lengths: number[] = [];
    const seen: string[] = [];
    for await (const page of listPages(store, prefix, { limit: 10 })) {
      lengths.push(page.objects.length);
      seen.push(...page.objects.map((object) => object.key));
    }
    assert.deepEqual(seen, keys);
    assert.deepEqual(lengths, [10, 10, 5]);
    const exact = await store.list(prefix, { limit: 25 });
    assert.equal(exact.objects.length, 25);
    assert.equal(
      exact.next === undefined ||
        (await store.list(prefix, { continuation: exact.next })).objects.length === 0,
      true,
    );
  });

  test('a continued listing goes on behind what it gave, whatever was written or deleted meanwhile', async (store, prefix) => {
    await putAll(
      store,
      ['b', 'd', 'f', 'h'].map((key) => prefix + key),
    );
    const first = await store.list(prefix, { limit: 2 });
    assert.deepEqual(
      first.objects.map((object) => object.key),
      [`${prefix}b`, `${prefix}d`],
    );
    await store.delete(`${prefix}d`);
    await putAll(store, [`${prefix}a`, `${prefix}e`]);
    assert.ok(first.next !== undefined);
    const rest = await store.list(prefix, { continuation: first.next });
    assert.deepEqual(
      rest.objects.map((object) => object.key),
      ['e', 'f', 'h'].map((key) => prefix + key),
    );
  });

  test('an empty listing is an empty page with the store’s time', async (store, prefix) => {
    const began = Date.now();
    const page = await store.list(prefix);
    const ended = Date.now();
    assert.deepEqual([page.objects, page.prefixes, page.next], [[], [], undefined]);
    assert.ok(
      page.time >= began - options.clockToleranceMs,
      `${page.time} is before the test began at ${began}`,
    );
    assert.ok(page.time <= ended + options.clockToleranceMs, `${page.time} lies behind ${ended}`);
  });

  test('a page limit outside 1 to 1,000 is refused', async (store, prefix) => {
    for (const limit of [0, 1001, 1.5]) {
      await assert.rejects(store.list(prefix, { limit }), (error) =>
        isBucketcastError(error, 'store-refused'),
      );
    }
  });
}
