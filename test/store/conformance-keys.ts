import assert from 'node:assert/strict';
import { isBucketcastError } from '../../src/base/errors.ts';
import { compareKeys } from '../../src/store/key-order.ts';
import { bytes, decode, encode, found, keysOf, putAll } from './contract-objects.ts';
import type { ContractTest } from './contract-test.ts';

/** Keys that drivers stumble over, and many of them. */
export function describeKeys(test: ContractTest): void {
  test('odd keys are stored, read, listed and deleted as they are', async (store, prefix) => {
    const keys = oddKeys(prefix);
    for (const key of keys) await store.put(key, encode(`body of ${key}`));
    for (const key of keys)
      assert.equal(decode((await found(store, key)).body), `body of ${key}`, JSON.stringify(key));
    const expected = keys.toSorted(compareKeys);
    assert.deepEqual(await keysOf(store, prefix), expected);
    assert.deepEqual(await keysOf(store, prefix, { limit: 1 }), expected, 'page by page');
    for (const [index, key] of expected.entries()) {
      assert.equal(
        (await store.list(prefix, { startAfter: key, limit: 1 })).objects[0]?.key,
        expected[index + 1],
      );
    }
    await store.delete(keys[0] as string);
    assert.equal((await store.head(keys[0] as string)).status, 'missing');
    assert.deepEqual((await store.deleteMany(keys)).failed, []);
    assert.deepEqual(await keysOf(store, prefix), []);
  });

  test('odd prefixes are rolled up as they are', async (store, prefix) => {
    const folders = ['../', '/', './', ' /', '+/', '%2F/', 'é/', '&<>/'];
    await putAll(
      store,
      folders.map((folder) => `${prefix}${folder}x`),
    );
    const page = await store.list(prefix, { delimiter: '/' });
    assert.deepEqual(
      page.prefixes.toSorted(compareKeys),
      folders.map((folder) => prefix + folder).sort(compareKeys),
    );
  });

  test('a key of 1,024 bytes in all works, a longer, an empty and an ill-formed one are refused', async (store, prefix) => {
    const room = 1024 - 200 - prefix.length;
    for (const key of [
      `${prefix}${'k'.repeat(room)}`,
      `${prefix}${'/K'.repeat(room / 2)}`,
      `${prefix}${'É'.repeat(room / 2)}`,
    ]) {
      assert.equal((await store.put(key, encode(key))).status, 'stored');
      assert.equal(decode((await found(store, key)).body), key);
      assert.deepEqual(await keysOf(store, key), [key]);
      await store.delete(key);
    }
    for (const key of ['k'.repeat(1025), 'É'.repeat(513), '', '\ud800']) {
      const refused = (error: unknown) => isBucketcastError(error, 'store-refused');
      await assert.rejects(store.put(key, bytes(1)), refused);
      await assert.rejects(store.get(key), refused);
      await assert.rejects(store.delete(key), refused);
    }
  });

  test('2,500 keys are deleted in one call, those that never were included', async (store, prefix) => {
    const present = Array.from({ length: 150 }, (_, index) => `${prefix}here/${index}`);
    const absent = Array.from({ length: 2350 }, (_, index) => `${prefix}gone/${index}`);
    await putAll(store, [...present, `${prefix}stays`]);
    // Spread over all batches.
    const keys = [...present, ...absent].sort((a, b) => a.slice(-2).localeCompare(b.slice(-2)));
    const answer = await store.deleteMany(keys);
    assert.deepEqual(answer.failed, []);
    assert.ok(answer.time > 0);
    assert.deepEqual(await keysOf(store, prefix), [`${prefix}stays`]);
    assert.deepEqual((await store.deleteMany([])).failed, []);
  });
}

/** Keys that drivers stumble over: escapes, dots, empty segments, XML, long segments, case. */
function oddKeys(prefix: string): string[] {
  return [
    'a b',
    'a+b',
    'a%20b',
    'a%b',
    'a%2Fb',
    'a&b',
    'a<b>',
    'a"b',
    "a'b",
    'a\\b',
    'a:b',
    'a?b',
    'a#b',
    'a*b',
    'a|b',
    'a;b',
    'a=b',
    'a@b',
    'a,b',
    'a!b',
    'a(b)',
    'Case',
    'case',
    'CASE',
    'dir',
    'dir/',
    'dir/x',
    'dir//x',
    'dir/./x',
    'dir/../x',
    '../x',
    '..',
    '.',
    '.hidden',
    '/lead',
    '//',
    'trail.',
    'x.o',
    'x.o/y',
    'x',
    'x/y',
    '%tmp/x',
    '%',
    'ünï',
    '日本語/キー',
    '\u{1f600}',
    'e\u0301',
    '\u00e9',
    'new\nline',
    'tab\tx',
    `${'s'.repeat(300)}/x`,
    's'.repeat(80),
    `${'s'.repeat(80)}/x`,
    's'.repeat(79),
    'S'.repeat(200),
  ].map((key) => prefix + key);
}
