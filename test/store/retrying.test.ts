import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BucketcastError, type ErrorOptions } from '../../src/base/errors.ts';
import { retrying } from '../../src/store/retrying.ts';
import { RetryingStore } from '../../src/store/retrying-store.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { scriptedStore } from './scripted-store.ts';

const settings = { attempts: 5, baseMs: 100, capMs: 1000 };
/** Always the whole ceiling, so that the waits are known. */
const random = { bytes: () => new Uint8Array(), float: () => 1 };
const unavailable = (options?: ErrorOptions) =>
  new BucketcastError('store-unavailable', 'no answer', options);
const refused = () => new BucketcastError('store-refused', 'AccessDenied', { details: { status: 403 } });

/** Starts a call that fails with each of `errors` in turn and then succeeds. */
function start(errors: readonly Error[], options: { write?: boolean; signal?: AbortSignal } = {}) {
  const clock = new FakeClock();
  const tries: number[] = [];
  const outcome = retrying(
    async (attempt) => {
      assert.equal(attempt, tries.length);
      tries.push(clock.monotonic());
      const error = errors[attempt];
      if (error) throw error;
      return 'done';
    },
    { settings, clock, random, ...options },
  ).then(
    (value) => ({ value, error: undefined }),
    (error: BucketcastError) => ({ value: undefined, error }),
  );
  return { clock, tries, outcome };
}

describe('retrying', () => {
  it('waits up to base · 2^attempt between the tries, capped', async () => {
    const { clock, tries, outcome } = start([unavailable(), unavailable(), unavailable(), unavailable()]);
    await clock.advance(10_000);
    assert.equal((await outcome).value, 'done');
    assert.deepEqual(tries, [0, 100, 300, 700, 1500]);
  });

  it('gives up after `attempts` tries with the last error', async () => {
    const errors = Array.from({ length: 9 }, () => unavailable());
    const { clock, tries, outcome } = start(errors);
    await clock.advance(10_000);
    assert.equal((await outcome).error, errors[4]);
    assert.equal(tries.length, 5);
  });

  it('begins the wait when the store said so, but not hours later', async () => {
    const polite = start([unavailable({ details: { retryAfterMs: 5000 } })]);
    await polite.clock.advance(10_000);
    assert.deepEqual(polite.tries, [0, 5100]);
    const absurd = start([unavailable({ details: { retryAfterMs: 86_400_000 } })]);
    await absurd.clock.advance(400_000);
    assert.deepEqual(absurd.tries, [0, 300_100]);
  });

  it('does not try again what cannot succeed', async () => {
    for (const error of [refused(), new TypeError('a bug'), new BucketcastError('corrupt', 'bad bytes')]) {
      const { tries, outcome } = start([error]);
      assert.equal((await outcome).error, error);
      assert.equal(tries.length, 1);
    }
  });

  it('tries again a refusal that is marked as passing', async () => {
    const skewed = new BucketcastError('store-refused', 'RequestTimeTooSkewed', { retryable: true });
    const { clock, outcome } = start([skewed], { write: true });
    await clock.advance(1000);
    assert.equal((await outcome).value, 'done');
  });

  it('ends a write in `store-unavailable` when an earlier try may have written', async () => {
    const { clock, outcome } = start([unavailable(), refused()], { write: true });
    await clock.advance(1000);
    const { error } = await outcome;
    assert.equal(error?.code, 'store-unavailable');
    assert.equal((error?.cause as BucketcastError | undefined)?.code, 'store-refused');
    assert.equal(error?.details['status'], 403);
  });

  it('ends a write in `store-refused` when every try was refused, and a read in any case', async () => {
    assert.equal((await start([refused()], { write: true }).outcome).error?.code, 'store-refused');
    const read = start([unavailable(), refused()]);
    await read.clock.advance(1000);
    assert.equal((await read.outcome).error?.code, 'store-refused');
  });

  it('stops waiting as soon as the caller aborts, and leaves no timer behind', async () => {
    const abort = new AbortController();
    const { clock, tries, outcome } = start([unavailable()], { signal: abort.signal });
    await settle();
    assert.equal(clock.pending, 1);
    abort.abort(new Error('stopped'));
    assert.equal((await outcome).error?.code, 'closed');
    assert.equal(clock.pending, 0);
    assert.equal(tries.length, 1);
  });

  it('does not begin for a caller who has aborted already', async () => {
    const { tries, outcome } = start([], { signal: AbortSignal.abort() });
    assert.equal((await outcome).error?.code, 'closed');
    assert.equal(tries.length, 0);
  });
});

describe('RetryingStore', () => {
  const operations = {
    get: (store: RetryingStore) => store.get('k'),
    head: (store: RetryingStore) => store.head('k'),
    list: (store: RetryingStore) => store.list('k'),
    put: (store: RetryingStore) => store.put('k', new Uint8Array()),
    delete: (store: RetryingStore) => store.delete('k'),
    deleteMany: (store: RetryingStore) => store.deleteMany(['k']),
  };

  for (const [name, call] of Object.entries(operations)) {
    it(`tries a failed ${name} again`, async () => {
      const clock = new FakeClock();
      const inner = scriptedStore(() => {
        if (inner.calls.length === 1) throw unavailable();
        return { time: 1 };
      });
      const answer = call(new RetryingStore(inner, { settings, clock, random }));
      await clock.advance(1000);
      assert.deepEqual(await answer, { time: 1 });
      assert.deepEqual(
        inner.calls.map((made) => [made.operation, made.key]),
        [
          [name, 'k'],
          [name, 'k'],
        ],
      );
    });

    it(`ends a ${name} that was refused after an unanswered try as ${/put|delete/.test(name) ? 'unknown' : 'refused'}`, async () => {
      const clock = new FakeClock();
      const inner = scriptedStore(() => {
        throw inner.calls.length === 1 ? unavailable() : refused();
      });
      const answer = call(new RetryingStore(inner, { settings, clock, random })).catch(
        (error: BucketcastError) => error.code,
      );
      await clock.advance(1000);
      assert.equal(await answer, /put|delete/.test(name) ? 'store-unavailable' : 'store-refused');
    });
  }

  it('hands on the conflict that a repeated put-if-absent meets, for the caller to read back', async () => {
    const clock = new FakeClock();
    let written = false;
    const inner = scriptedStore(() => {
      if (written) return { status: 'conflict', time: 1 };
      written = true;
      throw unavailable();
    });
    const store = new RetryingStore(inner, { settings, clock, random });
    const answer = store.put('k', new Uint8Array(3), { condition: 'absent' });
    await clock.advance(1000);
    assert.equal((await answer).status, 'conflict');
  });
});
