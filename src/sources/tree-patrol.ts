import type { Clock } from '../base/clock.ts';
import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import type { FileTable } from '../state/file-table.ts';
import { EventBursts } from './event-bursts.ts';
import type { FileFilter } from './file-filter.ts';
import { isOutOfWatches, noEventsError } from './no-events.ts';
import { findRoot, type RootDirectory, stands } from './root-directory.ts';
import { ScanSchedule } from './scan-schedule.ts';
import type { SourceTrouble } from './source-trouble.ts';
import type { OpenTreeEvents, TreeEvents } from './tree-events.ts';
import { scanTree } from './tree-scan.ts';

/** Without events a directory is scanned at least so often. */
const deafRescanMs = 10_000;
const firstRetryMs = 1000;
const lastRetryMs = 30_000;

export interface TreePatrolParts {
  readonly path: string;
  readonly rescanMs: number;
  readonly clock: Clock;
  readonly files: FileTable;
  readonly filter: FileFilter;
  readonly trouble: SourceTrouble;
  readonly openEvents: OpenTreeEvents;
  /** An event told of a file. */
  readonly heard: (path: string) => void;
  /** A scan found it; resolves when there is room for the next. */
  readonly found: (path: string, isFirst: boolean) => Promise<void>;
  readonly refused: (path: string, reason: string) => void;
  /** The first complete scan is over. */
  readonly surveyed: () => void;
  readonly signal: AbortSignal;
}

/** Keeps an eye on a directory: finds it, listens to its events, scans it, and goes on when it was away. */
export class TreePatrol {
  readonly #parts: TreePatrolParts;
  readonly #schedule: ScanSchedule;
  readonly #bursts: EventBursts;
  #root: RootDirectory | undefined;
  #listening: { readonly root: RootDirectory; readonly events: TreeEvents } | undefined;
  #deafSince: number | undefined;
  #isSurveyed = false;
  #failures = 0;
  #hasUnread = false;
  #files = 0;
  #scannedAt: number | undefined;

  constructor(parts: TreePatrolParts) {
    this.#parts = parts;
    this.#schedule = new ScanSchedule(parts.clock);
    this.#bursts = new EventBursts(parts.clock);
    parts.signal.addEventListener('abort', () => this.#schedule.stop(), { once: true });
  }

  /** Where paths count from; there is one before the first path is found or heard of. */
  get root(): RootDirectory | undefined {
    return this.#root;
  }

  /** At the last scan that came to its end. */
  get scanned(): { readonly files: number; readonly at: number | undefined } {
    return { files: this.#files, at: this.#scannedAt };
  }

  /** Until the signal aborts. */
  async run(): Promise<void> {
    while (!this.#parts.signal.aborted) await this.#schedule.wait(await this.#round());
    await this.#close();
  }

  /** Something may have been missed. */
  ask(): void {
    this.#schedule.ask();
  }

  /** A file could not be read; the next scan comes to it again. */
  leaveUnread(error: unknown): void {
    if (!this.#hasUnread) this.#parts.trouble.failed('files', error, this.#parts.rescanMs);
    this.#hasUnread = true;
  }

  /** Whether what is gone may be taken for deleted: not when the whole directory is. */
  async mayBeGone(): Promise<boolean> {
    if (this.#root !== undefined && (await stands(this.#parts.path, this.#root))) return true;
    this.ask();
    return false;
  }

  /** Listens and scans once; returns the time until the next round, ms. */
  async #round(): Promise<number> {
    const { path, clock, trouble, rescanMs, signal } = this.#parts;
    if (!this.#hasUnread) trouble.worksAgain('files');
    this.#hasUnread = false;
    try {
      const root = await findRoot(path);
      this.#root = root;
      await this.#listen(root);
      const scanned = await this.#scan(root);
      if (signal.aborted) return 0;
      trouble.worksAgain('directory');
      this.#files = scanned.files;
      this.#scannedAt = clock.monotonic();
      if (scanned.trouble !== undefined) return this.#failed('files', scanned.trouble);
      this.#failures = 0;
      if (!this.#isSurveyed) this.#parts.surveyed();
      this.#isSurveyed = true;
      return this.#listening === undefined ? Math.min(rescanMs, deafRescanMs) : rescanMs;
    } catch (error) {
      await this.#close();
      return this.#failed('directory', error);
    }
  }

  #scan(root: RootDirectory) {
    const { files, filter, refused, found, signal } = this.#parts;
    const isFirst = !this.#isSurveyed;
    return scanTree(root, { files, filter, refused, signal, found: (path) => found(path, isFirst) });
  }

  #failed(kind: 'directory' | 'files', cause: unknown): number {
    const { path, trouble, rescanMs } = this.#parts;
    const retryInMs = Math.min(firstRetryMs * 2 ** this.#failures, lastRetryMs, rescanMs);
    this.#failures = Math.min(this.#failures + 1, 20);
    const error = isBucketcastError(cause)
      ? cause
      : new BucketcastError('source-unavailable', `${path} cannot be read: ${(cause as Error).message}`, {
          hint: 'What cannot be read is not taken for deleted; it is read again by itself.',
          cause,
          details: { path, errno: (cause as NodeJS.ErrnoException).code },
        });
    if (kind === 'files') this.#hasUnread = true;
    trouble.failed(kind, error, retryInMs);
    return retryInMs;
  }

  async #listen(root: RootDirectory): Promise<void> {
    const { clock, filter, openEvents, rescanMs } = this.#parts;
    if (this.#listening?.root.path === root.path && this.#listening.root.identity === root.identity) return;
    await this.#close();
    if (this.#deafSince !== undefined && clock.monotonic() - this.#deafSince < rescanMs) return;
    this.#deafSince = undefined;
    const events = await openEvents(root.path, (directory) => filter.enters(directory), {
      heard: (path) => this.#hear(path),
      failed: (error) => this.#deafen(error),
    });
    this.#listening = { root, events };
    // It may have failed before it was there to be closed.
    if (this.#deafSince === undefined) this.#parts.trouble.worksAgain('events');
    else await this.#close();
  }

  #hear(path: string): void {
    if (path === '' || this.#bursts.isBurst()) this.ask();
    const concerned = this.#parts.filter.concerns(path);
    if (concerned !== undefined) this.#parts.heard(concerned);
  }

  #deafen(error: unknown): void {
    const { path, clock, trouble, rescanMs } = this.#parts;
    this.ask();
    if (!isOutOfWatches(error) || this.#deafSince !== undefined) return;
    this.#deafSince = clock.monotonic();
    trouble.failed('events', noEventsError(path, error), Math.min(rescanMs, deafRescanMs));
    void this.#close();
  }

  async #close(): Promise<void> {
    const listening = this.#listening;
    this.#listening = undefined;
    await listening?.events.close();
  }
}
