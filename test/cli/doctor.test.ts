import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import {
  type Check,
  clockCheck,
  conditionsCheck,
  latencyCheck,
  listingCheck,
  rightsCheck,
  versioningCheck,
} from '../../src/cli/doctor-checks.ts';
import { probesPrefix } from '../../src/log/keys.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { command, workplace } from './command-line.ts';

const id = 'ab'.repeat(16);
const all: readonly Check[] = [
  rightsCheck,
  conditionsCheck,
  listingCheck,
  clockCheck,
  versioningCheck,
  latencyCheck,
];

/** A memory store with some of its methods replaced. */
function check(
  run: Check,
  change: (store: MemoryStore) => Partial<ObjectStore> & object = () => ({}),
  clock = new FakeClock(),
) {
  const store = new MemoryStore({ clock });
  const changed = new Proxy(store, {
    get(target, name) {
      const part = (change(target) as Record<string | symbol, unknown>)[name] ?? Reflect.get(target, name);
      return typeof part === 'function' ? part.bind(target) : part;
    },
    has: (target, name) => name in target || name in change(target),
  });
  return run({ store: changed, clock, id, signal: new AbortController().signal });
}

it('finds nothing wrong with a good store', async () => {
  for (const run of all) assert.match((await check(run)).result, /^(ok|skipped)$/);
});

it('says which right is missing, with what the store says', async () => {
  const found = await check(rightsCheck, () => ({
    head: () =>
      Promise.reject(new BucketcastError('store-refused', 'AccessDenied', { hint: 'Allow s3:GetObject.' })),
  }));
  assert.deepEqual(found, { result: 'failed', message: 'head: AccessDenied', advice: 'Allow s3:GetObject.' });
});

it('a store that does not show what was just written is of no use; a listing that lags is', async () => {
  const blind = await check(rightsCheck, () => ({
    get: () => Promise.resolve({ status: 'missing', time: 1 }),
  }));
  assert.equal(blind.result, 'failed');
  assert.match(blind.advice ?? '', /a GET must see an acknowledged PUT/);
  const lagging = await check(rightsCheck, () => ({
    list: () => Promise.resolve({ objects: [], prefixes: [], time: 1 }),
  }));
  assert.equal(lagging.result, 'warning');
});

it('sees by a race that conditions are ignored', async () => {
  const found = await check(conditionsCheck, (store) => ({
    put: (key, body) => MemoryStore.prototype.put.call(store, key, body),
  }));
  assert.equal(found.result, 'warning');
  assert.match(found.message, /of 8 racers 8 won put-if-absent, 8 compare-and-set/);
});

it('sees by a race that conditions are refused', async () => {
  const found = await check(conditionsCheck, () => ({
    put: () => Promise.reject(new BucketcastError('store-refused', 'NotImplemented')),
  }));
  assert.equal(found.result, 'warning');
  assert.match(found.message, /0 won put-if-absent.*NotImplemented/);
});

it('sees that start-after is ignored, and that pages are out of order', async () => {
  type List = ObjectStore['list'];
  const list = (store: MemoryStore, ...words: Parameters<List>) =>
    MemoryStore.prototype.list.call(store, ...words);
  const ignored = await check(listingCheck, (store) => ({
    list: (prefix, options) => {
      const { startAfter, ...rest } = options ?? {};
      return list(store, prefix, startAfter === undefined ? options : rest);
    },
  }));
  assert.deepEqual([ignored.result, /start-after gives/.test(ignored.message)], ['failed', true]);
  const disordered = await check(listingCheck, (store) => ({
    list: async (prefix, options) => {
      const page = await list(store, prefix, options);
      return { ...page, objects: page.objects.toReversed() };
    },
  }));
  assert.deepEqual([disordered.result, /pages give/.test(disordered.message)], ['failed', true]);
});

it('tells how far the clock is off, and when that is too far', async () => {
  const off = (ms: number) =>
    check(clockCheck, (store) => ({
      head: async (key) => {
        const answer = await MemoryStore.prototype.head.call(store, key);
        return { ...answer, time: answer.time + ms };
      },
    }));
  assert.equal((await off(2000)).result, 'ok');
  assert.deepEqual(await off(90_000).then(({ result, message }) => [result, message]), [
    'warning',
    "this machine's clock is 90 s behind the store",
  ]);
  assert.deepEqual(await off(-3_600_000).then(({ result, message }) => [result, message]), [
    'failed',
    "this machine's clock is 3600 s ahead of the store",
  ]);
});

