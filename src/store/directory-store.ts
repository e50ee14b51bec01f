import { link, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import { closedError } from '../base/errors.ts';
import { type Random, systemRandom } from '../base/random.ts';
import { SECOND } from '../config/units.ts';
import { bodyRange, checkBodySize } from './body-range.ts';
import { formatContinuation, parseContinuation } from './continuation.ts';
import { listDirectory } from './directory-listing.ts';
import { DirectoryLock } from './directory-lock.ts';
import { DirectoryNames } from './directory-names.ts';
import { DurableDirectories } from './durable-directories.ts';
import { codeOf, fileError, unless } from './file-errors.ts';
import { fromBytes, pathOfKey, toBytes } from './file-names.ts';
import { versionOf } from './file-version.ts';
import { inParallel } from './in-parallel.ts';
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
import { type TemporaryFile, TemporaryFiles } from './temporary-files.ts';

export interface DirectoryStoreOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  /** How long a write waits for a stopped process that is in the middle of one, milliseconds. */
  readonly lockPatienceMs?: number;
}

/**
 * A bucket in a directory, for any number of processes of one machine. The directory is created with the first write;
 * until then it reads as an empty bucket. Once it was seen it has to stay: a file system that is not mounted any more is
 * a store that does not answer, not an empty one that readers miss segments in and writers begin anew. Its time is the
 * machine's.
 *
 * A body is written to a temporary file and fsync'd before it gets its name, so an object is there whole or not at all:
 * - put-if-absent gives it the name by `link`, which the kernel lets only one do;
 * - what replaces or removes a name (PUT, compare-and-set, DELETE) does so under one lock for the whole store, so that
 *   nothing comes between comparing an ETag and the `rename`. It is held for two or three system calls.
 *
 * A call answers when the name is durable too. `kill -9` leaves at most a temporary file, which is swept later.
 */
export class DirectoryStore implements ObjectStore {
  readonly description: string;
  readonly #root: string;
  readonly #clock: Clock;
  readonly #lock: DirectoryLock;
  readonly #directories: DurableDirectories;
  readonly #names: DirectoryNames;
  readonly #temporary: TemporaryFiles;
  /** Every directory that was written to has it. */
  readonly #mark: string;
  #seen = false;
  #ready: Promise<void> | undefined;

  constructor(directory: string, options: DirectoryStoreOptions = {}) {
    this.#root = resolve(directory);
    // Absolute: it is also read by those who work elsewhere.
    this.description = `file:${this.#root}`;
    this.#clock = options.clock ?? systemClock;
    const patienceMs = options.lockPatienceMs ?? 30 * SECOND;
    this.#lock = new DirectoryLock(join(this.#root, '%lock'), { clock: this.#clock, patienceMs });
    this.#directories = new DurableDirectories(this.#root);
    this.#names = new DirectoryNames(this.#clock);
    this.#mark = join(this.#root, '%tmp');
    this.#temporary = new TemporaryFiles(this.#mark, this.#clock, options.random ?? systemRandom);
  }

  get(key: string, options: GetOptions = {}): Promise<GetAnswer> {
    return this.#call('get', options, key, async () => {
      const handle = await unless(['ENOENT'], open(this.#pathOf(key), 'r'));
      if (handle === undefined) return { status: 'missing' };
      try {
        const version = versionOf(await handle.stat({ bigint: true }));
        if (options.ifNoneMatch === version.etag) return { status: 'unchanged' };
        const { start, end } = bodyRange(version.size, options.range);
        checkBodySize(key, end - start, options.maxBytes);
        const body = new Uint8Array(end - start);
        for (let at = 0; at < body.byteLength; ) {
          const { bytesRead } = await handle.read(body, at, body.byteLength - at, start + at);
          if (bytesRead === 0) throw new Error(`${key} is shorter than its size`);
          at += bytesRead;
        }
        return { status: 'found', body, ...version };
      } finally {
        await handle.close();
      }
    });
  }

