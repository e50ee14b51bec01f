import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { describe, it } from 'node:test';
import { WatchRig } from './watch-rig.ts';

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
  });

  it('a file that is replaced by renaming another over it is one change', async () => {
    await using rig = new WatchRig();
    rig.write('a.feed', 'one');
    await rig.start();
    await rig.next();
    rig.replace('a.feed', 'two');
    assert.deepEqual(await rig.all(), ['put a two']);
  });

  it('a renamed file is a deletion and a new file', async () => {
    await using rig = new WatchRig();
    rig.write('a.feed', 'one');
    await rig.start();
    await rig.next();
    renameSync(rig.path('a.feed'), rig.path('b.feed'));
    assert.deepEqual((await rig.next(2)).sort(), ['delete a', 'put b one']);
  });
});
