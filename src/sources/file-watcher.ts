import { relative, resolve, sep } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { closedError } from '../base/errors.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { NewUpdate } from '../base/update.ts';
import type { Settings } from '../config/settings.ts';
import { MiB } from '../config/units.ts';
import { Admission } from '../publish/admission.ts';
import type { FileTable } from '../state/file-table.ts';
import { DuePaths } from './due-paths.ts';
import { fileFilter } from './file-filter.ts';
import { FileLook, type PublishAnswer } from './file-look.ts';
import { OnceTold } from './once-told.ts';
import type { RootDirectory } from './root-directory.ts';
import type { Source, SourceSnapshot } from './source.ts';
import { SourceTrouble } from './source-trouble.ts';
import { type OpenTreeEvents, openTreeEvents } from './tree-events.ts';
import { TreePatrol } from './tree-patrol.ts';

/** Looks under way at once, most of which publish, and bytes of files that they may hold in memory. */
const concurrency = 32;
const bytesAtOnce = 32 * MiB;
/** Paths waiting: a scan waits while there are more than the first; what events tell beyond the second a scan will find. */
const scanAhead = 1000;
const maxPaths = 20_000;
/** How long `stop()` waits for answers to what is being published. */
const drainMs = 2000;
const stillWritten =
  'is still being written to, and is published when that ends; better write to another name and rename it into place';
const firstPauseMs = 1000;
const lastPauseMs = 30_000;

export interface FileWatcherParts {
  readonly publish: (update: NewUpdate, options: { readonly signal: AbortSignal }) => Promise<PublishAnswer>;
  readonly files: FileTable;
  readonly clock: Clock;
  readonly events: Pick<NodeEmitter, 'emit'>;
  readonly openEvents?: OpenTreeEvents;
}

export interface FileWatcherSnapshot extends SourceSnapshot {
  readonly path: string;
  /** At the last scan; 0 before. */
  readonly files: number;
  /** Since the last scan; absent before. */
  readonly lastScanAgoMs?: number;
}

/**
 * Publishes the files of a directory when they change. Events say where to look, scans find what no event told of: at
 * the start, now and then, and whenever events may have been missed. What is news is decided by comparing with the
 * file table, which is written when a publish is answered: so a crash repeats updates and loses none.
 */
export class FileWatcher implements Source {
  readonly #path: string;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #events: FileWatcherParts['events'];
  readonly #patrol: TreePatrol;
  readonly #due: DuePaths;
  readonly #trouble: SourceTrouble;
  readonly #told = new OnceTold();
  readonly #admission = new Admission(bytesAtOnce);
  readonly #stopping = new AbortController();
  readonly #publishing = new AbortController();
  readonly #ready = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #failures = 0;
  #published = 0;
  #refused = 0;

  /** Throws `invalid-settings`. */
  constructor(settings: Settings['watch'][number], parts: FileWatcherParts) {
    const { clock, files, events, openEvents = openTreeEvents } = parts;
    this.#path = resolve(settings.path);
    this.#name = `watch ${settings.path}`;
    this.#clock = clock;
    this.#events = events;
    this.#trouble = new SourceTrouble(this.#name, events);
    const look = new FileLook({
      settings,
      files,
      clock,
      admit: (bytes, action) => this.#admitted(bytes, action),
      publish: (update) => parts.publish(update, { signal: this.#publishing.signal }),
      heard: {
        published: () => this.#hasPublished(),
        refused: (path, reason) => this.#refuse(path, reason),
        unread: (error) => this.#patrol.leaveUnread(error),
        failed: (error) => this.#failPublishing(error),
        mayBeGone: () => this.#patrol.mayBeGone(),
      },
    });
    this.#due = new DuePaths({
      clock,
      settleMs: settings.settleMs,
      concurrency,
      maxPaths,
      look: (due) => look.look(this.#patrol.root as RootDirectory, due),
      onOverflow: () => this.#patrol.ask(),
      onRestless: (path) => this.#refuse(resolve(this.#patrol.root?.path ?? this.#path, path), stillWritten),
    });
    this.#patrol = new TreePatrol({
      path: this.#path,
      rescanMs: settings.rescanMs,
      clock,
      files,
      filter: fileFilter(settings),
      trouble: this.#trouble,
      openEvents,
      heard: (path) => this.#due.heard(path),
      found: (path, isFirst) => this.#find(path, isFirst),
      refused: (path, reason) => this.#refuse(path, reason),
      surveyed: () => void this.#due.until(() => this.#due.firsts === 0).then(this.#ready.resolve),
      signal: this.#stopping.signal,
    });
    // Nobody has to wait for it.
    this.#ready.promise.catch(() => {});
  }

  start(): void {
    if (this.#stopped === undefined) this.#running ??= this.#patrol.run();
  }

  /** Resolves when the first scan is complete and all that it found is published; rejects with `closed` when stopped. */
  ready(): Promise<void> {
    return this.#ready.promise;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  snapshot(): FileWatcherSnapshot {
    const { files, at } = this.#patrol.scanned;
    const trouble = this.#trouble.current;
    return {
      name: this.#name,
      path: this.#path,
      files,
      pending: this.#due.size,
      published: this.#published,
      refused: this.#refused,
      ...(at !== undefined && { lastScanAgoMs: this.#clock.monotonic() - at }),
      ...(trouble !== undefined && { trouble }),
    };
  }

  async #stop(): Promise<void> {
    this.#ready.reject(closedError(this.#name));
    this.#stopping.abort();
    const cancel = this.#clock.after(drainMs, () => this.#publishing.abort());
    await Promise.all([this.#running, this.#due.stop()]);
    cancel();
  }

  async #find(path: string, isFirst: boolean): Promise<void> {
    this.#due.found(path, isFirst);
    if (this.#due.size >= scanAhead) await this.#due.until(() => this.#due.size < scanAhead);
  }

  async #admitted<T>(bytes: number, action: () => Promise<T>): Promise<T> {
    const { promise, resolve: enter } = Promise.withResolvers<void>();
    this.#admission.ask(bytes, enter);
    await promise;
    try {
      if (this.#stopping.signal.aborted) throw closedError(this.#name);
      return await action();
    } finally {
      this.#admission.leave(bytes);
    }
  }

  #hasPublished(): void {
    this.#published += 1;
    this.#failures = 0;
    this.#trouble.worksAgain('publish');
  }

  #failPublishing(error: unknown): void {
    const pauseMs = Math.min(firstPauseMs * 2 ** this.#failures, lastPauseMs);
    // All that are under way fail together.
    if (!this.#due.pause(pauseMs)) return;
    this.#failures = Math.min(this.#failures + 1, 20);
    this.#trouble.failed('publish', error, pauseMs);
  }

  #refuse(path: string, reason: string): void {
    if (!this.#told.isNew(path, reason)) return;
    this.#refused += 1;
    const what = relative(this.#patrol.root?.path ?? this.#path, path)
      .split(sep)
      .join('/');
    this.#events.emit('source-refused', { source: this.#name, what: what.slice(0, 200), reason });
  }
}
