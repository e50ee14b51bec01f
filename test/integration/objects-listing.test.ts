import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ObjectsLister } from '../../src/objects/lister.ts';
import { inParallel } from '../../src/store/in-parallel.ts';
import { openStore } from '../../src/store/open-store.ts';
import { folderKeys, prefix } from '../objects/key-sets.ts';
import { startPool } from '../pool/pool-rig.ts';
import { withCeph } from '../support/ceph.ts';

const odd = ['é/ü.json', '🎉/~', 'B/%2F', 'flat.json', 'a//x', 'c+d/e f&g.json'].map((name) => prefix + name);
const keys = [...folderKeys('a', 1300), ...folderKeys('b', 700), ...folderKeys('own', 100), ...odd];

it('a long listing over the threads finds what is there, while keys are added, and soon costs the least', (t) =>
  withCeph(t, async (ceph) => {
    const settings = ceph.storeSettings(await ceph.makeBucket());
    const store = await openStore(settings);
    const put = (some: readonly string[]) => inParallel(32, some, (key) => store.put(key, Buffer.from('{}')));
    await put(keys);
    const { pool } = await startPool(t, { store: settings });
    const parts = { reader: pool.objects, store, prefix, shardPages: 1, atOnce: 4 };
    const lister = new ObjectsLister(parts);
    let added = 0;
    const list = async (onPage: () => Promise<unknown> = () => Promise.resolve()) => {
      const found: string[] = [];
      const { pages } = await lister.list(async (page) => {
        assert.equal(page.digests.byteLength, 16 * page.keys.length);
        found.push(...page.keys);
        await onPage();
      });
      assert.equal(new Set(found).size, found.length, 'none twice');
      assert.ok(new Set(keys).isSubsetOf(new Set(found)), 'none missed');
      return { pages, found: found.length };
    };

    for (let poll = 0; poll < 2; poll += 1) {
      await list(() => {
        added += 5;
        return put(folderKeys('b', 5, 10_000 + added));
      });
    }
    for (let poll = 0; poll < 3; poll += 1) await list();
    const all = keys.length + added;
    assert.deepEqual(await list(), { pages: Math.ceil(all / 1000), found: all });

    const others = new ObjectsLister({ ...parts, skip: `${prefix}a/` });
    const pages: number[] = [];
    for (let poll = 0; poll < 3; poll += 1) {
      const found = new Set<string>();
      const listed = await others.list((page) => {
        for (const key of page.keys) found.add(key);
      });
      assert.ok(keys.every((key) => key.startsWith(`${prefix}a/`) || found.has(key)));
      pages.push(listed.pages);
    }
    assert.equal(pages.at(-1), 2);
    await store.close();
  }));
