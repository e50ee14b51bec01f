import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { versionDigest, versionDigests } from '../../src/log/version-digest.ts';

const object = { key: 'feed-updates/a/é_1.json', etag: '0123abc', lastModified: 1_795_361_137_619 };

describe('the digest of a version', () => {
  it('is the first half of SHA-256 over time, ETag and key, kept apart by zero bytes', () => {
    const whole = createHash('sha256').update('1795361137619\x000123abc\x00feed-updates/a/é_1.json');
    assert.deepEqual(versionDigest(object), whole.digest().subarray(0, 16));
  });

  it('changes with the key, the ETag and the time, each by itself', () => {
    const digests = [
      object,
      { ...object, key: 'feed-updates/a/é_2.json' },
      { ...object, etag: '0123abd' },
      { ...object, lastModified: object.lastModified + 1 },
      { ...object, key: `bc${object.key}`, etag: '0123a' },
      { ...object, etag: '90123abc', lastModified: 179_536_113_761 },
    ].map((version) => versionDigest(version).toString('hex'));
    assert.equal(new Set(digests).size, digests.length);
  });

  it('of many stands at 16 bytes each in a buffer that can be moved', () => {
    const objects = ['a', 'b', 'c'].map((key) => ({ ...object, key }));
    const digests = versionDigests(objects);
    assert.equal(digests.byteLength, 48);
    assert.equal(digests.buffer.byteLength, 48);
    assert.deepEqual(digests.subarray(16, 32), versionDigest(objects[1]!));
    assert.equal(versionDigests([]).byteLength, 0);
  });
});
