import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storePlace } from '../../src/store/store-place.ts';

test('a place is the same however its store is written and connected to', () => {
  const place = storePlace('s3://feeds/log?preset=linode&region=us-east-1');
  assert.equal(storePlace('s3://feeds/log/?region=us-east-1&preset=linode&pathStyle=true'), place);
  assert.equal(storePlace('s3://feeds/log?endpoint=https://us-east-1.linodeobjects.com/'), place);
  assert.equal(storePlace('s3://feeds?region=eu-west-1'), storePlace('s3://feeds'));
  assert.equal(storePlace('s3://feeds?endpoint=http://10.0.0.1:7480'), storePlace('s3://feeds'));
  assert.equal(storePlace('file:x'), storePlace(`file:${process.cwd()}/y/../x`));
});

test('every bucket, prefix and directory is a place of its own', () => {
  const urls = ['s3://feeds', 's3://feeds/log', 's3://other', 'file:feeds', 'memory:feeds'];
  assert.equal(new Set(urls.map((url) => storePlace(url))).size, urls.length);
});
