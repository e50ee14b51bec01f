import { closedError, PoisonError } from '../base/errors.ts';
import { claimAll } from '../base/path-claims.ts';
import type { Update } from '../base/update.ts';
import { MiB } from '../config/units.ts';
import { isNewer } from '../log/newest-rule.ts';
import { inParallel } from '../store/in-parallel.ts';
import { contentDigest, fileContent, sidecarContent, sidecarPath } from './file-content.ts';
import { type FilePlace, FilePlaces } from './file-place.ts';
import type { FilesDirectory } from './files-directory.ts';
import { filesTrouble, lastingFault } from './files-trouble.ts';
import type { KnownFile, KnownFiles } from './known-files.ts';
import { newestByUrl } from './newest-updates.ts';

export interface FileBatchParts {
  readonly directory: FilesDirectory;
  readonly files: KnownFiles;
  readonly suffix: string;
  readonly sidecar: boolean;
}

/** What is held in memory, and on the disk beside the files, at once. */
const groupFiles = 64;
const groupBytes = 16 * MiB;
const width = 8;

interface Change {
  readonly update: Update;
  readonly place: FilePlace;
  /** Null: the file goes. */
  readonly content: Uint8Array | null;
  readonly digest: string | null;
}

interface Staged extends Change {
  /** What stands there at this moment, as far as is known. */
  readonly standing: string | null;
  /** Nothing to do but to remember the stamp. */
  readonly same: boolean;
  readonly files: { path: string; readonly name: string }[];
}

/**
 * One batch on its way into files. For each group of them:
 *
 *   content to the disk, under hidden names → `pending` recorded → renamed into place
 *
 * and then, for the whole batch, names to the disk → `digest` and stamp recorded. So at every moment what stands in a file is
 * `digest` or `pending` of its record, and a stamp is recorded only of what survives a power failure: whatever a crash
 * leaves undone is done again when the batch comes again.
 */
export class FileBatch {
  readonly #parts: FileBatchParts;
  readonly #places: FilePlaces;
  readonly #done: KnownFile[] = [];
  #fault: PoisonError | undefined;

  constructor(parts: FileBatchParts) {
    this.#parts = parts;
    this.#places = new FilePlaces({ ...parts, directory: parts.directory.path });
  }

  /** Throws a `PoisonError` for the first update that can never be written, after all others are. */
  async write(updates: readonly Update[], signal: AbortSignal): Promise<void> {
    const { directory, files } = this.#parts;
    for (const group of this.#groups(newestByUrl(updates))) {
      if (signal.aborted) throw closedError('the delivery', signal);
      await this.#writeGroup(group, signal);
    }
    if (this.#done.length > 0) {
      await directory.sync();
      files.put(this.#done.map((done) => this.#orNewer(done)));
    }
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** Contents are made as they are needed, so that one group is in memory and not the batch. */
  *#groups(updates: readonly Update[]): Generator<Change[]> {
    let group: Change[] = [];
    let bytes = 0;
    for (const update of updates) {
      const place = this.#places.of(update.url);
      if (place.known !== undefined && !isNewer(update, place.known)) continue;
      const content = update.kind === 'delete' ? null : this.#content(update, place);
      if (content === undefined) continue;
      group.push({ update, place, content, digest: content && contentDigest(content) });
      bytes += content?.byteLength ?? 0;
      if (group.length < groupFiles && bytes < groupBytes) continue;
      yield group;
      group = [];
      bytes = 0;
    }
    if (group.length > 0) yield group;
  }

  #content(update: Update, { path }: FilePlace): Uint8Array | undefined {
    const { content } = update;
    if (typeof content !== 'string' || content.isWellFormed()) return fileContent(content);
    this.#blame(update, path, 'its text has half of a surrogate pair, which UTF-8 cannot hold');
    return undefined;
  }

