import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { isBucketcastError } from '../base/errors.ts';
import { tryClaim } from '../base/path-claims.ts';
import type { NewUpdate } from '../base/update.ts';
import type { Settings } from '../config/settings.ts';
import type { FileRecord, FileTable } from '../state/file-table.ts';
import type { DuePath, Looked } from './due-paths.ts';
import { isKnown, isSameRecord } from './file-known.ts';
import { FileNotes } from './file-notes.ts';
import { changedAt, type FileStats, fullStamp, isFresh } from './file-stamp.ts';
import { type FileContent, readUpdate } from './file-update.ts';
import { type UrlRule, urlRule } from './file-urls.ts';
import { notOpened } from './open-within.ts';
import type { RootDirectory } from './root-directory.ts';
import { sidecarEnding } from './sidecar.ts';

/** What is known of an update once it is published; without `hlc` and `writer` only that it is. */
export interface PublishAnswer {
  readonly id: string;
  readonly hlc?: string;
  readonly writer?: string;
}

export interface FileLookParts {
  readonly settings: Settings['watch'][number];
  readonly files: FileTable;
  readonly clock: Pick<Clock, 'now'>;
  /** Runs the action once so many bytes more may be in memory. */
  readonly admit: <T>(bytes: number, action: () => Promise<T>) => Promise<T>;
  readonly publish: (update: NewUpdate) => Promise<PublishAnswer>;
  readonly heard: FileLookListener;
}

export interface FileLookListener {
  readonly published: () => void;
  /** It cannot be published as it is. */
  readonly refused: (path: string, reason: string) => void;
  /** It cannot be read just now; the next scan has to come back to it. */
  readonly unread: (error: unknown) => void;
  /** Publishing, or the state, fails: nothing will go on for a while. */
  readonly failed: (error: unknown) => void;
  /** Whether what is gone may be taken for deleted. */
  readonly mayBeGone: () => Promise<boolean>;
}

interface Place {
  readonly path: string;
  readonly way: string;
  readonly root: string;
}

/** Looks at one path at a time and publishes what is new there: what `DuePaths` calls. */
export class FileLook {
  readonly #parts: FileLookParts;
  readonly #rule: UrlRule | undefined;
  readonly #notes: FileNotes;
  /** URLs with an update under way. */
  readonly #busy = new Set<string>();

  /** Throws `invalid-settings`. */
  constructor(parts: FileLookParts) {
    this.#parts = parts;
    this.#rule = urlRule(parts.settings.urlFrom);
    this.#notes = new FileNotes(parts.files);
  }

