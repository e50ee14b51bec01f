import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import { parseObject } from '../log/object-format.ts';
import type {
  ObjectListTask,
  ObjectOutcome,
  ObjectReader,
  ObjectsPage,
  ObjectTask,
} from '../log/object-reader.ts';
import { versionDigests } from '../log/version-digest.ts';
import { compareKeys } from '../store/key-order.ts';
import type { CallOptions, ListPage, ObjectStore } from '../store/object-store.ts';
import { maxDeadLetterBytes } from './direct-fetcher.ts';
import { oversize } from './oversize.ts';

export interface DirectObjectReaderOptions {
  readonly store: Pick<ObjectStore, 'get' | 'list'>;
  /** `objects.prefix` */
  readonly prefix: string;
  /** `objects.maxBytes` */
  readonly maxBytes: number;
}

/**
 * One LIST, or one GET and the parsing of its JSON, in the calling thread, without retries or admission. Nothing that
 * stands in a body throws: it is `corrupt`, with the bytes for its dead letter.
 */
export class DirectObjectReader implements ObjectReader {
  readonly #options: DirectObjectReaderOptions;

  constructor(options: DirectObjectReaderOptions) {
    this.#options = options;
  }

  async list({ prefix, after, until }: ObjectListTask, { signal }: CallOptions = {}): Promise<ObjectsPage> {
    const startAfter = after === undefined ? {} : { startAfter: after };
    let page = await this.#options.store.list(prefix, { ...startAfter, signal });
    // A store that ignores start-after names nothing new for as many pages as lie before it.
    while (page.objects.length === 0 && page.next !== undefined) {
      page = await this.#options.store.list(prefix, { ...startAfter, continuation: page.next, signal });
    }
    checkOrder(page);
    return pageUntil(page, until);
  }

  async fetch(task: ObjectTask, { signal }: CallOptions = {}): Promise<ObjectOutcome> {
    const { store, maxBytes } = this.#options;
    try {
      const answer = await store.get(task.key, { maxBytes, signal });
      if (answer.status !== 'found') return { status: 'missing', time: answer.time };
      // A store that leaves it out is taken to have 0.
      const { lastModified = answer.lastModified || answer.time } = task;
      return this.#parse({ ...task, lastModified }, answer.body, answer.time);
    } catch (error) {
      const size = oversize(error);
      if (size === undefined) throw error;
      return await this.#tooLarge(task, size, signal);
    }
  }

  #parse(task: Required<ObjectTask>, body: Uint8Array, time: number): ObjectOutcome {
    const { key, digest, lastModified } = task;
    const { prefix } = this.#options;
    try {
      return {
        status: 'fetched',
        ...parseObject(body, { key, digest, lastModified, time, prefix }),
        time,
      };
    } catch (error) {
      if (!isBucketcastError(error, 'corrupt')) throw error;
      return { status: 'corrupt', reason: error.message, bytes: body.subarray(0, maxDeadLetterBytes), time };
    }
  }

  /** Only the beginning is read and kept. */
  async #tooLarge(task: ObjectTask, size: number, signal: AbortSignal | undefined): Promise<ObjectOutcome> {
    const range = { start: 0, end: maxDeadLetterBytes };
    const answer = await this.#options.store.get(task.key, { range, signal });
    if (answer.status !== 'found') return { status: 'missing', time: answer.time };
    const reason = `${size} bytes are more than objects.maxBytes, ${this.#options.maxBytes}`;
    return { status: 'corrupt', reason, bytes: answer.body, time: answer.time };
  }
}

/** What comes after the last key of a page is asked for next: of a store with another order, keys would be left out for ever. */
function checkOrder({ objects }: ListPage): void {
  for (let index = 1; index < objects.length; index += 1) {
    const [before, key] = [objects[index - 1]?.key as string, objects[index]?.key as string];
    if (compareKeys(before, key) <= 0) continue;
    throw new BucketcastError(
      'store-refused',
      `the listing names ${JSON.stringify(key)} after ${JSON.stringify(before)}`,
      {
        hint: 'Objects are found by listings in the order of the bytes of their keys: use a store that keeps to it.',
      },
    );
  }
}

/** What lies beyond `until` belongs to another range, which lists it itself. */
function pageUntil(page: ListPage, until: string | undefined): ObjectsPage {
  const { objects, time } = page;
  const last = objects.at(-1)?.key;
  const isWhole = until === undefined || last === undefined || compareKeys(last, until) <= 0;
  const within = isWhole ? objects : objects.filter(({ key }) => compareKeys(key, until) <= 0);
  return {
    keys: within.map(({ key }) => key),
    digests: new Uint8Array(versionDigests(within).buffer),
    sizes: Float64Array.from(within, ({ size }) => size),
    lastModified: Float64Array.from(within, ({ lastModified }) => lastModified),
    more: page.next !== undefined && last !== undefined && isWhole && last !== until,
    last,
    time,
  };
}
