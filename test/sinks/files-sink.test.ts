import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { DAY } from '../../src/config/units.ts';
import { temporaryName } from '../../src/sinks/file-name.ts';
import { FilesSink } from '../../src/sinks/files-sink.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { FilesRig } from './files-rig.ts';
import { sinkControl, sinkUpdate } from './sink-updates.ts';

const name = 'https___example.com_feed.xml.feed';

test('each kind of content becomes what a reader of files expects', async () => {
  const rig = new FilesRig();
  await rig.deliver(
    sinkUpdate({ url: 'text', content: 'grüße' }),
    sinkUpdate({ url: 'bytes', content: new Uint8Array([0x68, 0x69]) }),
    sinkUpdate({ url: 'nothing', content: null }),
    sinkUpdate({ url: 'json', content: { entries: [1] } }),
    sinkUpdate({ url: 'number', content: 7 }),
  );
  assert.deepEqual(rig.files(), {
    'bytes.feed': 'hi',
    'json.feed': '{"entries":[1]}\n',
    'nothing.feed': '',
    'number.feed': '7\n',
    'text.feed': 'grüße',
  });
});

test('of several updates of a URL in a batch the newest is written, in whatever order they come', async () => {
  const rig = new FilesRig();
  await rig.deliver(sinkUpdate({ at: 2 }), sinkUpdate({ at: 3 }), sinkUpdate({ at: 1 }));
  assert.deepEqual(rig.files(), { [name]: 'content 3' });
  assert.equal(rig.known(name)?.hlc, sinkUpdate({ at: 3 }).hlc);
});

test('an older update is acknowledged and changes nothing, also after a restart', async () => {
  const rig = new FilesRig();
  await rig.deliver(sinkUpdate({ at: 5 }));
  await rig.deliver(sinkUpdate({ at: 4 }));
  await rig.restart();
  await rig.deliver(sinkUpdate({ at: 3, kind: 'delete', content: null }));
  await rig.deliver(sinkUpdate({ at: 2, content: 'what no file could hold: \ud800' }));
  assert.deepEqual(rig.files(), { [name]: 'content 5' });
});

test('of two writers with one time the greater name wins, whoever comes first', async () => {
  for (const order of [
    ['a', 'b'],
    ['b', 'a'],
  ]) {
    const rig = new FilesRig();
    for (const writer of order) await rig.deliver(sinkUpdate({ writer, content: writer }));
    assert.deepEqual(rig.files(), { [name]: 'b' });
  }
});

test('a delete takes the file away, and an older put does not bring it back, but a newer one does', async () => {
  const rig = new FilesRig();
  await rig.deliver(sinkUpdate({ at: 1 }));
  await rig.deliver(sinkUpdate({ at: 3, kind: 'delete', content: null }));
  assert.deepEqual(rig.files(), {});
  await rig.restart();
  await rig.deliver(sinkUpdate({ at: 2 }));
  assert.deepEqual(rig.files(), {});
  assert.equal(rig.known(name)?.digest, null);
  await rig.deliver(sinkUpdate({ at: 4 }));
  assert.deepEqual(rig.files(), { [name]: 'content 4' });
});

test('a delete of what was never there is remembered too', async () => {
  const rig = new FilesRig();
  await rig.deliver(sinkUpdate({ at: 3, kind: 'delete', content: null }));
  await rig.deliver(sinkUpdate({ at: 2 }));
  assert.deepEqual(rig.files(), {});
});

test('a deletion is forgotten once older updates are long out of the bucket, and no sooner', async () => {
  const rig = new FilesRig();
  const gone = { url: 'gone', kind: 'delete', content: null } as const;
  await rig.deliver(sinkUpdate({ ...gone, at: 0 }), sinkUpdate({ url: 'kept', at: 0 }));
  await rig.deliver(sinkUpdate({ at: 29 * DAY }));
  assert.notEqual(rig.known('gone.feed'), undefined);
  await rig.deliver(sinkUpdate({ at: 31 * DAY }));
  assert.equal(rig.known('gone.feed'), undefined);
  assert.notEqual(rig.known('kept.feed'), undefined);
});

test('a file that holds the content already is not touched, and the stamp still counts', async () => {
  const rig = new FilesRig();
  await rig.deliver(sinkUpdate({ at: 1, content: 'same' }));
  utimesSync(rig.pathOf(name), 1, 1);
  const before = statSync(rig.pathOf(name));
  await rig.deliver(sinkUpdate({ at: 3, content: 'same' }));
  await rig.deliver(sinkUpdate({ at: 2, content: 'older' }));
  const after = statSync(rig.pathOf(name));
  assert.deepEqual([after.mtimeMs, after.ino], [before.mtimeMs, before.ino]);
  assert.deepEqual(rig.files(), { [name]: 'same' });
});

test('a file that stood there before the node came is taken over, and replaced only if it differs', async () => {
  const rig = new FilesRig();
  for (const url of ['same', 'other']) writeFileSync(rig.pathOf(`${url}.feed`), 'same');
  const before = statSync(rig.pathOf('same.feed'));
  await rig.deliver(
    sinkUpdate({ url: 'same', content: 'same' }),
    sinkUpdate({ url: 'other', content: 'new' }),
  );
  assert.equal(statSync(rig.pathOf('same.feed')).ino, before.ino);
  assert.deepEqual(rig.files(), { 'other.feed': 'new', 'same.feed': 'same' });
});