it('warns of versions that never expire', async () => {
  const versions = (enabled: boolean, hasExpiry: boolean) =>
    check(versioningCheck, () => ({
      createBucket: () => Promise.resolve(),
      versioning: () => Promise.resolve({ enabled, hasExpiry }),
    }));
  assert.equal((await versions(false, false)).result, 'ok');
  assert.equal((await versions(true, true)).result, 'ok');
  const growing = await versions(true, false);
  assert.equal(growing.result, 'warning');
  assert.match(growing.advice ?? '', /NoncurrentVersionExpiration/);
});

it('a directory that is missing is told, and made by nothing but --create-bucket', async () => {
  const { store: words, directory } = workplace();
  const missing = await command(['doctor', ...words]);
  assert.equal(missing.code, 1);
  assert.match(missing.out, /^failed +reach file:.*: there is no such directory\n +Is it mounted\? .*\n$/);
  assert.equal(existsSync(`${directory}/store`), false);
  assert.equal((await command(['doctor', '--create-bucket', ...words])).code, 0);
  assert.equal((await command(['doctor', ...words])).code, 0);
});

it('the command tries a directory, leaves nothing behind, and prints JSON on request', async () => {
  const { store: words, directory } = workplace();
  mkdirSync(`${directory}/store`);
  const { code, out } = await command(['doctor', ...words]);
  assert.equal(code, 0);
  assert.match(
    out,
    /^ok +reach file:.*\nok +rights: .*\nok +conditional writes: .*\nok +listing: .*\nok +clock: .*\nskipped +versioning: .*\nok +latency: /,
  );
  const json = await command(['doctor', '--json', ...words]);
  assert.equal(JSON.parse(json.out.split('\n')[1] ?? '').check, 'rights');
  const store = await openStore(words[1] as string);
  assert.deepEqual(
    (await store.list('')).objects.filter(({ key }) => key.startsWith(probesPrefix('').slice(0, -1))),
    [],
  );
  await store.close();
});

it('tries the objects layout where the settings speak of it, and leaves nothing there', async () => {
  const { store: words, directory } = workplace();
  mkdirSync(`${directory}/store`);
  const plain = await command(['doctor', ...words]);
  assert.doesNotMatch(plain.out, /objects/);
  const reads = {
    BUCKETCAST_SUBSCRIPTIONS: '{"feeds":{"layout":"both","sink":{"type":"stdout"}}}',
  };
  const reader = await command(['doctor', ...words], { environment: reads });
  assert.match(reader.out, /\nok +objects layout: may list feed-updates\/ in file:/);
  const writes = { BUCKETCAST_OBJECTS_PUBLISH: 'true', BUCKETCAST_SERVER: 'web-1' };
  const writer = await command(['doctor', ...words], { environment: writes });
  assert.match(
    writer.out,
    /\nok +objects layout: may put, get, head, list, delete in file:.* feed-updates\/\n/,
  );
  const store = await openStore(words[1] as string);
  assert.deepEqual((await store.list('feed-updates/')).objects, []);
  await store.close();
  const wrong = { ...reads, BUCKETCAST_OBJECTS_URL: `file:${directory}/nowhere/\0` };
  const elsewhere = await command(['doctor', ...words], { environment: wrong });
  assert.match(elsewhere.out + elsewhere.err, /objects\.url/);
});

it('a store that does not answer is told as such, with 3', async () => {
  const environment = {
    BUCKETCAST_STORE_ACCESS_KEY_ID: 'id',
    BUCKETCAST_STORE_SECRET_ACCESS_KEY: 'hunter2',
    BUCKETCAST_STORE_URL: 's3://bucket?endpoint=http://127.0.0.1:9&region=x',
  };
  const { code, out, err } = await command(['doctor'], { environment });
  assert.equal(code, 3);
  assert.match(out, /^failed +reach s3:\/\/bucket/);
  assert.doesNotMatch(out + err, /hunter2/);
});