  head(key: string, options: CallOptions = {}): Promise<HeadAnswer> {
    return this.#call('head', options, key, async () => {
      const stats = await this.#stat(key);
      return stats === undefined ? { status: 'missing' } : { status: 'found', ...versionOf(stats) };
    });
  }

  put(key: string, body: Uint8Array, options: PutOptions = {}): Promise<PutAnswer> {
    return this.#call('put', options, key, async () => {
      await this.#prepare();
      const file = await this.#temporary.write(body);
      try {
        if (options.signal?.aborted) throw closedError('put', options.signal);
        const stored = await this.#publish(key, file, options);
        if (stored === undefined) return { status: 'conflict' };
        await this.#directories.sync(dirname(this.#pathOf(key)));
        return { status: 'stored', etag: versionOf(stored.stats).etag };
      } finally {
        await this.#temporary.discard(file);
      }
    });
  }

  list(prefix: string, options: ListOptions = {}): Promise<ListPage> {
    return this.#call('list', options, undefined, () => this.#page(prefix, options));
  }

  delete(key: string, options: CallOptions = {}): Promise<DeleteAnswer> {
    return this.#call('delete', options, key, async () => {
      await this.#remove([key], options);
      return {};
    });
  }

  deleteMany(keys: readonly string[], options: CallOptions = {}): Promise<DeleteManyAnswer> {
    return this.#call('deleteMany', options, undefined, async () => {
      for (const key of keys) checkKey(key);
      const failed: DeleteManyAnswer['failed'][number][] = [];
      // The lock is given back between batches, so that others get their turn.
      for (let at = 0; at < keys.length; at += 250) {
        failed.push(...(await this.#remove(keys.slice(at, at + 250), options)));
      }
      return { failed };
    });
  }

  /** Whether anything was ever written here. */
  async exists(): Promise<boolean> {
    try {
      return (await unless(['ENOENT'], stat(this.#root))) !== undefined;
    } catch (error) {
      throw fileError(error, 'stat');
    }
  }

  close(): Promise<void> {
    return this.#lock.close();
  }

  async #call<Answer>(
    operation: string,
    { signal }: CallOptions,
    key: string | undefined,
    run: () => Promise<Answer>,
  ): Promise<Answer & { readonly time: number }> {
    if (signal?.aborted) throw closedError(operation, signal);
    if (key !== undefined) checkKey(key);
    try {
      await this.#checkPresence();
      const answer = { ...(await run()), time: this.#clock.now() };
      if (signal?.aborted) throw closedError(operation, signal);
      return answer;
    } catch (error) {
      throw signal?.aborted ? closedError(operation, signal) : fileError(error, operation, key);
    }
  }

  /** Fails once the directory was there and is not any more. */
  async #checkPresence(): Promise<void> {
    if (this.#seen) await stat(this.#mark);
    else this.#seen = (await unless(['ENOENT'], stat(this.#mark))) !== undefined;
  }

  #pathOf(key: string): string {
    return join(this.#root, ...pathOfKey(toBytes(key)));
  }

  #stat(key: string) {
    return unless(['ENOENT'], stat(this.#pathOf(key), { bigint: true }));
  }

  async #prepare(): Promise<void> {
    this.#ready ??= this.#directories.createRoot().then(async () => {
      await mkdir(this.#mark, { recursive: true });
      this.#seen = true;
    });
    try {
      await this.#ready;
    } catch (error) {
      this.#ready = undefined;
      throw error;
    }
  }

  /** Gives the file its name; `undefined` when the condition does not hold. */
  async #publish(key: string, file: TemporaryFile, options: PutOptions): Promise<TemporaryFile | undefined> {
    const path = this.#pathOf(key);
    const { condition, signal } = options;
    if (condition === 'absent') {
      return unless(
        ['EEXIST'],
        this.#inDirectoryOf(path, () => link(file.path, path)).then(() => file),
      );
    }
    return this.#lock.hold(async () => {
      const before = await this.#stat(key);
      if (condition !== undefined && (before === undefined || versionOf(before).etag !== condition.etag))
        return undefined;
      const later = before === undefined ? file : await this.#temporary.touchAfter(file, before);
      await this.#inDirectoryOf(path, () => rename(file.path, path));
      return later;
    }, signal);
  }

  /** Makes the directory when it is missing: again, should another process prune it between the two steps. */
  async #inDirectoryOf(path: string, enter: () => Promise<void>): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      try {
        await enter();
        return;
      } catch (error) {
        if (codeOf(error) !== 'ENOENT' || tries === 50) throw error;
      }
      await unless(['ENOENT'], mkdir(dirname(path), { recursive: true }));
    }
  }

  async #remove(keys: readonly string[], { signal }: CallOptions): Promise<DeleteManyAnswer['failed']> {
    if ((await unless(['ENOENT'], stat(this.#root))) === undefined) return [];
    const failed: { key: string; reason: string }[] = [];
    const emptied = new Set<string>();
    await this.#lock.hold(async () => {
      await inParallel(16, keys, async (key) => {
        try {
          await unlink(this.#pathOf(key));
          emptied.add(dirname(this.#pathOf(key)));
        } catch (error) {
          if (codeOf(error) !== 'ENOENT')
            failed.push({ key, reason: fileError(error, 'delete', key).message });
        }
      });
    }, signal);
    await inParallel(16, [...emptied], async (path) =>
      this.#directories.sync(await this.#directories.prune(path)),
    );
    return failed;
  }

  async #page(prefix: string, options: ListOptions): Promise<Omit<ListPage, 'time'>> {
    const limit = pageLimit(options.limit);
    const end = options.continuation === undefined ? undefined : parseContinuation(options.continuation);
    const query = {
      prefix: toBytes(prefix),
      after: toBytes(end?.text ?? options.startAfter ?? ''),
      ...(end?.kind === 'prefix' && { skip: toBytes(end.text) }),
      delimiter: toBytes(options.delimiter ?? ''),
      // One more, to know whether there is more.
      limit: limit + 1,
    };
    const entries = await listDirectory(this.#root, query, this.#names);
    if (options.signal?.aborted) throw closedError('list', options.signal);
    const page = entries.slice(0, limit);
    const objects = await inParallel(16, page, async (entry): Promise<ObjectInfo | undefined> => {
      if (entry.kind === 'prefix') return undefined;
      const stats = await unless(['ENOENT'], stat(entry.path, { bigint: true }));
      return stats && { key: fromBytes(entry.key), ...versionOf(stats) };
    });
    const last = page.at(-1);
    return {
      objects: objects.filter((object) => object !== undefined),
      prefixes: page.filter((entry) => entry.kind === 'prefix').map((entry) => fromBytes(entry.key)),
      ...(last !== undefined &&
        entries.length > limit && {
          next: formatContinuation({
            kind: last.kind === 'prefix' ? 'prefix' : 'key',
            text: fromBytes(last.key),
          }),
        }),
    };
  }
}
