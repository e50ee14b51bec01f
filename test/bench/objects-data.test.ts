import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NestedObjects } from '../../bench/support/nested-objects.ts';
import { objectBody, objectName } from '../../bench/support/objects-data.ts';
import { parseObject } from '../../src/log/object-format.ts';
import { parseObjectKey } from '../../src/log/object-keys.ts';
import { listAll } from '../../src/store/list-all.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';

test('the objects are those of the objects layout, of the size asked for', () => {
  const key = objectName(7);
  const body = objectBody(7, 1024);
  assert.equal(parseObjectKey('feed-updates/', key)?.server, 'server-7');
  const facts = { key, digest: '0'.repeat(32), lastModified: 0, time: 0, prefix: 'feed-updates/' };
  assert.equal(parseObject(body, facts).server, 'server-7');
  const fields = Object.keys(JSON.parse(body.toString()) as object);
  assert.deepEqual(fields, ['url', 'feed_content', 'feed_data', 'server_id', 'timestamp']);
  assert.ok(body.length > 900 && body.length <= 1024, `${body.length} bytes`);
});

test('a history is listed by its prefix, and is a part of each longer one', async () => {
  const store = new MemoryStore();
  const nested = new NestedObjects([5, 20, 50]);
  await nested.write(store);
  const count = async (size: number) => (await Array.fromAsync(listAll(store, nested.prefix(size)))).length;
  assert.deepEqual([await count(5), await count(20), await count(50)], [5, 20, 50]);
});
