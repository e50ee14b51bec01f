import type { Clock } from '../base/clock.ts';
import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Update } from '../base/update.ts';
import type { SinkOf } from '../config/sink-settings.ts';
import { DAY } from '../config/units.ts';
import { forgetDeleted, stampTime } from './deleted-files.ts';
import { FileBatch } from './file-batch.ts';
import { FilesDirectory } from './files-directory.ts';
import { filesTrouble } from './files-trouble.ts';
import type { KnownFiles } from './known-files.ts';
import type { Sink, SinkControl } from './sink.ts';

export interface FilesSinkParts {
  readonly subscription: string;
  readonly files: KnownFiles;
  readonly random: Random;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /**
   * How long the stamp of a deleted file is remembered, so that no older update brings it back, milliseconds: longer than
   * updates stay in the bucket.
   */
  readonly keepDeletedMs: number;
}

/** Directories that a sink of this process writes to: two would take each other's half-done work for their own. */
const taken = new Set<string>();

/**
 * Keeps the newest content of each URL in a file of a directory; see `FileBatch` for the order of things. Newest is by
 * (hlc, writer), whatever the order of arrival. A `delete` takes the file away and its stamp is remembered.
 */
export class FilesSink implements Sink {
  readonly #settings: SinkOf<'files'>;
  readonly #parts: FilesSinkParts;
  #directory: Promise<FilesDirectory> | undefined;
  #takenPath: string | undefined;
  #newest = 0;
  #sweptAt = Number.NEGATIVE_INFINITY;

  /** Throws `invalid-settings` for names that could not be told apart. */
  constructor(settings: SinkOf<'files'>, parts: FilesSinkParts) {
    checkEndings(settings, parts.subscription);
    this.#settings = settings;
    this.#parts = parts;
  }

  /**
   * With the directory made and checked. Throws `invalid-settings` where only an operator can help; a disk that is full or away
   * may be otherwise later, and is trouble of the first delivery.
   */
  static async open(settings: SinkOf<'files'>, parts: FilesSinkParts): Promise<FilesSink> {
    const sink = new FilesSink(settings, parts);
    try {
      await sink.#open();
    } catch (error) {
      if (!isBucketcastError(error, 'sink-unavailable')) throw error;
    }
    return sink;
  }

  async deliver(updates: readonly Update[], { signal }: SinkControl): Promise<void> {
    const directory = await this.#open();
    try {
      await directory.check();
      await new FileBatch({ ...this.#settings, directory, files: this.#parts.files }).write(updates, signal);
    } catch (error) {
      throw isSystemError(error) ? filesTrouble(error, directory.path) : error;
    }
    await this.#forgetDeleted(directory, updates);
  }

  async close(): Promise<void> {
    if (this.#takenPath !== undefined) taken.delete(this.#takenPath);
    this.#takenPath = undefined;
  }

  #open(): Promise<FilesDirectory> {
    this.#directory ??= this.#take().catch((error: unknown) => {
      this.#directory = undefined;
      throw error;
    });
    return this.#directory;
  }

  async #take(): Promise<FilesDirectory> {
    const directory = await FilesDirectory.open(this.#settings.path, this.#parts);
    if (taken.has(directory.path)) {
      throw new BucketcastError(
        'invalid-settings',
        `subscriptions.${this.#parts.subscription}.sink.path: ${directory.path} is the directory of another subscription already`,
        { hint: 'Give each subscription with a `files` sink a directory of its own.' },
      );
    }
    taken.add(directory.path);
    this.#takenPath = directory.path;
    return directory;
  }

  /** Once a day of stamps, not of a clock: a subscription that catches up meets old updates late. */
  async #forgetDeleted({ path }: FilesDirectory, updates: readonly Update[]): Promise<void> {
    const { clock, files, keepDeletedMs } = this.#parts;
    // No stamp counts for more than our own clock: one from the future must not make everything old.
    for (const { hlc } of updates) {
      this.#newest = Math.max(this.#newest, Math.min(stampTime(hlc), clock.now()));
    }
    if (this.#newest - this.#sweptAt < DAY) return;
    this.#sweptAt = this.#newest;
    await forgetDeleted(files, path, this.#newest - keepDeletedMs, () => clock.sleep(0));
  }
}

/** A sidecar's name is that of its file and `.json`, and must not be another URL's file. */
function checkEndings({ suffix, sidecar }: SinkOf<'files'>, subscription: string): void {
  if (!sidecar || (suffix !== '' && !suffix.toLowerCase().endsWith('.json'))) return;
  throw new BucketcastError(
    'invalid-settings',
    `subscriptions.${subscription}.sink.suffix: ${JSON.stringify(suffix)} does not tell files from their sidecars, which end in ".json"`,
    { hint: 'With `sidecar: true` choose another suffix, such as ".feed".' },
  );
}

function isSystemError(error: unknown): boolean {
  return !isBucketcastError(error) && error instanceof Error && 'code' in error;
}
