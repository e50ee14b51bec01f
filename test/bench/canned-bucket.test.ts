import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CannedBucket } from '../../bench/support/canned-bucket.ts';

const bucket = new CannedBucket(
  ['b/1', 'a/2', 'a/1', 'c~', 'a/x/1'].map((key) => ({
    key,
    body: Buffer.from(`body of ${key}`),
    etag: key,
    lastModified: 0,
  })),
);

function list(query: string): { keys: string[]; prefixes: string[]; next: string | undefined } {
  const { body } = bucket.answer('GET', `/bucket?list-type=2&${query}`, undefined);
  const all = (pattern: RegExp) =>
    [...String(body).matchAll(pattern)].map(([, text]) => decodeURIComponent(text!));
  return {
    keys: all(/<Key>(.*?)<\/Key>/g),
    prefixes: all(/<CommonPrefixes><Prefix>(.*?)<\/Prefix>/g),
    next: all(/<NextContinuationToken>(.*?)</g)[0],
  };
}

test('it lists in byte order, page by page', () => {
  const first = list('max-keys=2');
  assert.deepEqual(first, { keys: ['a/1', 'a/2'], prefixes: [], next: 'a/2' });
  const rest = list(`continuation-token=${encodeURIComponent(first.next)}`);
  assert.deepEqual(rest, { keys: ['a/x/1', 'b/1', 'c~'], prefixes: [], next: undefined });
});

test('it rolls keys up at a delimiter, below a prefix, after a key', () => {
  assert.deepEqual(list('delimiter=%2F'), { keys: ['c~'], prefixes: ['a/', 'b/'], next: undefined });
  assert.deepEqual(list('prefix=a%2F&start-after=a%2F1').keys, ['a/2', 'a/x/1']);
});

test('it answers whole objects, parts of them, and that there is none', () => {
  const get = (key: string, range?: string) => bucket.answer('GET', `/bucket/${key}`, range);
  assert.equal(String(get('b/1').body), 'body of b/1');
  assert.equal(String(get('c%7E', 'bytes=8-8').body), 'c');
  assert.match(get('c%7E', 'bytes=8-100').headers, /Content-Range: bytes 8-9\/10\r\n/);
  assert.equal(get('c%7E', 'bytes=10-').status, '416 Requested Range Not Satisfiable');
  assert.match(get('none').status, /^404/);
});
