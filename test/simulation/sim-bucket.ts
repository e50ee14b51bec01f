import { createHash } from 'node:crypto';
import type { Clock } from '../../src/base/clock.ts';
import { snapshotsPrefix } from '../../src/log/snapshot-keys.ts';
import type { ListOptions, ListPage, ObjectInfo } from '../../src/store/object-store.ts';

interface Stored {
  readonly body: Uint8Array;
  readonly info: ObjectInfo;
}

/** What LIST shows of a key: from when to when. It may lag behind what GET sees. */
interface Listed {
  info: ObjectInfo;
  from: number;
  until: number;
}

/**
 * The truth of a simulated store: what a GET sees is exact, what a LIST shows lags by up to `listLagMs`,
 * each key on its own. Everything is synchronous; delays and losses are SimStore's business.
 */
export class SimBucket {
  readonly #clock: Clock;
  readonly #lag: () => number;
  readonly #objects = new Map<string, Stored>();
  readonly #listed = new Map<string, Listed>();
  /** Keys that were deleted once, though a late PUT may have brought them back. */
  readonly deleted = new Set<string>();
  /** When each key was written first, ms since the epoch. */
  readonly putAt = new Map<string, number>();
  /** What was stored of snapshots, also what is deleted by now. */
  readonly snapshots = new Map<string, Uint8Array>();
  #sorted: string[] | undefined;
  #version = 0;

  constructor(clock: Clock, lag: () => number) {
    this.#clock = clock;
    this.#lag = lag;
  }

  get(key: string): Stored | undefined {
    return this.#objects.get(key);
  }

  has(key: string): boolean {
    return this.#objects.has(key);
  }

  keys(prefix: string): string[] {
    return [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  put(key: string, body: Uint8Array): ObjectInfo {
    const etag = `${createHash('md5').update(body).digest('hex')}-${this.#version++}`;
    const info = { key, size: body.length, etag, lastModified: this.#clock.now() };
    this.#objects.set(key, { body: body.slice(), info });
    if (key.startsWith(snapshotsPrefix)) this.snapshots.set(key, body.slice());
    if (!this.putAt.has(key)) this.putAt.set(key, info.lastModified);
    const now = this.#clock.monotonic();
    const before = this.#listed.get(key);
    const visible = before !== undefined && before.from <= now && now < before.until;
    this.#listed.set(key, { info, from: visible ? now : now + this.#lag(), until: Number.POSITIVE_INFINITY });
    this.#sorted = undefined;
    return info;
  }

  /** Changes an object's bytes behind everybody's back. */
  spoil(key: string, change: (body: Uint8Array) => void): void {
    const stored = this.#objects.get(key);
    if (stored !== undefined) change(stored.body);
  }

  delete(key: string): void {
    this.#objects.delete(key);
    this.deleted.add(key);
    const listed = this.#listed.get(key);
    if (listed && listed.until === Number.POSITIVE_INFINITY)
      listed.until = this.#clock.monotonic() + this.#lag();
  }

  list(prefix: string, options: ListOptions): Omit<ListPage, 'time'> {
    const limit = options.limit ?? 1000;
    const after = options.continuation ?? options.startAfter ?? '';
    const now = this.#clock.monotonic();
    this.#sorted ??= [...this.#listed.keys()].sort();
    const objects: ObjectInfo[] = [];
    const prefixes: string[] = [];
    for (let at = lowerBound(this.#sorted, prefix); at < this.#sorted.length; at++) {
      const key = this.#sorted[at] as string;
      if (!key.startsWith(prefix)) break;
      const listed = this.#listed.get(key);
      if (!listed || key <= after || now < listed.from || now >= listed.until) continue;
      const cut = options.delimiter === undefined ? -1 : key.indexOf(options.delimiter, prefix.length);
      const rolled = cut < 0 ? undefined : key.slice(0, cut + 1);
      if (rolled !== undefined && (rolled <= after || prefixes.at(-1) === rolled)) continue;
      if (objects.length + prefixes.length === limit) {
        return { objects, prefixes, next: later(objects.at(-1)?.key, prefixes.at(-1)) };
      }
      if (rolled === undefined) objects.push(listed.info);
      else prefixes.push(rolled);
    }
    return { objects, prefixes };
  }
}

function later(a = '', b = ''): string {
  return a > b ? a : `${b}￿`;
}

function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
