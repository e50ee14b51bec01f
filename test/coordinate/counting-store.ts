import type { Clock } from '../../src/base/clock.ts';
import { BucketcastError } from '../../src/base/errors.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type {
  CallOptions,
  GetAnswer,
  GetOptions,
  HeadAnswer,
  ListOptions,
  ListPage,
} from '../../src/store/object-store.ts';

type Call = 'get' | 'head' | 'list';

/** A memory store that writes down what is asked of it, and can be made to fail or to hold answers back. */
export class CountingStore {
  readonly inner: MemoryStore;
  readonly calls: { readonly call: Call; readonly key: string }[] = [];
  /** Says whether a call fails. */
  fails: (call: Call, key: string) => boolean = () => false;
  /** Says what a call waits for before it is made. */
  holds: (call: Call, key: string) => Promise<void> | undefined = () => undefined;

  constructor(clock: Clock) {
    this.inner = new MemoryStore({ clock });
  }

  count(call: Call, part = ''): number {
    return this.calls.filter((made) => made.call === call && made.key.includes(part)).length;
  }

  async get(key: string, options?: GetOptions): Promise<GetAnswer> {
    await this.#called('get', key);
    return this.inner.get(key, options);
  }

  async head(key: string, options?: CallOptions): Promise<HeadAnswer> {
    await this.#called('head', key);
    return this.inner.head(key, options);
  }

  async list(prefix: string, options?: ListOptions): Promise<ListPage> {
    await this.#called('list', prefix);
    return this.inner.list(prefix, options);
  }

  async #called(call: Call, key: string): Promise<void> {
    this.calls.push({ call, key });
    await this.holds(call, key);
    if (this.fails(call, key)) throw new BucketcastError('store-unavailable', `no answer to ${call} ${key}`);
  }
}
