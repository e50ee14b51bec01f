import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import type { ObjectListTask } from '../../src/log/object-reader.ts';
import { settle } from '../support/fake-clock.ts';
import { folderKeys } from './key-sets.ts';
import { listerRig } from './lister-rig.ts';

async function longListing() {
  const rig = listerRig({ shardPages: 1, atOnce: 3 });
  await rig.put(folderKeys('a', 12_000));
  await rig.list();
  return rig;
}

describe('a listing over several ranges', () => {
  it('has as many of them under way as it may, and waits in each for whoever takes its pages', async () => {
    const { store, lister } = await longListing();
    const before = store.pages;
    const waiting: (() => void)[] = [];
    const listing = lister.list(() => new Promise<void>((resolve) => waiting.push(resolve)));
    await settle();
    assert.equal(waiting.length, 3);
    assert.equal(store.pages - before, 3, 'no page is asked for that nobody takes');
    waiting.shift()!();
    await settle();
    assert.equal(store.pages - before, 4);
    const ended = new AbortController();
    const listed = listing.finally(() => ended.abort());
    while (!ended.signal.aborted) {
      for (const take of waiting.splice(0)) take();
      await settle();
    }
    assert.equal((await listed).keys, 12_000);
  });

  it('is given up with the first error of a page, and begins anew with the next call', async () => {
    const { reader, lister, list } = await longListing();
    const real = reader.list.bind(reader);
    const error = new BucketcastError('store-unavailable', 'no answer');
    const signals: AbortSignal[] = [];
    let calls = 0;
    reader.list = (task: ObjectListTask, options) => {
      calls += 1;
      signals.push(options!.signal!);
      return calls === 5 ? Promise.reject(error) : real(task, options);
    };
    let pages = 0;
    await assert.rejects(
      lister.list(() => {
        pages += 1;
      }),
      error,
    );
    assert.ok(
      signals.every(({ aborted }) => aborted),
      'the other ranges are told',
    );
    const [callsThen, pagesThen] = [calls, pages];
    await settle();
    assert.deepEqual([calls, pages], [callsThen, pagesThen]);
    reader.list = real;
    assert.equal((await list()).keys.length, 12_000);
  });

  it('is given up with an error of whoever takes its pages', async () => {
    const { lister, list } = await longListing();
    const error = new Error('the disk is full');
    await assert.rejects(
      lister.list(() => Promise.reject(error)),
      error,
    );
    await assert.rejects(
      lister.list(() => {
        throw error;
      }),
      error,
    );
    assert.equal((await list()).keys.length, 12_000);
  });

  it('stops at once when its caller aborts, also while somebody keeps a page', async () => {
    const { store, lister } = await longListing();
    const abort = new AbortController();
    const listing = lister.list(() => new Promise(() => {}), abort.signal);
    await settle();
    abort.abort();
    await assert.rejects(listing, { code: 'closed' });
    const { pages } = store;
    await settle();
    assert.equal(store.pages, pages);
    await assert.rejects(
      lister.list(() => {}, abort.signal),
      { code: 'closed' },
    );
    assert.equal(store.pages, pages);
  });

  it('misses none that was there all the time, while others come and go', async () => {
    const { store, put, list } = listerRig({ shardPages: 1, atOnce: 3 });
    const kept = folderKeys('a', 4000);
    const going = folderKeys('a', 2000, 10_000);
    const coming = folderKeys('b', 2000, 20_000);
    await put([...kept, ...going]);
    for (let poll = 0; poll < 3; poll += 1) {
      const listed = await list(async () => {
        await put(coming.splice(0, 100));
        await store.deleteMany(going.splice(0, 100));
      });
      const found = new Set(listed.keys);
      assert.equal(found.size, listed.keys.length);
      assert.ok(kept.every((key) => found.has(key)));
    }
  });
});
