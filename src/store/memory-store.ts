import { type Clock, systemClock } from '../base/clock.ts';
import { closedError } from '../base/errors.ts';
import { bodyRange, checkBodySize } from './body-range.ts';
import { formatContinuation, parseContinuation } from './continuation.ts';
import { checkKey } from './object-key.ts';
import type {
  CallOptions,
  DeleteAnswer,
  DeleteManyAnswer,
  GetAnswer,
  GetOptions,
  HeadAnswer,
  ListOptions,
  ListPage,
  ObjectInfo,
  ObjectStore,
  PutAnswer,
  PutOptions,
} from './object-store.ts';
import { pageLimit } from './page-limit.ts';
import { SortedKeys } from './sorted-keys.ts';

const microtask = Promise.resolve();

interface StoredObject extends ObjectInfo {
  readonly body: Uint8Array;
}

/**
 * A bucket in this process's memory: for tests, simulations and trying things out. Calls take effect in the order
 * in which they are made and answer after one microtask; nothing but the given clock decides a time.
 */
export class MemoryStore implements ObjectStore {
  readonly description: string;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #objects = new Map<string, StoredObject>();
  readonly #keys = new SortedKeys();
  #writes = 0;

  constructor(options: { readonly clock?: Pick<Clock, 'now'>; readonly name?: string } = {}) {
    this.#clock = options.clock ?? systemClock;
    this.description = `memory:${options.name ?? ''}`;
  }

  get(key: string, options: GetOptions = {}): Promise<GetAnswer> {
    return this.#call('get', options, () => {
      checkKey(key);
      const object = this.#objects.get(key);
      if (object === undefined) return { status: 'missing' };
      if (options.ifNoneMatch === object.etag) return { status: 'unchanged' };
      const { start, end } = bodyRange(object.size, options.range);
      checkBodySize(key, end - start, options.maxBytes);
      const body = object.body.slice(start, end);
      return {
        status: 'found',
        body,
        size: object.size,
        etag: object.etag,
        lastModified: object.lastModified,
      };
    });
  }

  head(key: string, options: CallOptions = {}): Promise<HeadAnswer> {
    return this.#call('head', options, () => {
      checkKey(key);
      const object = this.#objects.get(key);
      if (object === undefined) return { status: 'missing' };
      return { status: 'found', size: object.size, etag: object.etag, lastModified: object.lastModified };
    });
  }

  put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<PutAnswer> {
    return this.#call('put', options, () => {
      checkKey(key);
      const before = this.#objects.get(key);
      const { condition } = options;
      if (condition === 'absent' && before !== undefined) return { status: 'conflict' };
      if (typeof condition === 'object' && before?.etag !== condition.etag) return { status: 'conflict' };
      this.#writes += 1;
      const etag = this.#writes.toString(16).padStart(16, '0');
      if (before === undefined) this.#keys.add(key);
      // `new Uint8Array` copies, also what is a Buffer: the caller may go on using its bytes.
      const stored = {
        key,
        etag,
        size: body.byteLength,
        lastModified: this.#clock.now(),
        body: new Uint8Array(body),
      };
      this.#objects.set(key, stored);
      return { status: 'stored', etag };
    });
  }

  list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    return this.#call('list', options, () => this.#page(prefix, options));
  }

  delete(key: string, options: CallOptions = {}): Promise<DeleteAnswer> {
    return this.#call('delete', options, () => {
      checkKey(key);
      this.#remove(key);
      return {};
    });
  }

  deleteMany(keys: readonly string[], options: CallOptions = {}): Promise<DeleteManyAnswer> {
    return this.#call('deleteMany', options, () => {
      for (const key of keys) checkKey(key);
      for (const key of keys) this.#remove(key);
      return { failed: [] };
    });
  }

  async close(): Promise<void> {}

  /**
   * The effect happens at once, so that calls keep their order; the answer comes a microtask later, so that an
   * abort right after a call finds it under way, as it does with a real store: done perhaps, unanswered for sure.
   */
  async #call<Answer>(
    what: string,
    options: CallOptions,
    run: () => Answer,
  ): Promise<Answer & { readonly time: number }> {
    if (options.signal?.aborted) throw closedError(what, options.signal);
    const answer = { ...run(), time: this.#clock.now() };
    await microtask;
    if (options.signal?.aborted) throw closedError(what, options.signal);
    return answer;
  }

  #remove(key: string): void {
    if (this.#objects.delete(key)) this.#keys.remove(key);
  }

  #page(prefix: string, options: ListOptions): Omit<ListPage, 'time'> {
    const limit = pageLimit(options.limit);
    const { delimiter = '', startAfter = '' } = options;
    const objects: ObjectInfo[] = [];
    const prefixes: string[] = [];
    let last = '';
    let at = this.#keys.from(prefix);
    if (options.continuation !== undefined) {
      const end = parseContinuation(options.continuation);
      at = Math.max(at, end.kind === 'key' ? this.#keys.after(end.text) : this.#keys.afterPrefix(end.text));
    } else if (startAfter !== '') {
      at = Math.max(at, this.#keys.after(startAfter));
    }
    for (;;) {
      const key = this.#keys.at(at);
      if (key === undefined || !key.startsWith(prefix)) return { objects, prefixes };
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      const rolled = cut === -1 ? undefined : key.slice(0, cut + delimiter.length);
      // A prefix that `startAfter` lies in is not greater than `startAfter`.
      const skipped = rolled !== undefined && startAfter.startsWith(rolled);
      if (!skipped) {
        if (objects.length + prefixes.length === limit) return { objects, prefixes, next: last };
        if (rolled === undefined) objects.push(withoutBody(this.#objects.get(key) as StoredObject));
        else prefixes.push(rolled);
        last = formatContinuation(
          rolled === undefined ? { kind: 'key', text: key } : { kind: 'prefix', text: rolled },
        );
      }
      at = rolled === undefined ? at + 1 : this.#keys.afterPrefix(rolled);
    }
  }
}

function withoutBody({ key, size, etag, lastModified }: StoredObject): ObjectInfo {
  return { key, size, etag, lastModified };
}
