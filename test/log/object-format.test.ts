import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import type { NewUpdate, Update } from '../../src/base/update.ts';
import { hlcOf } from '../../src/log/hybrid-clock.ts';
import { formatObject, type ObjectFacts, parseObject } from '../../src/log/object-format.ts';
import { encodeRecord, readRecord } from '../../src/log/record.ts';

const lastModified = Date.UTC(2026, 10, 22, 12, 0, 30);
const facts: ObjectFacts = {
  key: 'feed-updates/web-1/abc_1.json',
  digest: 'd'.repeat(32),
  lastModified,
  time: lastModified + 60_000,
  prefix: 'feed-updates/',
};
const id = '0123456789abcdef'.repeat(2);
const fleetId = 'f1'.repeat(16);
const stamp = { id, hlc: hlcOf(lastModified - 250) + 7n };
const writer = `web-1~${'a'.repeat(16)}~${'b'.repeat(32)}`;

function parsed(body: unknown, some: Partial<ObjectFacts> = {}): Update & { copyOf: string | undefined } {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const { record, server, copyOf } = parseObject(bytes, { ...facts, ...some });
  const update = readRecord(record, { writer: server, lane: 0, sequence: 0, index: 0 });
  return Object.assign(update, { copyOf });
}

function written(update: NewUpdate, fleet: { fleetId?: string } = { fleetId }): Uint8Array {
  return formatObject(encodeRecord(update, stamp), { server: 'web-1', writer, ...fleet });
}

const updates: readonly NewUpdate[] = [
  { url: 'https://ex.com/1.xml', content: { entries: [1, 'é', '🎉', null] }, data: { status: 'ok' } },
  { url: 'headlines_update' },
  { url: 'päth "quoted" \n 🎉', content: 'text', data: [1.5, true] },
  { url: 'bytes', content: new Uint8Array([0, 255, 34, 92, 10]) },
  { url: 'no bytes', content: new Uint8Array() },
  { url: 'gone', kind: 'delete', data: { why: 'moved' } },
  { url: 'half a pair', content: '\ud800' },
];

for (const update of updates) {
  test(`what is written is read again as the same update: ${JSON.stringify(update.url)}`, () => {
    const read = parsed(Buffer.from(written(update)).toString());
    assert.deepEqual(
      { url: read.url, content: read.content, data: read.data, kind: read.kind },
      { content: null, data: null, kind: 'put', ...update },
    );
    assert.deepEqual([read.id, BigInt(`0x${read.hlc}`), read.server], [id, stamp.hlc, 'web-1']);
    assert.equal(read.copyOf, fleetId);
  });
}

test('the body has the five fields of older fleets, and one of ours', () => {
  const body = JSON.parse(Buffer.from(written({ url: 'u', content: { a: 1 }, data: { b: 2 } })).toString());
  assert.deepEqual(body, {
    url: 'u',
    feed_content: { a: 1 },
    feed_data: { b: 2 },
    server_id: 'web-1',
    timestamp: (lastModified - 250) / 1000,
    bucketcast: { id, hlc: stamp.hlc.toString(16).padStart(16, '0'), kind: 'put', writer, fleet: fleetId },
  });
});

test('the writer of the copy in the log is told, so that a server knows its own', () => {
  assert.equal(parseObject(written({ url: 'u' }), facts).writer, writer);
  assert.equal(parseObject(Buffer.from('{"url":"u"}'), facts).writer, undefined);
});

test('an update that stands in no log is no copy', () => {
  assert.equal(parsed(Buffer.from(written({ url: 'u' }, {})).toString()).copyOf, undefined);
});

test('content as deep as it may be comes back', () => {
  const deep = `${'['.repeat(1000)}${']'.repeat(1000)}`;
  assert.equal(JSON.stringify(parsed(`{"url":"u","feed_content":${deep}}`).content), deep);
});

test('what an older fleet writes is read as it is', () => {
  const update = parsed(
    '{"url": "https://ex.com/45.xml", "feed_content": {"entries": [45]}, "feed_data": {"status": "ok"}, "server_id": "a", "timestamp": 1763812800.6190157}',
  );
  assert.deepEqual(
    [update.url, update.content, update.data, update.server, update.kind],
    ['https://ex.com/45.xml', { entries: [45] }, { status: 'ok' }, 'a', 'put'],
  );
  assert.deepEqual([update.id, update.time, update.copyOf], [facts.digest, 1763812800619, undefined]);
});

test('a URL is all that it takes: the rest comes from the key, the version and LastModified', () => {
  const update = parsed({ url: 'u', more: 'is ignored' });
  assert.deepEqual([update.content, update.data, update.server], [null, null, 'web-1']);
  assert.deepEqual([update.time, update.id], [lastModified, facts.digest]);
});

