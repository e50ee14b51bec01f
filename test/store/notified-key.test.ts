import assert from 'node:assert/strict';
import { it } from 'node:test';
import { keyPlace, notifiedKey } from '../../src/store/notified-key.ts';

it('a key that a notification names is taken without the prefix of its store, and only of its bucket', () => {
  const place = keyPlace('s3://feeds/team%20a?endpoint=http://localhost:9000');
  assert.deepEqual(place, { bucket: 'feeds', prefix: 'team a/' });
  assert.equal(notifiedKey(place, { bucket: 'feeds', key: 'team a/v1/id' }), 'v1/id');
  assert.equal(notifiedKey(place, { key: 'team a/v1/id' }), 'v1/id');
  assert.equal(notifiedKey(place, { bucket: 'others', key: 'team a/v1/id' }), undefined);
  assert.equal(notifiedKey(place, { bucket: 'feeds', key: 'team b/v1/id' }), undefined);
  assert.equal(notifiedKey(keyPlace('memory:x'), { bucket: 'any', key: 'v1/id' }), 'v1/id');
});
