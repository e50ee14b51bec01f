import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LiveKeys } from '../../src/log/live-keys.ts';

const [k1, k2] = [1, 2].map((byte) => ({ id: `k${byte}`, secret: new Uint8Array(32).fill(byte) }));

describe('the keys of a running node', () => {
  it('are replaced as a whole, and say whether anything has changed', () => {
    const keys = new LiveKeys({ ring: [k1!], active: 'k1', required: false });
    assert.equal(keys.replace({ ring: [{ ...k1! }], active: 'k1', required: false }), false);
    assert.equal(keys.replace({ ring: [k1!, k2!], active: 'k1', required: false }), true);
    assert.equal(keys.replace({ ring: [k1!, k2!], active: 'k2', required: false }), true);
    assert.equal(keys.replace({ ring: [k2!], active: 'k2', required: true }), true);
    assert.deepEqual(keys.current, { ring: [k2], active: 'k2', required: true });
  });

  it('never get another secret under an id that is in use, and no message tells one', () => {
    const keys = new LiveKeys({ ring: [k1!], active: 'k1', required: false });
    const other = { ring: [k2!, { id: 'k1', secret: k2!.secret }], active: 'k2', required: false };
    assert.throws(
      () => keys.replace(other),
      (error: Error) =>
        error.message ===
        'encryption.keys[1].secret: expected the secret that the key "k1" has had since the start, got another',
    );
    assert.deepEqual(keys.current, { ring: [k1], active: 'k1', required: false });
  });

  it('go to another thread as they are just then', () => {
    const keys = new LiveKeys({ ring: [k1!], active: undefined, required: false });
    keys.replace({ ring: [k1!, k2!], active: 'k2', required: true });
    assert.deepEqual(structuredClone(keys), keys.current);
  });
});
