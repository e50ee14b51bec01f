import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { BucketcastError } from '../../src/base/errors.ts';
import { tryClaim } from '../../src/base/path-claims.ts';
import type { NewUpdate } from '../../src/base/update.ts';
import { FileMessages, type FileMessagesParts } from '../../src/sources/file-messages.ts';
import { MessageError } from '../../src/sources/message-error.ts';
import type { FileRecord } from '../../src/state/file-table.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

function site(parts: Partial<FileMessagesParts> = {}) {
  const root = join(realpathSync(temporaryDirectory()), 'htdocs');
  mkdirSync(join(root, 'img'), { recursive: true });
  writeFileSync(join(root, 'img/test.jpg'), 'a picture');
  writeFileSync(join(root, '../secret.txt'), 'not for others');
  const published: NewUpdate[] = [];
  const records = new Map<string, FileRecord>();
  const messages = new FileMessages({
    root,
    urlFrom: 'https://www.example.com/{path}',
    maxBytes: 1024,
    deletes: true,
    clock: systemClock,
    files: {
      find: (path) => records.get(path),
      put: (put) => {
        for (const record of put) records.set(record.path, record);
      },
    },
    publish: async (update) => {
      published.push(update);
      return { id: '0'.repeat(32), hlc: '0'.repeat(16), durable: 'spool' };
    },
    ...parts,
  });
  const say = async (message: string | Buffer) => {
    const { key, known } = messages.parse(Buffer.from(message));
    return messages.publish(key, known, new AbortController().signal);
  };
  return { root, published, records, messages, say };
}

const url = 'https://www.example.com/img/test.jpg';

test('a file is named by its path, absolute or counted from the directory', async () => {
  const { root, published, messages, say } = site();
  assert.equal(await say(join(root, 'img/test.jpg')), true);
  assert.deepEqual(published, [{ url, content: 'a picture' }]);
  const keys = ['img/test.jpg', './img//test.jpg', 'img/test.jpg\n', 'img/../img/test.jpg'].map(
    (name) => messages.parse(Buffer.from(name)).key,
  );
  assert.deepEqual([...new Set(keys)], [join(root, 'img/test.jpg')]);
});

test('what is published is noted with its stamp, so that nothing older takes its place', async () => {
  const stamp = { hlc: '019c1412bc000000', writer: 'own' };
  const published = {
    id: '0'.repeat(32),
    ...stamp,
    lane: 0,
    sequence: 1,
    index: 0,
    durable: 'bucket',
  } as const;
  const { root, records, say } = site({ publish: async () => published });
  await say('img/test.jpg');
  const { hlc, writer } = records.get(join(root, 'img/test.jpg')) ?? {};
  assert.deepEqual({ hlc, writer }, stamp);
});

test('nothing outside of the directory is read, however it is named', async () => {
  const { root, published, say } = site();
  const outside = join(root, '../secret.txt');
  symlinkSync(outside, join(root, 'img/link.jpg'));
  symlinkSync(join(root, '..'), join(root, 'up'));
  execFileSync('mkfifo', [join(root, 'pipe')]);
  const outsiders = [
    '../secret.txt',
    'img/../../secret.txt',
    outside,
    '/etc/passwd',
    `${root}-other/x`,
    '..',
  ];
  const through = ['img/link.jpg', 'up/secret.txt', '/', '/dev/zero', '/proc/self/environ'];
  const noFiles = [
    'img',
    '.',
    root,
    'pipe',
    '',
    '\n',
    'img/test.jpg\0',
    '\0',
    'a'.repeat(300),
    'a'.repeat(4097),
  ];
  const names = [outsiders, through, noFiles, Buffer.from([0x69, 0xff, 0x2e])].flat();
  for (const name of names) await assert.rejects(say(name), MessageError, JSON.stringify(name).slice(0, 80));
  assert.deepEqual(published, []);
});

test('a file that is not there is a delete of its URL; known to be gone, it is nothing', async () => {
  const { root, published, say } = site();
  assert.equal(await say('img/gone.jpg'), true);
  assert.equal(await say('img/gone.jpg'), false);
  assert.equal(await say('no/such/folder.jpg'), true);
  rmSync(join(root, 'img/test.jpg'));
  assert.equal(await say('img/test.jpg'), true);
  assert.deepEqual(
    published.map((update) => [update.url, update.kind]),
    [
      ['https://www.example.com/img/gone.jpg', 'delete'],
      ['https://www.example.com/no/such/folder.jpg', 'delete'],
      [url, 'delete'],
    ],
  );
});

test('what is gone is refused where deletes are not wanted, or nothing tells its URL', async () => {
  await assert.rejects(site({ deletes: false }).say('img/gone.jpg'), /does not exist/);
  await assert.rejects(site({ urlFrom: 'sidecar' }).say('img/gone.jpg'), /nothing tells which URL/);
});

test('content that is known to stand there is not published again, and a change is', async () => {
  const { root, published, records, say } = site();
  const path = join(root, 'img/test.jpg');
  const digest = createHash('sha256').update('a picture').digest('hex');
  const record = { path, url: 'news', digest: null, hlc: '0'.repeat(16), writer: 'other' };
  records.set(path, { ...record, pending: digest });
  assert.equal(await say(path), false, 'a files sink is about to put it there');
  records.clear();
  assert.equal(await say(path), true);
  assert.equal(records.get(path)?.digest, digest);
  assert.equal(await say(path), false);
  writeFileSync(path, 'another');
  assert.equal(await say(path), true);
  assert.deepEqual(
    published.map(({ content }) => content),
    ['a picture', 'another'],
  );
});

test('what a files sink notes while a file is being published stays', async () => {
  const others: FileRecord[] = [];
  const { root, records, say } = site({
    publish: async () => {
      const path = join(root, 'img/test.jpg');
      const record = { path, url, digest: 'newer', pending: undefined, hlc: 'f'.repeat(16), writer: 'o' };
      records.set(path, record);
      others.push(record);
      return { id: '0'.repeat(32), hlc: '0'.repeat(16), durable: 'spool' };
    },
  });
  await say('img/test.jpg');
  assert.equal(records.get(join(root, 'img/test.jpg')), others[0]);
});

test('a file is read once nobody else is deciding about it any more', async () => {
  const { root, published, say } = site();
  const path = join(root, 'img/test.jpg');
  const release = tryClaim(path);
  const said = say('img/test.jpg');
  // Far longer than reading takes.
  for (let turn = 0; turn < 50; turn += 1) await stat(path);
  writeFileSync(path, 'an edit');
  release?.();
  assert.equal(await said, true);
  assert.deepEqual(published, [{ url, content: 'an edit' }]);
});

test('a file too large is refused, and a directory that is away is no fault of the message', async () => {
  const { root, say } = site();
  writeFileSync(join(root, 'big'), 'x'.repeat(2000));
  await assert.rejects(say('big'), /2000 bytes, more than maxBytes/);
  rmSync(root, { recursive: true });
  await assert.rejects(say('img/test.jpg'), (error: unknown) => {
    assert.ok(error instanceof BucketcastError);
    assert.equal(error.code, 'source-unavailable');
    return true;
  });
});

test('a urlFrom that is none is refused at once', () => {
  assert.throws(() => site({ urlFrom: 'https://example.com/same' }), { code: 'invalid-settings' });
});
