import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { isBucketcastError, PoisonError } from '../../src/base/errors.ts';
import { filesTrouble } from '../../src/sinks/files-trouble.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { FilesRig } from './files-rig.ts';
import { sinkControl, sinkUpdate } from './sink-updates.ts';

const hostile = [
  '..',
  '.',
  '../x',
  '/etc/passwd',
  'a\0b',
  '\\..\\x',
  '.htaccess',
  'CON',
  'x...',
  'y'.repeat(300),
  '😀',
];

test('whatever the URLs, each has a file of its own in the directory, and nothing stands elsewhere', async () => {
  const parent = temporaryDirectory();
  for (const suffix of ['.feed', '']) {
    const rig = new FilesRig({ path: join(parent, `feeds${suffix}`), suffix });
    await rig.deliver(...hostile.map((url) => sinkUpdate({ url, content: url })));
    const contents = readdirSync(rig.settings.path).map((name) =>
      readFileSync(join(rig.settings.path, name), 'utf8'),
    );
    assert.deepEqual(contents.sort(), [...hostile].sort());
  }
  assert.deepEqual(readdirSync(parent).sort(), ['feeds', 'feeds.feed']);
});

const alike = [
  'https://example.com/a',
  'https://example.com_a',
  'https://EXAMPLE.com/a',
  'https:__example.com/A',
];

test('URLs whose names are alike, or differ in case, keep files of their own: in one batch, apart, and after a restart', async () => {
  const together = new FilesRig();
  await together.deliver(...alike.map((url) => sinkUpdate({ url, content: url })));
  const apart = new FilesRig();
  for (const url of alike) {
    await apart.deliver(sinkUpdate({ url, content: url }));
    await apart.restart();
  }
  for (const rig of [together, apart]) {
    const files = rig.files();
    assert.deepEqual(Object.values(files).sort(), [...alike].sort());
    const folded = new Set(Object.keys(files).map((name) => name.toLowerCase()));
    assert.equal(folded.size, alike.length);
    assert.equal(files['https___example.com_a.feed'], alike[0], 'the first has the plain name');
    await rig.deliver(
      ...alike.toReversed().map((url) => sinkUpdate({ at: 2, url, content: `${url} again` })),
    );
    assert.deepEqual(Object.keys(rig.files()), Object.keys(files));
    assert.equal(rig.files()['https___example.com_a.feed'], `${alike[0]} again`);
  }
});

test('a name stays with its URL while its deletion is remembered', async () => {
  const rig = new FilesRig();
  await rig.deliver(sinkUpdate({ url: 'a/b' }));
  await rig.deliver(sinkUpdate({ at: 2, url: 'a/b', kind: 'delete', content: null }));
  await rig.deliver(sinkUpdate({ at: 3, url: 'a_b', content: 'another' }));
  await rig.deliver(sinkUpdate({ at: 4, url: 'a/b', content: 'back' }));
  assert.equal(rig.files()['a_b.feed'], 'back');
  assert.equal(Object.keys(rig.files()).length, 2);
});

test('a link that somebody planted is replaced and never followed, by a put, an equal put and a delete', async () => {
  const rig = new FilesRig({ sidecar: true });
  const outside = join(temporaryDirectory(), 'outside');
  writeFileSync(outside, 'precious');
  for (const name of ['put.feed', 'put.feed.json', 'equal.feed', 'gone.feed', 'gone.feed.json'])
    symlinkSync(outside, rig.pathOf(name));
  symlinkSync(dirname(outside), rig.pathOf('folder.feed'));
  await rig.deliver(
    sinkUpdate({ url: 'put', content: 'new' }),
    sinkUpdate({ url: 'equal', content: 'precious' }),
    sinkUpdate({ url: 'folder', content: 'new' }),
    sinkUpdate({ url: 'gone', kind: 'delete', content: null }),
  );
  assert.equal(readFileSync(outside, 'utf8'), 'precious');
  assert.equal(existsSync(rig.pathOf('gone.feed')), false);
  for (const name of ['put.feed', 'put.feed.json', 'equal.feed', 'folder.feed'])
    assert.ok(lstatSync(rig.pathOf(name)).isFile(), name);
});

