import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { parseRedisUrl } from '../../src/base/redis-address.ts';

test('a URL says host, port, database, TLS, and who asks', () => {
  assert.deepEqual(parseRedisUrl('redis://localhost', 'url'), {
    host: 'localhost',
    port: 6379,
    tls: false,
    username: undefined,
    password: undefined,
    database: 0,
    text: 'redis://localhost:6379',
  });
  assert.deepEqual(parseRedisUrl('rediss://me:s%2Fe%40cret@[::1]:7000/3', 'url'), {
    host: '::1',
    port: 7000,
    tls: true,
    username: 'me',
    password: 's/e@cret',
    database: 3,
    text: 'rediss://[::1]:7000/3',
  });
  assert.equal(parseRedisUrl('redis://:secret@h/', 'url').text, 'redis://h:6379');
});

test('a wrong URL is refused by the name of its setting, and no password is ever shown', () => {
  const wrong = [
    'redis://:se/cret@host',
    'redis://:se#cret@host',
    'redis://:se?cret@host:6379',
    'redis://u:secret@host:port',
    'redis://u:secret@host/name',
    'redis://u:sec%ret@host',
    'redis://u:secret@host/0?db=1',
    'redis://:secret@',
    'http://u:secret@host',
  ];
  for (const url of wrong) {
    assert.throws(
      () => parseRedisUrl(url, 'redis.0.url'),
      (error: unknown) => {
        assert.ok(error instanceof BucketcastError, url);
        assert.equal(error.code, 'invalid-settings');
        assert.match(error.message, /^redis\.0\.url: expected redis:/);
        assert.doesNotMatch(`${error.stack} ${error.hint} ${JSON.stringify(error)}`, /cret|%ret/, url);
        return true;
      },
      url,
    );
  }
});