test('a byte order mark is passed over', () => {
  assert.equal(parsed('\ufeff{"url":"u"}').url, 'u');
});

test('a server name is taken as it stands, unless nobody could show it', () => {
  assert.equal(parsed({ url: 'u', server_id: 'Web_1' }).server, 'Web_1');
  for (const server_id of ['', 7, null, 'a\u001b[2J', 'x'.repeat(256)])
    assert.equal(parsed({ url: 'u', server_id }).server, 'web-1');
});

test('a time that is none, or later than the object itself, gives way to LastModified', () => {
  for (const timestamp of ['1763812800', null, -1, 0, {}])
    assert.equal(parsed({ url: 'u', timestamp }).time, lastModified);
  assert.equal(parsed('{"url":"u","timestamp":1e999}').time, lastModified + 2000);
  assert.equal(parsed({ url: 'u', timestamp: lastModified / 1000 + 3600 }).time, lastModified + 2000);
});

test('a stamp of ours counts only up to when the object was written', () => {
  const ahead = { id, hlc: 'f'.repeat(16), kind: 'put', fleet: fleetId };
  const update = parsed({ url: 'u', bucketcast: ahead });
  assert.deepEqual([update.time, update.id], [lastModified + 2000, id]);
});

const mark = { id, hlc: '0'.repeat(16), kind: 'put', fleet: fleetId };
const misshapen: readonly unknown[] = [
  null,
  'yes',
  [mark],
  { ...mark, id: 'short' },
  { ...mark, hlc: 12 },
  { ...mark, kind: 'move' },
  { ...mark, kind: 'delete' },
  { ...mark, fleet: true },
  { ...mark, encoding: 'hex' },
  { ...mark, encoding: 'base64' },
];

test('a mark that is not well-formed is ignored, and its update delivered', () => {
  for (const bucketcast of misshapen) {
    const update = parsed({ url: 'u', feed_content: 'no base64!', bucketcast });
    assert.deepEqual(
      [update.id, update.kind, update.content, update.copyOf],
      [facts.digest, 'put', 'no base64!', undefined],
      JSON.stringify(bucketcast),
    );
  }
});

test('a body of millions of values is refused before it is made into any', () => {
  const body = Buffer.from(`{"url":"u","feed_content":[${'{},'.repeat(2_000_000)}{}]}`);
  assert.throws(() => parseObject(body, facts), /has more than 2000000 values/);
});

test('__proto__ is a name like any other', () => {
  const text = '{"url":"u","__proto__":{"url":"v"},"feed_content":{"__proto__":{"polluted":1}}}';
  const update = parsed(text);
  assert.equal(update.url, 'u');
  assert.equal(JSON.stringify(update.content), '{"__proto__":{"polluted":1}}');
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

const corrupt: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
  ['empty', '', /the body is empty/],
  ['half written', '{"url": "u", "feed_con', /the body is no JSON/],
  ['nothing but spaces', ' '.repeat(1_000_000), /the body is no JSON/],
  ['not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), /not UTF-8/],
  ['UTF-16', Buffer.from('\ufeff{"url":"u"}', 'utf16le'), /not UTF-8/],
  ['an array', '[{"url":"u"}]', /expected a JSON object, got an array/],
  ['null', 'null', /got null/],
  ['a string', '"u"', /got a string/],
  ['a million levels', '['.repeat(1_000_000), /nested deeper than/],
  ['without a URL', '{"feed_content":1}', /url: expected a non-empty string, got undefined/],
  ['with an empty URL', '{"url":""}', /url: expected a non-empty string, got ""/],
  ['whose URL is a number', '{"url":12}', /url: expected a non-empty string, got 12/],
  ['with a URL of 9 KB', `{"url":"${'x'.repeat(9000)}"}`, /url: 9000 bytes/],
  ['with half a character in its URL', '{"url":"\\ud800"}', /url: half of a surrogate pair/],
  ['with an endless number', '{"url":"u","feed_content":{"a":[1e999]}}', /feed_content\.a\[0\]: Infinity/],
  ['with NaN, which is not JSON', '{"url":"u","feed_data":NaN}', /the body is no JSON/],
  ['whose metadata is too deep', `{"url":"u","feed_data":${'['.repeat(1001)}${']'.repeat(1001)}}`, /deeper/],
];

for (const [what, body, reason] of corrupt) {
  test(`a body that is ${what} is corrupt, and the reason says so`, () => {
    assert.throws(
      () => parseObject(Buffer.from(body), facts),
      (error) => {
        assert.ok(isBucketcastError(error, 'corrupt'));
        assert.match(error.message, reason);
        assert.ok(error.message.startsWith(facts.key) && error.message.length < 300, error.message);
        return true;
      },
    );
  });
}
