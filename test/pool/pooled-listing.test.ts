import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ObjectsLister } from '../../src/objects/lister.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { folderKeys, prefix } from '../objects/key-sets.ts';
import { startListingServer } from './listing-server.ts';
import { exited, startPool } from './pool-rig.ts';

const keys = [...folderKeys('a', 2500), ...folderKeys('b', 600), ...folderKeys('c', 3)];

async function setUp(t: TestContext) {
  const store = new MemoryStore();
  for (const key of keys) await store.put(key, new Uint8Array());
  const place = await startListingServer(t, store);
  const rig = await startPool(t, { store: place, retry: { attempts: 10, baseMs: 10, capMs: 50 } });
  const lister = new ObjectsLister({
    reader: rig.pool.objects,
    store,
    prefix,
    shardPages: 1,
    atOnce: 4,
  });
  return { ...rig, lister };
}

describe('a long listing of objects', () => {
  it('is divided over the threads, each range on one, and survives the loss of one in the middle', async (t) => {
    const { pool, lister, metrics, workers, lost } = await setUp(t);
    const list = async (onPage = () => {}) => {
      const found: string[] = [];
      const listed = await lister.list((page) => {
        found.push(...page.keys);
        onPage();
      });
      assert.equal(listed.keys, keys.length);
      assert.deepEqual(found.sort(), keys.toSorted());
      return listed.pages;
    };
    const fewest = Math.ceil(keys.length / 1000);
    const pages = [await list(), await list(), await list()];
    assert.equal(pages[2], fewest);
    const { threads } = pool.snapshot();
    assert.ok(threads.every(({ shards }) => shards.some((shard) => shard.startsWith(`..${prefix}`))));

    const gone = exited(workers[0]!);
    let ending: Promise<number> | undefined;
    await list(() => {
      ending ??= workers[0]!.terminate();
    });
    await Promise.all([ending, gone]);
    assert.equal(lost.length, 1);
    assert.match(await metrics.text(), /store_requests_total\{operation="list",result="ok"\} \d+\n/);
  });
});
