import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Update } from '../../src/base/update.ts';
import { contentDigest } from '../../src/sinks/file-content.ts';
import { FilesRig } from './files-rig.ts';
import { sinkUpdate } from './sink-updates.ts';

const name = 'https___example.com_feed.xml.feed';
const deletion = (at: number) => sinkUpdate({ at, kind: 'delete', content: null });

/** Where a process dies: `[which put of records, before or after it]`. */
const deaths = [
  ['before it is recorded what is about to stand there', 0, 'before'],
  ['before the rename', 0, 'after'],
  ['after the rename', 1, 'before'],
  ['after all is recorded', 1, 'after'],
] as const;

/** A watcher takes for news whatever is neither `digest` nor `pending` of its record. */
function assertNoEcho(rig: FilesRig): void {
  const path = rig.pathOf(name);
  const standing = existsSync(path) ? contentDigest(readFileSync(path)) : null;
  const known = rig.table.find(path);
  assert.ok(
    standing === (known?.digest ?? null) || standing === known?.pending,
    'a watcher would publish it',
  );
}

async function dieIn(rig: FilesRig, update: Update, at: number, side: 'before' | 'after'): Promise<void> {
  let puts = 0;
  rig.onPut = (put) => {
    const dies = puts === at;
    puts += 1;
    if (!dies || side === 'after') put();
    if (dies) throw new Error('killed');
  };
  await assert.rejects(rig.deliver(update), { message: 'killed' });
  await rig.restart();
  rig.onPut = (put) => {
    assertNoEcho(rig);
    put();
    assertNoEcho(rig);
  };
}

for (const [where, at, side] of deaths) {
  describe(`a process that dies ${where}`, () => {
    for (const [what, first, second] of [
      ['a first put', undefined, sinkUpdate({ at: 2 })],
      ['a second put', sinkUpdate({ at: 1 }), sinkUpdate({ at: 2 })],
      ['a delete', sinkUpdate({ at: 1 }), deletion(2)],
      ['a put after a delete', deletion(1), sinkUpdate({ at: 2 })],
    ] as const) {
      const prepared = async () => {
        const rig = new FilesRig();
        if (first !== undefined) await rig.deliver(first);
        await rig.restart();
        await dieIn(rig, second, at, side);
        return rig;
      };

      test(`in ${what}: nothing is echoed, and the same again finishes it`, async () => {
        const rig = await prepared();
        assertNoEcho(rig);
        await rig.deliver(second);
        const { content } = second;
        assert.deepEqual(rig.files(), content === null ? {} : { [name]: content });
        const known = rig.known(name);
        assert.equal(known?.digest, content === null ? null : contentDigest(Buffer.from(content as string)));
        assert.equal(known?.pending, undefined);
        assert.equal(known?.hlc, second.hlc);
      });

      test(`in ${what}: a newer one that comes first wins, and nothing is echoed`, async () => {
        const rig = await prepared();
        const third = second.content === null ? sinkUpdate({ at: 3 }) : deletion(3);
        await rig.deliver(third);
        await rig.deliver(second);
        assert.deepEqual(rig.files(), third.content === null ? {} : { [name]: third.content });
        assert.equal(rig.known(name)?.hlc, third.hlc);
      });

      test(`in ${what}: an older one that comes first changes nothing for good`, async () => {
        const rig = await prepared();
        await rig.deliver(sinkUpdate({ at: 0, content: 'old' }));
        await rig.deliver(second);
        assert.deepEqual(rig.files(), second.content === null ? {} : { [name]: second.content });
      });
    }
  });
}
