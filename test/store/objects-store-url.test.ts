import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultSettings } from '../../src/config/settings.ts';
import { checkLogIsApart, objectsStoreSettings } from '../../src/store/objects-store-url.ts';

const given = (url: string, objects: { url?: string; prefix?: string } = {}) => ({
  store: { ...defaultSettings.store, url },
  objects: { ...defaultSettings.objects, ...objects },
});

test('objects lie in the bucket of the log, at its root, unless a URL says otherwise', () => {
  const url = 's3://feeds/log/a?region=eu-1&preset=ceph';
  assert.equal(objectsStoreSettings(given(url)).url, 's3://feeds?region=eu-1&preset=ceph');
  assert.equal(objectsStoreSettings(given(url, { url: 's3://others' })).url, 's3://others');
});

test('a log among the objects is refused', () => {
  for (const url of ['s3://feeds/feed-updates', 's3://feeds/feed-updates/log/?region=eu-1']) {
    assert.throws(() => checkLogIsApart(given(url)), {
      code: 'invalid-settings',
      message: /^store\.url: expected a prefix outside of objects\.prefix \(feed-updates\/\), got s3:/,
    });
  }
  for (const url of ['s3://feeds', 's3://feeds/log?endpoint=http://a/feed-updates/', 'memory:feed-updates'])
    checkLogIsApart(given(url));
  checkLogIsApart(given('s3://feeds/feed-updates-log'));
  checkLogIsApart(given('s3://feeds/feed-updates/log', { url: 's3://others' }));
});
