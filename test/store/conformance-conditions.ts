import assert from 'node:assert/strict';
import { isBucketcastError } from '../../src/base/errors.ts';
import { bytes, decode, encode, found } from './contract-objects.ts';
import type { ContractTest } from './contract-test.ts';

/** Who may write, when several want to. */
export function describeConditions(test: ContractTest): void {
  test('a conditional GET answers unchanged until the object is overwritten', async (store, prefix) => {
    const put = await store.put(`${prefix}a`, bytes(10));
    assert.ok(put.status === 'stored');
    assert.equal((await store.get(`${prefix}a`, { ifNoneMatch: put.etag })).status, 'unchanged');
    assert.equal((await store.get(`${prefix}a`, { ifNoneMatch: 'other' })).status, 'found');
    await store.put(`${prefix}a`, bytes(11));
    assert.equal((await store.get(`${prefix}a`, { ifNoneMatch: put.etag })).status, 'found');
    assert.equal((await store.get(`${prefix}none`, { ifNoneMatch: put.etag })).status, 'missing');
  });

  test('put-if-absent stores once and then conflicts, leaving the object as it was', async (store, prefix) => {
    assert.equal((await store.put(`${prefix}a`, bytes(1), { condition: 'absent' })).status, 'stored');
    assert.equal((await store.put(`${prefix}a`, bytes(2), { condition: 'absent' })).status, 'conflict');
    assert.equal((await found(store, `${prefix}a`)).size, 1);
    await store.delete(`${prefix}a`);
    assert.equal((await store.put(`${prefix}a`, bytes(3), { condition: 'absent' })).status, 'stored');
  });

  test('of 50 who put-if-absent at once exactly one wins', async (store, prefix) => {
    const racers = Array.from({ length: 50 }, (_, racer) => encode(`racer ${racer}`));
    const answers = await Promise.all(
      racers.map((body) => insist(() => store.put(`${prefix}a`, body, { condition: 'absent' }))),
    );
    const winners = racers.filter((_, racer) => answers[racer]?.status === 'stored');
    const kept = decode((await found(store, `${prefix}a`)).body);
    // An attempt without an answer may have won unseen; then nobody saw a win, and the object tells who did.
    assert.ok(winners.length <= 1, `${winners.length} racers won`);
    if (winners.length === 1) assert.equal(kept, decode(winners[0] as Uint8Array));
    else assert.match(kept, /^racer \d+$/);
  });

  test('compare-and-set stores on the given ETag only; a missing key conflicts', async (store, prefix) => {
    const first = await store.put(`${prefix}a`, bytes(1));
    assert.ok(first.status === 'stored');
    const second = await store.put(`${prefix}a`, bytes(2), { condition: { etag: first.etag } });
    assert.ok(second.status === 'stored');
    assert.equal(
      (await store.put(`${prefix}a`, bytes(3), { condition: { etag: first.etag } })).status,
      'conflict',
    );
    assert.equal((await found(store, `${prefix}a`)).size, 2);
    assert.equal(
      (await store.put(`${prefix}none`, bytes(1), { condition: { etag: second.etag } })).status,
      'conflict',
    );
    assert.equal((await store.head(`${prefix}none`)).status, 'missing');
  });

  test('counters incremented by compare-and-set from ten sides at once lose no step', async (store, prefix) => {
    const key = `${prefix}n`;
    await store.put(key, encode('0 '));
    const read = async () => {
      const got = await found(store, key);
      const [count, mark] = decode(got.body).split(' ');
      return { etag: got.etag, count: Number(count), mark };
    };
    const step = async (racer: number): Promise<void> => {
      for (let attempt = 0; ; attempt += 1) {
        const { etag, count, mark } = await read();
        // Ceph answers some losers with a 500: the mark tells whether such an attempt was stored after all.
        if (attempt > 0 && mark === `${racer}.${attempt - 1}`) return;
        const next = encode(`${count + 1} ${racer}.${attempt}`);
        const stored = await store.put(key, next, { condition: { etag } }).then(
          (answer) => answer.status === 'stored',
          (error) => {
            if (!isBucketcastError(error, 'store-unavailable')) throw error;
            return false;
          },
        );
        if (stored) return;
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, racer) => step(racer)));
    assert.equal((await read()).count, 10);
  });

  test('concurrent overwrites never tear: every read is one whole body', async (store, prefix) => {
    const body = (fill: number) => new Uint8Array(64 * 1024).fill(fill);
    await store.put(`${prefix}a`, body(0));
    const state = { writing: true };
    const writers = Promise.all(
      [1, 2, 3, 4].map(async (fill) => {
        for (let round = 0; round < 5; round += 1) await store.put(`${prefix}a`, body(fill));
      }),
    ).finally(() => {
      state.writing = false;
    });
    while (state.writing) {
      const got = await found(store, `${prefix}a`);
      assert.equal(got.body.byteLength, 64 * 1024);
      assert.equal(Buffer.compare(got.body, body(got.body[0] as number)), 0, 'a read mixed two bodies');
    }
    await writers;
  });
}

/** Drivers do not retry; a racer whose loss the server answered with a 500 asks again, as the retrying decorator does. */
async function insist<Answer>(run: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await run();
    } catch (error) {
      if (!isBucketcastError(error, 'store-unavailable')) throw error;
    }
  }
}