test('a directory in the way makes one dead letter with its reason, and the others are written', async () => {
  const rig = new FilesRig();
  for (const name of ['blocked.feed', 'gone.feed']) mkdirSync(rig.pathOf(name));
  const blocked = sinkUpdate({ url: 'blocked' });
  const gone = sinkUpdate({ url: 'gone', kind: 'delete', content: null });
  for (const update of [blocked, gone]) {
    const error = await blameOf(rig, update, sinkUpdate({ url: 'fine' }));
    assert.equal(error.update, update);
    assert.match(error.message, /a directory stands where its file belongs/);
    assert.equal(rig.known(`${update.url}.feed`), undefined);
  }
  assert.equal(readFileSync(rig.pathOf('fine.feed'), 'utf8'), 'content 1');
  assert.deepEqual(readdirSync(rig.path).sort(), ['blocked.feed', 'fine.feed', 'gone.feed']);
});

test('a directory where a sidecar belongs is named in the dead letter', async () => {
  const rig = new FilesRig({ sidecar: true });
  mkdirSync(rig.pathOf('blocked.feed.json'));
  const error = await blameOf(rig, sinkUpdate({ url: 'blocked' }));
  assert.ok(
    error.message.startsWith(`cannot be kept in ${rig.pathOf('blocked.feed.json')}: `),
    error.message,
  );
  assert.equal(existsSync(rig.pathOf('blocked.feed')), false);
});

test('a directory that is called like a half-written file keeps no sink from opening', async () => {
  const rig = new FilesRig();
  mkdirSync(rig.pathOf('.bucketcast-00ff.tmp'));
  writeFileSync(rig.pathOf('.bucketcast-00fe.tmp'), 'half');
  await rig.deliver(sinkUpdate({ url: 'a' }));
  assert.deepEqual(readdirSync(rig.path).sort(), ['.bucketcast-00ff.tmp', 'a.feed']);
});

test('text that no file can hold in UTF-8 is blamed, and in JSON it is escaped', async () => {
  const rig = new FilesRig();
  const half = sinkUpdate({ url: 'half', content: 'a\ud800' });
  const error = await blameOf(rig, half, sinkUpdate({ url: 'json', content: ['\ud800'] }));
  assert.equal(error.update, half);
  assert.deepEqual(rig.files(), { 'json.feed': '["\\ud800"]\n' });
});

test('a directory that is gone, or is another one, is trouble that passes when it is back', async () => {
  const rig = new FilesRig({ path: join(temporaryDirectory(), 'disk') });
  const { path } = rig.settings;
  await rig.deliver(sinkUpdate({ at: 1 }));
  renameSync(path, `${path}.away`);
  await assert.rejects(rig.deliver(sinkUpdate({ at: 2 })), { code: 'sink-unavailable', retryable: true });
  mkdirSync(path);
  await assert.rejects(rig.deliver(sinkUpdate({ at: 2 })), {
    code: 'sink-unavailable',
    message: /not the directory/,
  });
  assert.deepEqual(readdirSync(path), []);
  renameSync(`${path}.away`, path);
  await rig.deliver(sinkUpdate({ at: 2 }));
  assert.deepEqual(readdirSync(path), ['https___example.com_feed.xml.feed']);
});

test('a full disk, a read-only one and missing rights are trouble, with the path and what to do', () => {
  for (const code of ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EIO', 'ESTALE']) {
    const error = filesTrouble(Object.assign(new Error(`${code}: no`), { code }), '/srv/feeds');
    assert.ok(isBucketcastError(error, 'sink-unavailable'));
    assert.match(error.message, /^cannot write to \/srv\/feeds: /);
    assert.deepEqual(error.details, { path: '/srv/feeds', errno: code });
    assert.equal(error.hint === undefined, code === 'ESTALE');
  }
});

async function blameOf(rig: FilesRig, ...updates: Parameters<FilesRig['deliver']>): Promise<PoisonError> {
  try {
    await (await rig.sink()).deliver(updates, sinkControl());
  } catch (error) {
    if (error instanceof PoisonError) return error;
    throw error;
  }
  throw new Error('nothing was blamed');
}