  async look(root: RootDirectory, due: DuePath): Promise<Looked> {
    const place = { root: root.path, path: join(root.path, due.path), way: due.path };
    try {
      const found = await this.#stat(place);
      if (found === 'gone') return await this.#gone(place);
      if (found === 'unknown') return 'done';
      const stamp = fullStamp(found.stats, found.beside);
      const known = this.#parts.files.find(place.path);
      if (known?.stamp === stamp && this.#isUrlKept(known, due.path)) return 'done';
      const age = this.#parts.clock.now() - changedAt(found.stats, found.beside);
      // By the clock of the file system where it agrees with ours; else by looking twice.
      if (due.seen !== stamp && age < this.#parts.settings.settleMs)
        return { again: 'settled', seen: stamp, changing: true };
      return await this.#parts.admit(Number(found.stats.size), () => this.#read(place, known));
    } catch (error) {
      if (isBucketcastError(error, 'closed')) return 'done';
      this.#parts.heard.failed(error);
      return { again: 'soon', seen: due.seen };
    }
  }

  async #stat({ path }: Place): Promise<'gone' | 'unknown' | Found> {
    try {
      const stats = await stat(path, { bigint: true });
      if (stats.isDirectory()) return 'gone';
      if (this.#rule !== undefined) return { stats, beside: undefined };
      const beside = await stat(`${path}${sidecarEnding}`, { bigint: true }).catch(() => null);
      return { stats, beside };
    } catch (error) {
      const trouble = notOpened(error);
      if (trouble.kind === 'absent') return 'gone';
      if (trouble.kind === 'refused') this.#parts.heard.refused(path, trouble.reason);
      else this.#parts.heard.unread(error);
      return 'unknown';
    }
  }

  /** A rule may have changed since it told the URL; a sidecar's changes show in the stamp. */
  #isUrlKept(known: FileRecord, way: string): boolean {
    return known.told !== true || this.#rule === undefined || this.#rule(way) === known.url;
  }

  async #read(place: Place, known: FileRecord | undefined): Promise<Looked> {
    const { maxBytes } = this.#parts.settings;
    const reading = await readUpdate(place, { rule: this.#rule, maxBytes, known });
    if (reading.kind === 'changing') return { again: 'settled', changing: true };
    if (reading.kind === 'absent') return this.#gone(place);
    if (reading.kind === 'refused') this.#parts.heard.refused(place.path, reading.reason);
    if (reading.kind === 'failed') this.#parts.heard.unread(reading.error);
    if (reading.kind !== 'content') return 'done';
    const standing = { digest: reading.digest, url: reading.update.url };
    if (!isKnown(known, standing)) {
      return this.#alone(standing.url, reading.stamp, () =>
        this.#claimed(place, known, () => this.#put(place, reading, known)),
      );
    }
    if (known?.pending === undefined) await this.#noteStamp(reading, known as FileRecord);
    return 'done';
  }

  /** So that the next scan need not read it. */
  async #noteStamp({ path, stamp, changedAt: changed }: FileContent, known: FileRecord): Promise<void> {
    if (known.stamp === stamp || isFresh(changed, this.#parts.clock.now())) return;
    await this.#notes.note({ path, before: known, after: { ...known, stamp } });
  }

  async #put(place: Place, content: FileContent, known: FileRecord | undefined): Promise<Looked> {
    const { path, update, digest, stamp, told } = content;
    const answer = await this.#publish(path, update);
    if (answer === undefined) return 'done';
    if (known !== undefined && known.digest !== null && known.url !== update.url) {
      await this.#alone(known.url, stamp, async () => {
        await this.#delete(place, known.url);
        return 'done';
      });
    }
    const { hlc = '', writer = '' } = answer;
    const isLasting = !isFresh(content.changedAt, this.#parts.clock.now());
    const after: FileRecord = {
      path,
      url: update.url,
      digest,
      pending: known?.pending,
      hlc,
      writer,
      ...(isLasting && { stamp }),
      ...(told && { told }),
    };
    return (await this.#notes.note({ path, before: known, after })) ? 'done' : { again: 'soon' };
  }

  async #gone(place: Place): Promise<Looked> {
    const { path } = place;
    const known = this.#parts.files.find(path);
    if (known === undefined || isKnown(known, undefined) || !this.#parts.settings.deletes) return 'done';
    if (!(await this.#parts.heard.mayBeGone())) return 'done';
    const remove = async (): Promise<Looked> => {
      const { hlc, writer = '' } = (await this.#delete(place, known.url)) ?? {};
      // Without a time there is nothing to compare a later update with: as good as unknown.
      const absent = { path, url: known.url, digest: null, pending: undefined, writer };
      const after = hlc === undefined ? undefined : { ...absent, hlc };
      return (await this.#notes.note({ path, before: known, after })) ? 'done' : { again: 'soon' };
    };
    return this.#alone(known.url, undefined, () => this.#claimed(place, known, remove));
  }

  /** Until it is noted what was published, a files sink does not put anything older in its place. */
  async #claimed(
    { path }: Place,
    known: FileRecord | undefined,
    action: () => Promise<Looked>,
  ): Promise<Looked> {
    const release = tryClaim(path);
    if (release === undefined) return { again: 'settled' };
    try {
      return isSameRecord(this.#parts.files.find(path), known) ? await action() : { again: 'soon' };
    } finally {
      release();
    }
  }

  /** Until it is noted, an update of a URL keeps the next one of that URL waiting: the order in which they are found holds. */
  async #alone(url: string, seen: string | undefined, action: () => Promise<Looked>): Promise<Looked> {
    if (this.#busy.has(url)) return { again: 'settled', seen };
    this.#busy.add(url);
    try {
      return await action();
    } finally {
      this.#busy.delete(url);
    }
  }

  /** Nothing where `deletes` is off, or another file has this URL: of one that was moved, say. */
  async #delete({ root, path }: Place, url: string): Promise<PublishAnswer | undefined> {
    if (!this.#parts.settings.deletes) return undefined;
    const other = this.#parts.files.findByUrl(root, url, path);
    if (other !== undefined && other.digest !== null) return undefined;
    return this.#publish(path, { url, kind: 'delete' });
  }

  /** `undefined` where the update was refused. */
  async #publish(path: string, update: NewUpdate): Promise<PublishAnswer | undefined> {
    try {
      const answer = await this.#parts.publish(update);
      this.#parts.heard.published();
      return answer;
    } catch (error) {
      if (!isBucketcastError(error, 'invalid-update')) throw error;
      this.#parts.heard.refused(path, error.message);
      return undefined;
    }
  }
}

interface Found {
  readonly stats: FileStats;
  readonly beside: FileStats | null | undefined;
}
