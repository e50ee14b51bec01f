import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { Emitter } from '../../src/base/emitter.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import type { NewUpdate } from '../../src/base/update.ts';
import type { Settings } from '../../src/config/settings.ts';
import type { PublishAnswer } from '../../src/sources/file-look.ts';
import { FileWatcher } from '../../src/sources/file-watcher.ts';
import type { OpenTreeEvents } from '../../src/sources/tree-events.ts';
import type { FileTable } from '../../src/state/file-table.ts';
import { openMemoryState } from '../../src/state/open-state.ts';
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

export interface RigOptions {
  readonly settings?: Partial<WatchSettings>;
  readonly clock?: Clock;
  readonly openEvents?: OpenTreeEvents;
  /** Instead of accepting everything. */
  readonly answer?: (update: NewUpdate, count: number) => Promise<PublishAnswer>;
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
    const publish = async (update: NewUpdate) => {
      const answered = answer?.(update, this.updates.length) ?? { id: 'x', hlc: '0'.repeat(16), writer: 'w' };
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

  /** Everything that was published since the last call, up to and with an update of a new file that is made now. */
  async all(): Promise<string[]> {
    this.#marks += 1;
    const url = `mark-${this.#marks}`;
    this.write(`${url}.feed`, '');
    await this.until(() => this.updates.some((update) => update.url === url));
    return this.updates
      .splice(0)
      .map(short)
      .filter((update) => !update.includes(' mark-'));
  }
  #marks = 0;

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#changed.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watcher.stop();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