test('a file that somebody changed or removed gets its content back with the next update', async () => {
  const rig = new FilesRig();
  await rig.deliver(sinkUpdate({ at: 1, content: 'same' }));
  writeFileSync(rig.pathOf(name), 'edit');
  await rig.deliver(sinkUpdate({ at: 2, content: 'same' }));
  assert.deepEqual(rig.files(), { [name]: 'same' });
  rmSync(rig.pathOf(name));
  await rig.deliver(sinkUpdate({ at: 3, content: 'same' }));
  assert.deepEqual(rig.files(), { [name]: 'same' });
});

test('a sidecar says what a file is about, follows each update, and goes with the file', async () => {
  const rig = new FilesRig({ sidecar: true });
  await rig.deliver(sinkUpdate({ at: 1, data: { status: 'ok' } }));
  assert.deepEqual(JSON.parse(rig.files()[`${name}.json`] as string), {
    url: 'https://example.com/feed.xml',
    data: { status: 'ok' },
    time: '2026-01-31T12:00:00.001Z',
    server: 'a',
    id: '1'.padStart(32, '0'),
  });
  await rig.deliver(sinkUpdate({ at: 2, content: 'content 1' }));
  assert.match(rig.files()[`${name}.json`] as string, /00:00\.002Z/);
  await rig.deliver(sinkUpdate({ at: 3, kind: 'delete', content: null }));
  assert.deepEqual(rig.files(), {});
});

test('hundreds of updates in one batch all find their file, and leave nothing else', async () => {
  const rig = new FilesRig();
  const updates = Array.from({ length: 150 }, (_, n) => sinkUpdate({ at: n, url: `https://a.example/${n}` }));
  await rig.deliver(...updates);
  const files = rig.files();
  assert.equal(Object.keys(files).length, updates.length);
  assert.equal(files['https___a.example_149.feed'], 'content 149');
});

test('a URL keeps the file under which a watcher found it in this directory, not below', async () => {
  const rig = new FilesRig();
  const record = { url: 'https://example.com/a', digest: 'd', pending: undefined, hlc: '', writer: '' };
  rig.table.put([
    { ...record, path: rig.pathOf('mine.html') },
    { ...record, url: 'https://example.com/b', path: rig.pathOf('below/b.html') },
  ]);
  await rig.deliver(
    sinkUpdate({ url: 'https://example.com/a' }),
    sinkUpdate({ url: 'https://example.com/b' }),
  );
  assert.deepEqual(Object.keys(rig.files()), ['https___example.com_b.feed', 'mine.html']);
});

test('the directory is made, and what a crash left half-written there is taken away', async () => {
  const path = join(temporaryDirectory(), 'a', 'b');
  mkdirSync(path, { recursive: true });
  for (const leftover of [temporaryName('0f'.repeat(16)), 'own.feed', '.hidden'])
    writeFileSync(join(path, leftover), '');
  const rig = new FilesRig({ path });
  await rig.sink();
  assert.deepEqual(readdirSync(path).sort(), ['.hidden', 'own.feed']);
  const fresh = new FilesRig({ path: join(path, 'c', 'd') });
  await fresh.deliver(sinkUpdate());
  assert.deepEqual(readdirSync(join(path, 'c', 'd')), [name]);
});

test('settings that cannot work are refused at once, with the setting they are about', async () => {
  const file = join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  const loop = join(temporaryDirectory(), 'loop');
  symlinkSync(loop, loop);
  for (const path of [file, join(file, 'below'), loop, 'a\0b']) {
    await assert.rejects(new FilesRig({ path }).sink(), {
      code: 'invalid-settings',
      message: /^subscriptions\.test\.sink\.path: /,
    });
  }
  for (const suffix of ['', '.json', '.feed.JSON']) {
    const rig = new FilesRig({ suffix, sidecar: true });
    await assert.rejects(rig.sink(), {
      code: 'invalid-settings',
      message: /^subscriptions\.test\.sink\.suffix: /,
    });
    await new FilesRig({ suffix }).sink();
  }
});

test('two subscriptions cannot share a directory, under whatever name, until one of them ends', async () => {
  const rig = new FilesRig();
  await rig.sink();
  const link = join(temporaryDirectory(), 'link');
  symlinkSync(rig.path, link);
  const parts = {
    subscription: 'second',
    files: rig.table,
    random: systemRandom,
    clock: systemClock,
    keepDeletedMs: DAY,
  };
  const second = () => FilesSink.open({ ...rig.settings, path: link }, parts);
  await assert.rejects(second(), { code: 'invalid-settings', message: /another subscription/ });
  await rig.restart();
  await (await second()).close();
});

test('nothing is written once nobody waits for the delivery', async () => {
  const rig = new FilesRig();
  const control = sinkControl();
  control.abort();
  await assert.rejects((await rig.sink()).deliver([sinkUpdate()], control), { code: 'closed' });
  assert.deepEqual(rig.files(), {});
});
