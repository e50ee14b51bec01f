import { BucketcastError } from '../../src/base/errors.ts';
import type { ObjectOutcome, ObjectsPage, ObjectTask } from '../../src/log/object-reader.ts';
import { versionDigests } from '../../src/log/version-digest.ts';
import type { Listed } from '../../src/objects/lister.ts';
import type { Lister } from '../../src/objects/listing-reader.ts';
import { DirectObjectReader } from '../../src/pool/direct-object-reader.ts';
import { listPages } from '../../src/store/list-all.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { CallOptions, GetOptions, ObjectInfo } from '../../src/store/object-store.ts';
import type { FakeClock } from '../support/fake-clock.ts';

export const prefix = 'feed-updates/';

/** A bucket in memory that is listed and read as the objects layout; listings can lag, and all of it can fail. */
export class ObjectsBucket implements Lister {
  readonly store: MemoryStore;
  readonly fetched: string[] = [];
  listings = 0;
  pageSize = 1000;
  /** Says what a listing leaves out. */
  hides: (object: ObjectInfo) => boolean = () => false;
  /** Says whether a listing fails, and after how many pages. */
  failsAfter: () => number | undefined = () => undefined;
  /** Says what a GET comes to instead of an answer. */
  failure: (key: string) => BucketcastError | undefined = () => undefined;
  /** What a GET waits for. */
  holds: (key: string) => Promise<void> | undefined = () => undefined;
  /** What a GET brings instead of the body. */
  body: (key: string, body: Uint8Array) => Uint8Array = (_, body) => body;
  readonly #clock: FakeClock;
  readonly #reader: DirectObjectReader;

  constructor(clock: FakeClock) {
    this.#clock = clock;
    this.store = new MemoryStore({ clock });
    const store = {
      list: this.store.list.bind(this.store),
      get: async (key: string, options?: GetOptions) => {
        const answer = await this.store.get(key, options);
        return answer.status === 'found' ? { ...answer, body: this.body(key, answer.body) } : answer;
      },
    };
    this.#reader = new DirectObjectReader({ store, prefix, maxBytes: 1000 });
  }

  /** An object as the older fleets write them; `url` becomes what `delivered` shows. Returns its key. */
  async put(url: string, { server = 'a', name = url, fields = {} } = {}): Promise<string> {
    const key = `${prefix}${server}/${name}.json`;
    const body = { url, feed_content: null, feed_data: {}, server_id: server, timestamp: 1, ...fields };
    await this.store.put(key, Buffer.from(JSON.stringify(body)));
    return key;
  }

  async list(onPage: (page: ObjectsPage) => void | Promise<void>, signal: AbortSignal): Promise<Listed> {
    this.listings += 1;
    const failsAfter = this.failsAfter();
    const { time } = await this.store.head('beginning');
    let pages = 0;
    let keys = 0;
    for await (const { objects } of listPages(this.store, prefix, { limit: this.pageSize, signal })) {
      if (failsAfter === pages) throw new BucketcastError('store-unavailable', 'no answer to a LIST');
      const page = pageOf(
        objects.filter((object) => !this.hides(object)),
        this.#clock.now(),
      );
      await onPage(page);
      pages += 1;
      keys += page.keys.length;
    }
    return { time, pages, keys };
  }

  async fetch(task: ObjectTask, options: CallOptions = {}): Promise<ObjectOutcome> {
    const { key } = task;
    this.fetched.push(key);
    await this.holds(key);
    const failure = this.failure(key);
    if (failure !== undefined) throw failure;
    return this.#reader.fetch(task, options);
  }
}

function pageOf(objects: readonly ObjectInfo[], time: number): ObjectsPage {
  return {
    keys: objects.map(({ key }) => key),
    digests: versionDigests(objects),
    sizes: Float64Array.from(objects, ({ size }) => size),
    lastModified: Float64Array.from(objects, ({ lastModified }) => lastModified),
    more: false,
    last: objects.at(-1)?.key,
    time,
  };
}
