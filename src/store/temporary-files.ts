import type { BigIntStats } from 'node:fs';
import { mkdir, open, readdir, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { type Random, randomHex } from '../base/random.ts';
import { HOUR } from '../config/units.ts';
import { unless } from './file-errors.ts';

/** Far longer than writing one object takes. A writer that was stopped for longer fails, harmlessly, and tries again. */
const ABANDONED_MS = HOUR;

export interface TemporaryFile {
  readonly path: string;
  readonly stats: BigIntStats;
}

/** Whole bodies on their way to their names. Those that a crash left behind are swept by whoever writes an hour later. */
export class TemporaryFiles {
  readonly #directory: string;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #random: Random;
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(directory: string, clock: Pick<Clock, 'now'>, random: Random) {
    this.#directory = directory;
    this.#clock = clock;
    this.#random = random;
  }

  /** Writes the body to disk. Its time is the clock's, with microseconds by chance that tell versions apart. */
  async write(body: Uint8Array): Promise<TemporaryFile> {
    const now = this.#clock.now();
    if (now - this.#sweptAt >= ABANDONED_MS) await this.#sweep(now);
    const path = join(this.#directory, `${process.pid}-${randomHex(this.#random, 8)}`);
    const handle = await open(path, 'wx');
    try {
      await handle.writeFile(body);
      const seconds = (now + this.#random.float()) / 1000;
      await handle.utimes(seconds, seconds);
      await handle.sync();
      return { path, stats: await handle.stat({ bigint: true }) };
    } catch (error) {
      await unlink(path);
      throw error;
    } finally {
      await handle.close();
    }
  }

  /** The file made later than another; two microseconds, for a time in seconds is a double and rounds. */
  async touchAfter(file: TemporaryFile, other: BigIntStats): Promise<TemporaryFile> {
    if (file.stats.mtimeNs > other.mtimeNs) return file;
    const seconds = Number(other.mtimeNs / 1000n + 2n) / 1_000_000;
    await utimes(file.path, seconds, seconds);
    return { path: file.path, stats: await stat(file.path, { bigint: true }) };
  }

  /** Takes away what was not moved to its name. */
  async discard(file: TemporaryFile): Promise<void> {
    await unless(['ENOENT'], unlink(file.path));
  }

  async #sweep(now: number): Promise<void> {
    this.#sweptAt = now;
    await mkdir(this.#directory, { recursive: true });
    for (const name of await readdir(this.#directory)) {
      const path = join(this.#directory, name);
      const stats = await unless(['ENOENT'], stat(path));
      if (stats !== undefined && now - stats.mtimeMs >= ABANDONED_MS) await unless(['ENOENT'], unlink(path));
    }
  }
}
