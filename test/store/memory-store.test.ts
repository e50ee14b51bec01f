import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { describeStore } from './conformance.ts';

describeStore(
  'MemoryStore',
  async () => {
    const store = new MemoryStore();
    return { store, close: () => store.close() };
  },
  { clockToleranceMs: 0 },
);

it('a memory store takes every time from the clock it is given', async () => {
  let now = 5000;
  const store = new MemoryStore({ clock: { now: () => now } });
  await store.put('a', new Uint8Array(1));
  now = 7000;
  const head = await store.head('a');
  assert.ok(head.status === 'found');
  assert.deepEqual([head.lastModified, head.time], [5000, 7000]);
});

it('calls on a memory store take effect in the order in which they were made', async () => {
  const store = new MemoryStore();
  const answers = await Promise.all([
    store.put('a', new Uint8Array(1)),
    store.get('a'),
    store.delete('a'),
    store.get('a'),
  ]);
  assert.deepEqual([answers[1].status, answers[3].status], ['found', 'missing']);
});

it('a page costs the same with 100,000 objects beside it', async () => {
  const [few, many] = [await fastestPage(100), await fastestPage(100_000)];
  // Reading what it rolls up would make it some hundred times slower.
  assert.ok(many < 20 * Math.max(few, 0.05), `${many} ms a page, with few objects ${few} ms`);
});

/** The least of many rounds, which another program on this machine does not change. */
async function fastestPage(objects: number): Promise<number> {
  const store = new MemoryStore();
  for (let index = 0; index < objects; index += 1)
    void store.put(`log/${String(index).padStart(6, '0')}`, new Uint8Array());
  await store.put('tips/a', new Uint8Array());
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 50; round += 1) {
    const began = performance.now();
    const page = await store.list('', { delimiter: '/' });
    fastest = Math.min(fastest, performance.now() - began);
    assert.deepEqual(page.prefixes, ['log/', 'tips/']);
  }
  return fastest;
}
