import { BucketcastError, closedError } from '../../src/base/errors.ts';
import { parseSegmentKey } from '../../src/log/keys.ts';
import type {
  CallOptions,
  DeleteAnswer,
  DeleteManyAnswer,
  GetAnswer,
  GetOptions,
  HeadAnswer,
  ListOptions,
  ListPage,
  ObjectStore,
  PutAnswer,
  PutOptions,
} from '../../src/store/object-store.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { Faults } from './faults.ts';
import type { NodeClock } from './node-clock.ts';
import type { SimBucket } from './sim-bucket.ts';

type Answer<T> = { readonly value: T } | { readonly error: BucketcastError };

/**
 * One process's connection to the simulated bucket. Requests travel, are carried out at an instant of the
 * world's time, and are answered; each step can fail. Answers reach the process through its own clock,
 * so a killed process hears nothing, while what it had sent may still be carried out.
 */
export class SimStore implements ObjectStore {
  readonly description = 'simulated';
  readonly #bucket: SimBucket;
  readonly #world: FakeClock;
  readonly #clock: NodeClock;
  readonly #random: SeededRandom;
  readonly #faults: () => Faults;
  readonly #trace: ((line: string) => void) | undefined;
  readonly #garbled = new Map<string, number>();
  /** Requests sent, by operation. */
  readonly requests: Record<string, number> = {};

  constructor(parts: {
    bucket: SimBucket;
    world: FakeClock;
    clock: NodeClock;
    random: SeededRandom;
    faults: () => Faults;
    trace: ((line: string) => void) | undefined;
  }) {
    this.#bucket = parts.bucket;
    this.#world = parts.world;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#faults = parts.faults;
    this.#trace = parts.trace;
  }

  get(key: string, options: GetOptions = {}): Promise<GetAnswer> {
    return this.#request('get', key, options.signal, (time) => {
      const stored = this.#bucket.get(key);
      if (!stored) return { status: 'missing', time };
      const { etag, lastModified, size } = stored.info;
      if (etag === options.ifNoneMatch) return { status: 'unchanged', time };
      const body = stored.body.slice(options.range?.start, options.range?.end);
      if (this.#garbles(key) && body.length > 0) flipBit(body, this.#random);
      return { status: 'found', body, size, etag, lastModified, time };
    });
  }

  head(key: string, options: CallOptions = {}): Promise<HeadAnswer> {
    return this.#request('head', key, options.signal, (time) => {
      const stored = this.#bucket.get(key);
      if (!stored) return { status: 'missing', time };
      const { etag, lastModified, size } = stored.info;
      return { status: 'found', size, etag, lastModified, time };
    });
  }

  put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<PutAnswer> {
    const sent = body.slice();
    return this.#request('put', key, options.signal, (time) => {
      const before = this.#bucket.get(key);
      const condition = this.#faults().honoursConditions ? options.condition : undefined;
      if (condition === 'absent' && before) return { status: 'conflict', time };
      if (typeof condition === 'object' && before?.info.etag !== condition.etag)
        return { status: 'conflict', time };
      return { status: 'stored', etag: this.#bucket.put(key, sent).etag, time };
    });
  }

  list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    const limit = Math.min(options.limit ?? 1000, this.#faults().pageLimit);
    return this.#request('list', prefix, options.signal, (time) => ({
      ...this.#bucket.list(prefix, { ...options, limit }),
      time,
    }));
  }

  delete(key: string, options: CallOptions = {}): Promise<DeleteAnswer> {
    return this.#request('delete', key, options.signal, (time) => {
      this.#bucket.delete(key);
      return { time };
    });
  }

  deleteMany(keys: readonly string[], options: CallOptions = {}): Promise<DeleteManyAnswer> {
    return this.#request('delete', keys[0] ?? '', options.signal, (time) => {
      for (const key of keys) this.#bucket.delete(key);
      return { time, failed: [] };
    });
  }

  async close(): Promise<void> {}

  /** A segment at most twice in a process, so that a reader who asks a third time has no reason to give up. */
  #garbles(key: string): boolean {
    const times = this.#garbled.get(key) ?? 0;
    const { garbled } = this.#faults();
    if (times === 2 || !this.#random.chance(garbled) || parseSegmentKey(key) === undefined) return false;
    this.#garbled.set(key, times + 1);
    return true;
  }

  #request<T>(
    op: string,
    key: string,
    signal: AbortSignal | undefined,
    carryOut: (time: number) => T,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.#clock.dead) return promise;
    if (signal?.aborted) return Promise.reject(closedError(op, signal));
    this.requests[op] = (this.requests[op] ?? 0) + 1;

    const faults = this.#faults();
    const random = this.#random;
    const onAbort = () => reject(closedError(op, signal));
    signal?.addEventListener('abort', onAbort, { once: true });
    const answer = (afterMs: number, what: Answer<T>) =>
      this.#clock.after(afterMs, () => {
        signal?.removeEventListener('abort', onAbort);
        this.#trace?.(`${op} ${key} → ${'error' in what ? what.error.message : shown(what.value)}`);
        if ('error' in what) reject(what.error);
        else resolve(what.value);
      });
    const fail = (code: 'store-unavailable' | 'store-refused', why: string, details = {}) => ({
      error: new BucketcastError(code, `${op} ${key}: ${why}`, {
        details: { key, operation: op, ...details },
      }),
    });

    const travelMs = 1 + random.below(20) + (random.chance(faults.slow) ? random.below(4000) : 0);
    if (random.chance(faults.throttled)) {
      answer(travelMs, fail('store-unavailable', '503 SlowDown', { status: 503, throttled: true }));
    } else if (random.chance(faults.refused)) {
      answer(travelMs, fail('store-refused', '403 AccessDenied', { status: 403 }));
    } else if (random.chance(faults.lost)) {
      answer(faults.timeoutMs, fail('store-unavailable', 'no answer'));
    } else if (random.chance(faults.zombie)) {
      this.#world.after(random.below(faults.zombieMs), () => {
        carryOut(this.#world.now());
        this.#trace?.(`${op} ${key} (late)`);
      });
      answer(faults.timeoutMs, fail('store-unavailable', 'no answer'));
    } else {
      this.#world.after(travelMs, () => {
        const value = carryOut(this.#world.now());
        if (random.chance(faults.twice)) {
          this.#world.after(random.below(faults.zombieMs), () => carryOut(this.#world.now()));
        }
        if (random.chance(faults.replyLost)) answer(faults.timeoutMs, fail('store-unavailable', 'no answer'));
        else answer(1 + random.below(20), { value });
      });
    }
    return promise;
  }
}

export function flipBit(bytes: Uint8Array, random: SeededRandom): void {
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
}

function shown(value: unknown): string {
  const answer = value as { status?: string; objects?: { key: string }[] };
  return answer.status ?? JSON.stringify(answer.objects?.map(({ key }) => key.slice(-60)) ?? 'done');
}
