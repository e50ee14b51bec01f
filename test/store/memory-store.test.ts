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
  const store = new MemoryStore();
  for (let index = 0; index < 100_000; index += 1)
    void store.put(`log/${String(index).padStart(6, '0')}`, new Uint8Array());
  await store.put('tips/a', new Uint8Array());
  const began = performance.now();
  for (let round = 0; round < 100; round += 1) {
    const page = await store.list('', { delimiter: '/' });
    assert.deepEqual(page.prefixes, ['log/', 'tips/']);
  }
  assert.ok(performance.now() - began < 200, 'listing reads what it rolls up');
});
