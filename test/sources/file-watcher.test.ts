import assert from 'node:assert/strict';
import { readFileSync, renameSync, statSync, utimesSync } from 'node:fs';
import { describe, it } from 'node:test';
import { short, WatchRig } from './watch-rig.ts';

describe('file watcher', () => {
  it('publishes what is there, what is made, changed and deleted, each once', async () => {
    await using rig = new WatchRig();
    rig.write('https___example.com_feed.xml.feed', 'one');
    await rig.start();
    assert.deepEqual(await rig.next(), ['put https://example.com/feed.xml one']);
    rig.write('sub/deep/b.feed', 'two');
    assert.deepEqual(await rig.next(), ['put b two']);
    rig.write('sub/deep/b.feed', 'three');
    assert.deepEqual(await rig.next(), ['put b three']);
    rig.remove('sub/deep/b.feed');
    assert.deepEqual(await rig.next(), ['delete b']);
    assert.deepEqual(await rig.all(), []);
    assert.deepEqual(rig.told, []);
  });

  it('a file that is replaced by renaming another over it is one change', async () => {
    await using rig = new WatchRig();
    rig.write('a.feed', 'one');
    await rig.start();
    await rig.next();
    rig.replace('a.feed', 'two');
    assert.deepEqual(await rig.all(1), ['put a two']);
  });

  it('an editor that moves the file away and writes it anew makes one change, and nothing of its own files', async () => {
    await using rig = new WatchRig({ settings: { include: ['**', '**/.*'] } });
    rig.write('a.feed', 'one');
    await rig.start();
    await rig.next();
    for (const name of ['.a.feed.swp', '4913', '.#a.feed', '.goutputstream-ABCDEF']) rig.write(name, 'x');
    rig.remove('4913');
    renameSync(rig.path('a.feed'), rig.path('a.feed~'));
    rig.write('a.feed', 'two');
    rig.remove('a.feed~');
    rig.remove('.a.feed.swp');
    assert.deepEqual(await rig.all(1), ['put a two']);
  });

  it('a renamed file is a deletion and a new file', async () => {
    await using rig = new WatchRig();
    rig.write('a.feed', 'one');
    await rig.start();
    await rig.next();
    renameSync(rig.path('a.feed'), rig.path('b.feed'));
    assert.deepEqual((await rig.next(2)).sort(), ['delete a', 'put b one']);
  });

  it('a file that moves and keeps its URL is never deleted in the end', async () => {
    await using rig = new WatchRig();
    rig.write('x/a.feed', 'one');
    rig.write('y/b.feed', 'other');
    await rig.start();
    await rig.next(2);
    for (const [from, to] of [
      ['x', 'y'],
      ['y', 'x'],
    ]) {
      renameSync(rig.path(`${from}/a.feed`), rig.path(`${to}/a.feed`));
      await rig.until(() => rig.updates.some(({ kind }) => kind !== 'delete'));
      assert.equal(rig.updates.map(short).at(-1), 'put a one');
      rig.updates.length = 0;
      assert.deepEqual(await rig.all(), []);
    }
  });

  it('writing the same content again publishes nothing, nor does touching the file', async () => {
    await using rig = new WatchRig();
    rig.write('a.feed', 'one');
    await rig.start();
    await rig.next();
    rig.write('a.feed', 'one');
    utimesSync(rig.path('a.feed'), 1, 1);
    assert.deepEqual(await rig.all(), []);
  });

  it('a change that keeps size and time of the file is published', async () => {
    await using rig = new WatchRig();
    rig.write('a.feed', 'one');
    await rig.start();
    await rig.next();
    const { atime, mtime } = statSync(rig.path('a.feed'));
    rig.write('a.feed', 'two');
    utimesSync(rig.path('a.feed'), atime, mtime);
    assert.deepEqual(await rig.all(1), ['put a two']);
  });

  it('a directory that is moved in or out is all its files', async () => {
    await using rig = new WatchRig();
    const outside = new WatchRig();
    outside.write('d/a.feed', '1');
    outside.write('d/e/b.feed', '2');
    await rig.start();
    renameSync(outside.path('d'), rig.path('d'));
    assert.deepEqual((await rig.next(2)).sort(), ['put a 1', 'put b 2']);
    renameSync(rig.path('d'), outside.path('d'));
    assert.deepEqual((await rig.next(2)).sort(), ['delete a', 'delete b']);
  });

  it('what is UTF-8 is text, byte for byte, and the rest is bytes', async () => {
    await using rig = new WatchRig();
    await rig.start();
    const contents = ['', '\ufeffä\r\n\0😀', Buffer.from([0xff, 0x00, 0xc3]), Buffer.from('a\xe4', 'latin1')];
    for (const content of contents) {
      rig.write('a.feed', content);
      await rig.until(() => rig.updates.length === 1);
      assert.deepEqual(rig.updates.pop()?.content, content);
    }
  });

  it('a sidecar says URL and data, and a file waits for it', async () => {
    await using rig = new WatchRig({ settings: { urlFrom: 'sidecar', include: ['**/*.png'] } });
    rig.write('a.png', 'A');
    await rig.start();
    assert.deepEqual(rig.told, [
      { source: `watch ${rig.root}`, what: 'a.png', reason: 'has no sidecar "a.png.json"' },
    ]);
    rig.write('a.png.json', '{"url": "https://example.com/a", "data": {"by": "me"}}');
    await rig.until(() => rig.updates.length === 1);
    assert.deepEqual(rig.updates.pop(), { url: 'https://example.com/a', content: 'A', data: { by: 'me' } });
    rig.write('a.png.json', '{"url": "https://example.com/b"}');
    assert.deepEqual(await rig.next(2), ['put https://example.com/b A', 'delete https://example.com/a']);
    rig.remove('a.png.json');
    rig.remove('a.png');
    assert.deepEqual(await rig.next(), ['delete https://example.com/b']);
  });

  it('without `deletes` a deletion is not told, and what comes back unchanged is no news', async () => {
    await using rig = new WatchRig({ settings: { deletes: false } });
    rig.write('a.feed', 'one');
    await rig.start();
    await rig.next();
    rig.remove('a.feed');
    assert.deepEqual(await rig.all(), []);
    rig.write('a.feed', 'one');
    assert.deepEqual(await rig.all(), []);
  });

  it('a template makes URLs of paths', async () => {
    await using rig = new WatchRig({
      settings: { urlFrom: 'https://example.com/{path}', exclude: ['no/**'] },
    });
    rig.write('no/a.feed', '');
    rig.write('ä/b c.feed', '1');
    await rig.start();
    assert.deepEqual(await rig.next(), ['put https://example.com/%C3%A4/b%20c.feed 1']);
  });

  it('its snapshot counts, and holds no more than plain values', async () => {
    await using rig = new WatchRig();
    rig.write('a.feed', 'one');
    assert.equal(rig.watcher.snapshot().lastScanAgoMs, undefined);
    await rig.start();
    const { lastScanAgoMs, ...snapshot } = rig.watcher.snapshot();
    const name = `watch ${rig.root}`;
    assert.deepEqual(snapshot, { name, path: rig.root, files: 1, pending: 0, published: 1, refused: 0 });
    assert.equal(typeof lastScanAgoMs, 'number');
  });

  it('does nothing to the files themselves', async () => {
    await using rig = new WatchRig();
    rig.write('a.feed', 'one');
    const before = statSync(rig.path('a.feed'), { bigint: true });
    await rig.start();
    const after = statSync(rig.path('a.feed'), { bigint: true });
    assert.deepEqual([after.mtimeNs, after.ctimeNs, after.ino], [before.mtimeNs, before.ctimeNs, before.ino]);
    assert.equal(readFileSync(rig.path('a.feed'), 'utf8'), 'one');
  });
});