  async #writeGroup(changes: readonly Change[], signal: AbortSignal): Promise<void> {
    const { files, directory } = this.#parts;
    const staged = await settled(changes, (change) => this.#stage(change));
    let release = () => {};
    try {
      throwFirst(staged.errors);
      release = await claimAll(
        changes.map(({ place }) => place.path),
        signal,
      );
      const moving = staged.answers.flatMap((change) =>
        change === undefined ? [] : [this.#current(change)],
      );
      const pending = moving.filter(({ same }) => !same);
      if (pending.length > 0) files.put(pending.map(pendingRecord));
      const placed = await settled(moving, (change) => this.#place(change));
      throwFirst(placed.errors);
    } finally {
      release();
      const left = staged.answers.flatMap((change) => change?.files.map(({ name }) => name) ?? []);
      await settled(left, (name) => directory.discard(name));
    }
  }

  async #stage(change: Change): Promise<Staged | undefined> {
    const { directory, sidecar } = this.#parts;
    const { content, place, update } = change;
    const files: Staged['files'] = [];
    try {
      const same = content !== null && (await directory.holds(place.path, content));
      if (content !== null && sidecar) {
        const name = await directory.stage(sidecarContent(update));
        files.push({ name, path: sidecarPath(place.path) });
      }
      if (content !== null && !same) files.push({ name: await directory.stage(content), path: place.path });
      return { ...change, same, files, standing: same ? change.digest : await this.#standing(place) };
    } catch (error) {
      await settled(files, ({ name }) => directory.discard(name));
      return this.#judge(error, 'write', change);
    }
  }

  /** A crash may have come before or after the rename. */
  async #standing({ path, known }: FilePlace): Promise<string | null> {
    if (known?.pending === undefined) return known?.digest ?? null;
    return (await this.#parts.directory.digest(path)) === known.pending ? known.pending : known.digest;
  }

  /** While contents were written, a watcher may have noted something else that stands there. */
  #current(change: Staged): Staged {
    const { place, update, same } = change;
    const known = this.#parts.files.find(place.path);
    if (known !== undefined && known.url !== update.url) {
      throw filesTrouble(new Error('another URL has taken its name meanwhile'), place.path);
    }
    const standing = same || known?.pending !== undefined ? change.standing : (known?.digest ?? null);
    return { ...change, place: { ...place, known }, standing };
  }

  /** The record to keep: what a watcher has noted meanwhile stays where it is newer. */
  #orNewer(done: KnownFile): KnownFile {
    const known = this.#parts.files.find(done.path);
    return known !== undefined && isNewer(known, done) ? { ...known, pending: undefined } : done;
  }

  async #place(change: Staged): Promise<void> {
    const { directory, sidecar, files: known } = this.#parts;
    const { update, place, content, digest, files } = change;
    const { hlc, writer, url } = update;
    const done = { path: place.path, url, digest, pending: undefined, hlc, writer };
    const kept = this.#orNewer(done);
    if (kept !== done) {
      known.put([kept]);
      return;
    }
    try {
      // The sidecar goes first, so that whoever sees a new file finds what it is about.
      for (const file of files.slice()) {
        await directory.place(file.name, file.path);
        files.shift();
      }
      if (content === null) await directory.remove(place.path);
      if (content === null && sidecar) await directory.remove(sidecarPath(place.path));
    } catch (error) {
      this.#judge(error, 'place', change);
      if (place.known !== undefined) known.put([place.known]);
      else known.forget([place.path]);
      return;
    }
    this.#done.push(done);
  }

  #judge(error: unknown, step: 'write' | 'place', { update, place }: Change): undefined {
    const fault = lastingFault(error, step);
    if (fault === undefined) throw filesTrouble(error, this.#parts.directory.path);
    // Where a rename was to lead: that may be the sidecar.
    const { dest = place.path } = error as { readonly dest?: string };
    this.#blame(update, dest, fault, error);
    return undefined;
  }

  #blame(update: Update, path: string, fault: string, cause?: unknown): void {
    const message = `cannot be kept in ${path}: ${fault}`;
    this.#fault ??= new PoisonError(message, { update, cause });
  }
}

function pendingRecord({ place, update, digest, standing }: Staged): KnownFile {
  const { hlc, writer } = place.known ?? { hlc: '', writer: '' };
  return { path: place.path, url: update.url, digest: standing, pending: digest, hlc, writer };
}

/** Like `inParallel`, but nothing is under way any more when it resolves, also after a failure. */
async function settled<Item, Answer>(
  items: readonly Item[],
  run: (item: Item) => Promise<Answer>,
): Promise<{ readonly answers: (Answer | undefined)[]; readonly errors: unknown[] }> {
  const errors: unknown[] = [];
  const answers = await inParallel(width, items, async (item) => {
    if (errors.length > 0) return undefined;
    try {
      return await run(item);
    } catch (error) {
      errors.push(error);
      return undefined;
    }
  });
  return { answers, errors };
}

function throwFirst(errors: readonly unknown[]): void {
  if (errors.length > 0) throw errors[0];
}
