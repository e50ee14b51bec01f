import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectStore, PutOptions } from '../../src/store/object-store.ts';
import { ClaimsRig } from './claims-rig.ts';

/** The same store, but for one of the two conditions. */
function ignoring(which: 'absent' | 'etag', store: ObjectStore): ObjectStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'put')
        return (key: string, body: Uint8Array, { condition, ...options }: PutOptions = {}) => {
          const isIgnored = condition !== undefined && (condition === 'absent') === (which === 'absent');
          return target.put(key, body, { ...options, ...(condition && !isIgnored && { condition }) });
        };
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

for (const which of ['absent', 'etag'] as const) {
  test(`a store that ignores the condition "${which}" alone is refused, and what was written holds nobody off`, async () => {
    const rig = new ClaimsRig();
    const a = rig.member('a', { bucket: ignoring(which, rig.bucket) });
    await assert.rejects(a.take(), { code: 'store-refused', message: /conditional writes/ });
    await (await rig.member('b').take()).release();
  });
}

test('while it is not known whether conditions count there is no claim, and the next one asks again', async () => {
  const rig = new ClaimsRig();
  const a = rig.member('a');
  let puts = 0;
  a.store.script = ({ operation }) => (operation === 'put' && ++puts === 3 ? 'lose' : 'pass');
  await assert.rejects(a.take(), { code: 'store-unavailable', message: /could not be found out/ });
  const claim = await a.take();
  // The first condition is known by now.
  assert.equal(a.store.keysOf('put').length, 3 + 1 + 2);
  await claim.release();
});

test('of many first claims at once, one asks for all', async () => {
  const rig = new ClaimsRig();
  const a = rig.member('a');
  const urls = Array.from({ length: 20 }, (_, index) => `https://a.example/${index}`);
  const answers = await Promise.all(urls.map((url) => a.claims.claim(url, { renew: false })));
  assert.ok(answers.every(({ status }) => status === 'taken'));
  assert.equal(a.store.keysOf('put').length, 20 + 2);
  await a.claims.stop(1000);
});
