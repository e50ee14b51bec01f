import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { contentDigest } from '../../src/sinks/file-content.ts';
import { FilesRig } from './files-rig.ts';
import { sinkUpdate } from './sink-updates.ts';

const name = 'https___example.com_feed.xml.feed';

/** What a watcher does about a file that somebody has edited, once its update is published. */
function edit(rig: FilesRig, at: number): void {
  const { hlc, url } = sinkUpdate({ at });
  writeFileSync(rig.pathOf(name), 'edited');
  const digest = contentDigest(Buffer.from('edited'));
  const pending = rig.known(name)?.pending;
  rig.table.put([{ path: rig.pathOf(name), url, digest, pending, hlc, writer: 'own' }]);
}

async function written(): Promise<FilesRig> {
  const rig = new FilesRig();
  await rig.deliver(sinkUpdate({ at: 1 }));
  return rig;
}

test('an edit that a watcher publishes while an older update is written stays', async () => {
  const rig = await written();
  rig.onStage = () => edit(rig, 5);
  await rig.deliver(sinkUpdate({ at: 3 }));
  assert.deepEqual(rig.files(), { [name]: 'edited' });
  assert.equal(rig.known(name)?.writer, 'own');
});

test('so does one that it publishes just before the file gets its name', async () => {
  const rig = await written();
  rig.onPut = (put) => {
    put();
    edit(rig, 5);
    rig.onPut = (next) => next();
  };
  await rig.deliver(sinkUpdate({ at: 3 }));
  assert.deepEqual(rig.files(), { [name]: 'edited' });
  assert.deepEqual([rig.known(name)?.writer, rig.known(name)?.pending], ['own', undefined]);
});

test('an edit that is older than the update goes', async () => {
  const rig = await written();
  rig.onStage = () => edit(rig, 2);
  await rig.deliver(sinkUpdate({ at: 3 }));
  assert.deepEqual(rig.files(), { [name]: 'content 3' });
  assert.equal(rig.known(name)?.hlc, sinkUpdate({ at: 3 }).hlc);
});

test('a name that a watcher gives to another URL meanwhile is left to it', async () => {
  const rig = new FilesRig();
  rig.onStage = () => {
    rig.onStage = () => {};
    const record = {
      url: 'https://example.com/feed_xml',
      digest: 'd',
      pending: undefined,
      hlc: '',
      writer: '',
    };
    rig.table.put([{ ...record, path: rig.pathOf(name) }]);
  };
  await assert.rejects(rig.deliver(sinkUpdate()), { code: 'sink-unavailable' });
  assert.deepEqual(rig.files(), {});
  await rig.deliver(sinkUpdate());
  assert.match(Object.keys(rig.files()).join(), /^https___example\.com_feed\.xml~[0-9a-f]{32}\.feed$/);
});
