import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { Update } from '../../src/base/update.ts';
import type { SinkOf } from '../../src/config/sink-settings.ts';
import { DAY } from '../../src/config/units.ts';
import { FilesSink } from '../../src/sinks/files-sink.ts';
import type { KnownFile, KnownFiles } from '../../src/sinks/known-files.ts';
import { SqliteFileTable } from '../../src/state/file-table.ts';
import { migrate } from '../../src/state/schema.ts';
import { StateDatabase } from '../../src/state/state-database.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { sinkControl } from './sink-updates.ts';

/** A directory, and sinks that write to it one after the other, with what the state remembers between them. */
export class FilesRig {
  readonly path = realpathSync(temporaryDirectory());
  readonly table: KnownFiles;
  readonly settings: SinkOf<'files'>;
  /** What happens at a `put` of records: by default it is done. A process may die before, or after. */
  onPut: (put: () => void, files: readonly KnownFile[]) => void = (put) => put();
  /** When a content is about to be written, before anything is recorded of it. */
  onStage: () => void = () => {};
  #sink: FilesSink | undefined;

  constructor(settings: Partial<SinkOf<'files'>> = {}) {
    const database = new StateDatabase(':memory:');
    migrate(database);
    this.table = new SqliteFileTable(database);
    this.settings = { type: 'files', path: this.path, suffix: '.feed', sidecar: false, ...settings };
  }

  async sink(): Promise<FilesSink> {
    const bytes = (length: number) => {
      this.onStage();
      return systemRandom.bytes(length);
    };
    const parts = {
      subscription: 'test',
      files: this.#watched(),
      random: { ...systemRandom, bytes },
      clock: systemClock,
      keepDeletedMs: 30 * DAY,
    };
    this.#sink ??= await FilesSink.open(this.settings, parts);
    return this.#sink;
  }

  async deliver(...updates: Update[]): Promise<void> {
    await (await this.sink()).deliver(updates, sinkControl());
  }

  #watched(): KnownFiles {
    const { table } = this;
    return {
      find: (path) => table.find(path),
      findByUrl: (directory, url) => table.findByUrl(directory, url),
      findFolded: (path) => table.findFolded(path),
      put: (files) => this.onPut(() => table.put(files), files),
      under: (directory) => table.under(directory),
      forget: (paths) => table.forget(paths),
    };
  }

  /** The next delivery is that of another process on the same state. */
  async restart(): Promise<void> {
    await this.#sink?.close();
    this.#sink = undefined;
  }

  pathOf(name: string): string {
    return join(this.path, name);
  }

  /** Contents by name. */
  files(): Record<string, string> {
    const names = readdirSync(this.path).sort();
    return Object.fromEntries(names.map((name) => [name, readFileSync(this.pathOf(name), 'utf8')]));
  }

  known(name: string): KnownFile | undefined {
    return this.table.find(this.pathOf(name));
  }
}
