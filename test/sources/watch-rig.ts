import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { Emitter } from '../../src/base/emitter.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import type { NewUpdate } from '../../src/base/update.ts';
import type { Settings } from '../../src/config/settings.ts';
import type { PublishAnswer } from '../../src/sources/file-look.ts';
import { FileWatcher } from '../../src/sources/file-watcher.ts';
import type { OpenTreeEvents, TreeListener } from '../../src/sources/tree-events.ts';
import type { FileTable } from '../../src/state/file-table.ts';
import { openMemoryState } from '../../src/state/open-state.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

export type WatchSettings = Settings['watch'][number];

const usual: WatchSettings = {
  path: '',
  include: ['**/*.feed'],
  exclude: [],
  urlFrom: 'name',
  deletes: true,
  settleMs: 20,
  rescanMs: 3_600_000,
  maxBytes: 10_000,
};

/** Events that a test makes itself. */
export class FakeTree {
  opened = 0;
  closed = 0;
  #listener: TreeListener | undefined;

  readonly open: OpenTreeEvents = async (_root, _enters, listener) => {
    this.opened += 1;
    this.#listener = listener;
    return {
      close: async () => {
        this.closed += 1;
        this.#listener = undefined;
      },
    };
  };

  heard(path: string): void {
    this.#listener?.heard(path);
  }

  failed(code: string): void {
    this.#listener?.failed(Object.assign(new Error(code), { code }));
  }
}

export interface RigOptions {
  readonly settings?: Partial<WatchSettings>;
  readonly clock?: Clock;
  readonly openEvents?: OpenTreeEvents;
  /** Instead of accepting everything. */
  readonly answer?: (
    update: NewUpdate,
    count: number,
    options: { signal: AbortSignal },
  ) => Promise<PublishAnswer>;
  readonly root?: string;
  readonly files?: FileTable;
}

/** What was published, in short: `put https://… text` or `delete https://…`. */
export function short({ kind = 'put', url, content }: NewUpdate): string {
  if (kind === 'delete') return `delete ${url}`;
  return `put ${url} ${typeof content === 'string' ? content : Buffer.from(content as Uint8Array).toString('hex')}`;
}

/** A directory, its watcher, and everything that came of it. Waits are for what happens, never for time. */
export class WatchRig {
  readonly root: string;
  readonly files: FileTable;
  readonly updates: NewUpdate[] = [];
  readonly told: (
    | NodeEvents['source-failed']
    | NodeEvents['source-refused']
    | NodeEvents['source-recovered']
  )[] = [];
  readonly watcher: FileWatcher;
  #marks = 0;
  #changed = Promise.withResolvers<void>();

  constructor({ settings, clock = systemClock, openEvents, answer, root, files }: RigOptions = {}) {
    this.root = root ?? realpathSync(temporaryDirectory());
    this.files = files ?? openMemoryState({ clock, random: new SeededRandom(1) }).files;
    const events = new Emitter<NodeEvents>();
    for (const name of ['source-failed', 'source-recovered', 'source-refused'] as const) {
      events.on(name, (event) => {
        this.told.push(event);
        this.#change();
      });
    }
    const publish = async (update: NewUpdate, options: { signal: AbortSignal }) => {
      const answered = answer?.(update, this.updates.length, options) ?? {
        id: 'x',
        hlc: '0'.repeat(16),
        writer: 'w',
      };
      const result = await answered;
      this.updates.push(update);
      this.#change();
      return result;
    };
    this.watcher = new FileWatcher(
      { ...usual, path: this.root, ...settings },
      { publish, files: this.files, clock, events, ...(openEvents && { openEvents }) },
    );
  }

  async start(): Promise<this> {
    this.watcher.start();
    await this.watcher.ready();
    return this;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  write(name: string, text: string | Uint8Array): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** As careful programs do. */
  replace(name: string, text: string): void {
    writeFileSync(this.path(`${name}.new`), text);
    renameSync(this.path(`${name}.new`), this.path(name));
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true });
  }

  /** What was published since the last call, once it is so much. */
  async next(count = 1): Promise<string[]> {
    await this.until(() => this.updates.length >= count);
    return this.updates.splice(0).map(short);
  }

  /**
   * Everything that was published since the last call, once it is `count` updates and those of a new file besides: what
   * had been heard of before that is over.
   */
  async all(count = 0): Promise<string[]> {
    this.#marks += 1;
    const url = `mark-${this.#marks}`;
    this.write(`${url}.feed`, '');
    const isMark = (update: NewUpdate) => update.url.startsWith('mark-');
    await this.until(
      () =>
        this.updates.some((update) => update.url === url) &&
        this.updates.filter((update) => !isMark(update)).length >= count,
    );
    return this.updates
      .splice(0)
      .filter((update) => !isMark(update))
      .map(short);
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#changed.promise;
  }

  /** `start()` over a fake clock. */
  async startOn(clock: FakeClock): Promise<this> {
    let isReady = false;
    this.watcher.start();
    void this.watcher.ready().then(() => {
      isReady = true;
    });
    await this.drive(clock, () => isReady);
    return this;
  }

  /** One more scan of its own, after `rescanMs`. */
  async rescan(clock: FakeClock, rescanMs: number): Promise<void> {
    const age = () => this.watcher.snapshot().lastScanAgoMs as number;
    await clock.advance(Math.max(0, rescanMs - age() - 100));
    await this.drive(clock, () => age() >= rescanMs - 100);
    await this.drive(clock, () => age() < rescanMs - 100 && this.watcher.snapshot().pending === 0);
  }

  /** `until()` over a fake clock, whose time goes on in small steps while the file system works. */
  async drive(clock: FakeClock, holds: () => boolean): Promise<void> {
    while (!holds()) {
      await clock.advance(20);
      // As slow as the file system is just now, or a busy one would let minutes of the fake clock pass for one read.
      await stat(import.meta.filename);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Lets so much of a fake clock's time pass, in small steps while the file system works. */
  pass(clock: FakeClock, ms: number): Promise<void> {
    const end = clock.monotonic() + ms;
    return this.drive(clock, () => clock.monotonic() >= end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watcher.stop();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
