import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { it } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { isBucketAdmin } from '../../src/store/bucket-admin.ts';
import { DirectoryStore } from '../../src/store/directory-store.ts';
import { openStore } from '../../src/store/open-store.ts';

it('memory stores of one name are one store, also after closing; others are not', async () => {
  const one = await openStore('memory:shared');
  await one.put('a', new Uint8Array(1));
  await one.close();
  assert.equal((await (await openStore('memory:shared')).get('a')).status, 'found');
  assert.equal((await (await openStore('memory:other')).get('a')).status, 'missing');
});

it('a store opens by URL or by settings, and describes itself without secrets', async () => {
  const file = await openStore('file:.bucketcast/nowhere');
  assert.ok(file instanceof DirectoryStore);
  assert.equal(file.description, `file:${resolve('.bucketcast/nowhere')}`);
  await file.close();
  const keys = { accessKeyId: 'id', secretAccessKey: 'hunter2' };
  const s3 = await openStore({
    ...defaultSettings.store,
    ...keys,
    url: 's3://bucket/p?endpoint=http://localhost:1',
  });
  assert.equal(s3.description, 's3://bucket/p?endpoint=http://localhost:1');
  assert.ok(isBucketAdmin(s3));
  assert.ok(!isBucketAdmin(file));
  await s3.close();
  await s3.close();
});

it('a URL of no driver is an error in the settings', async () => {
  await assert.rejects(openStore('ftp://host'), (error) => isBucketcastError(error, 'invalid-settings'));
});
