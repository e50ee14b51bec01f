import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { readRecord } from '../../src/log/record.ts';
import { versionDigest } from '../../src/log/version-digest.ts';
import { maxDeadLetterBytes } from '../../src/pool/direct-fetcher.ts';
import { DirectObjectReader } from '../../src/pool/direct-object-reader.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { ObjectInfo } from '../../src/store/object-store.ts';
import { scriptedStore } from '../store/scripted-store.ts';
import { hostileBodies, objectOf, prefix, taskFor } from './object-maker.ts';

const maxBytes = maxDeadLetterBytes;

function setUp() {
  const store = new MemoryStore();
  const put = async (key: string, body: Uint8Array) => {
    await store.put(key, body);
    return await taskFor(store, key);
  };
  return { store, put, reader: new DirectObjectReader({ store, prefix, maxBytes }) };
}

describe('the direct object reader, fetching', () => {
  it('makes a record of the JSON that an older server wrote', async () => {
    const { put, reader } = setUp();
    const { key, body } = objectOf('web-1', 7);
    const task = await put(key, body);
    const outcome = await reader.fetch(task);
    assert(outcome.status === 'fetched');
    const place = { writer: outcome.server, lane: 0, sequence: 0, index: 0 };
    const { id, url, content, server } = readRecord(outcome.record, place);
    assert.deepEqual(
      { id, url, content },
      { id: task.digest, url: 'https://example.com/7', content: { number: 7 } },
    );
    assert.equal(server, 'web-1');
    assert.equal(outcome.copyOf, undefined);
    assert.ok(outcome.time > 0);
  });

  it('says that an object is missing, with the time of the store', async () => {
    const { store, reader } = setUp();
    const outcome = await reader.fetch(await taskFor(store, objectOf('a', 1).key));
    assert.equal(outcome.status, 'missing');
    assert.ok(outcome.time > 0);
  });

  for (const [what, body] of Object.entries(hostileBodies)) {
    it(`calls ${what} corrupt, and keeps the bytes`, async () => {
      const { put, reader } = setUp();
      const bytes = body();
      const outcome = await reader.fetch(await put(`${prefix}a/hostile.json`, bytes));
      assert(outcome.status === 'corrupt');
      assert.match(outcome.reason, /\w/);
      assert.equal(Buffer.compare(outcome.bytes, bytes), 0);
    });
  }

  it('takes __proto__ for an ordinary name, and the last of two fields of one name', async () => {
    const { put, reader } = setUp();
    const body = Buffer.from('{"url":"a","url":"b","feed_content":{"__proto__":{"polluted":1}}}');
    const outcome = await reader.fetch(await put(`${prefix}a/odd.json`, body));
    assert(outcome.status === 'fetched');
    const { url, content } = readRecord(outcome.record, { writer: 'a', lane: 0, sequence: 0, index: 0 });
    assert.equal(url, 'b');
    assert.equal((content as { polluted?: number }).polluted, undefined);
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });

  it('reads only the beginning of an object that is larger than it may be', async () => {
    const { put, reader } = setUp();
    const outcome = await reader.fetch(await put(`${prefix}a/large.json`, Buffer.alloc(50_000_000, ' ')));
    assert(outcome.status === 'corrupt');
    assert.equal(outcome.bytes.byteLength, maxDeadLetterBytes);
    assert.match(outcome.reason, /^50000000 bytes are more than objects\.maxBytes/);
  });

  it('throws what the store throws', async () => {
    const error = new BucketcastError('store-unavailable', 'no answer');
    const store = scriptedStore(() => {
      throw error;
    });
    const reader = new DirectObjectReader({ store, prefix, maxBytes });
    await assert.rejects(reader.fetch(await taskFor(new MemoryStore(), 'k')), error);
    await assert.rejects(reader.list({ prefix }), error);
  });
});

describe('the direct object reader, listing', () => {
  it('gives a page with what tells versions apart', async () => {
    const { store, put, reader } = setUp();
    const tasks = [];
    for (const number of [1, 2, 3])
      tasks.push(await put(objectOf('a', number).key, objectOf('a', number).body));
    tasks.sort((a, b) => (a.key < b.key ? -1 : 1));
    await store.put('elsewhere/x', new Uint8Array());
    const page = await reader.list({ prefix });
    assert.deepEqual(
      page.keys,
      tasks.map(({ key }) => key),
    );
    assert.deepEqual(
      [...page.sizes],
      tasks.map(({ size }) => size),
    );
    assert.deepEqual(
      [...page.lastModified],
      tasks.map(({ lastModified }) => lastModified),
    );
    assert.equal(Buffer.from(page.digests).toString('hex'), tasks.map(({ digest }) => digest).join(''));
    assert.deepEqual([page.more, page.last], [false, tasks[2]!.key]);
    assert.ok(page.time > 0);
  });

  it('ends at `until`, which is included, and says whether more lies before it', async () => {
    const { store, reader } = setUp();
    for (let i = 0; i < 1500; i += 1) await store.put(`${prefix}${1000 + i}`, new Uint8Array());
    const page = async (after: number | undefined, until: number | undefined) => {
      const { keys, more, last } = await reader.list({
        prefix,
        ...(after !== undefined && { after: `${prefix}${after}` }),
        ...(until !== undefined && { until: `${prefix}${until}` }),
      });
      return [keys[0]?.slice(-4), keys.at(-1)?.slice(-4), more, last?.slice(-4)];
    };
    assert.deepEqual(await page(undefined, undefined), ['1000', '1999', true, '1999']);
    assert.deepEqual(await page(1999, undefined), ['2000', '2499', false, '2499']);
    assert.deepEqual(await page(1100, 1200), ['1101', '1200', false, '2100']);
    assert.deepEqual(await page(1099, 2099), ['1100', '2099', false, '2099'], 'exactly a page');
    assert.deepEqual(await page(1099, 2100), ['1100', '2099', true, '2099']);
    assert.deepEqual(await page(2499, undefined), [undefined, undefined, false, undefined]);
  });

  it('refuses a store whose listings are in another order, for it would leave keys out', async () => {
    const { store } = setUp();
    for (const name of ['a', 'b', 'c']) await store.put(`${prefix}${name}`, new Uint8Array());
    const unordered = {
      get: store.get.bind(store),
      list: async (...args: Parameters<typeof store.list>) => {
        const page = await store.list(...args);
        return { ...page, objects: page.objects.toReversed() };
      },
    };
    const reader = new DirectObjectReader({ store: unordered, prefix, maxBytes });
    await assert.rejects(reader.list({ prefix }), {
      code: 'store-refused',
      message: /names .*b" after .*c"/,
    });
  });

  it('goes on past pages that a store fills with what lies before', async () => {
    const object: ObjectInfo = { key: `${prefix}z`, size: 1, etag: 'e', lastModified: 5 };
    const pages = [
      { time: 1, objects: [], prefixes: [], next: 'second' },
      { time: 2, objects: [object], prefixes: [], next: 'third' },
    ];
    const store = scriptedStore(() => pages[store.calls.length - 1]);
    const page = await new DirectObjectReader({ store, prefix, maxBytes }).list({
      prefix,
      after: `${prefix}y`,
    });
    assert.deepEqual([page.keys, page.more, page.time], [[object.key], true, 2]);
    assert.deepEqual(Buffer.from(page.digests), versionDigest(object));
  });
});
