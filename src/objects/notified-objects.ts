import type { Clock } from '../base/clock.ts';
import type { Settings } from '../config/settings.ts';
import type { ObjectsPage } from '../log/object-reader.ts';
import { inParallel } from '../store/in-parallel.ts';

export interface NotifiedObjectsParts {
  /** One LIST of what begins so. */
  readonly page: (prefix: string, signal: AbortSignal) => Promise<ObjectsPage>;
  /** Takes what a page has; what is known already is left out as it is of any listing. */
  readonly hear: (page: ObjectsPage) => void;
  /** A complete listing soon, as far as hints may cause them. */
  readonly listAll: () => void;
  /** Of the last complete listing; 0 before the first. */
  readonly pages: () => number;
  readonly poll: Pick<Settings['poll'], 'hintsPerSecond'>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal: AbortSignal;
}

const atOnce = 8;

/**
 * Looks at the keys that a notification names, rather than at all: one LIST for each, since only a LIST shows what tells one
 * version from another. Where all takes no more LISTs than that, all are listed. So whatever anybody notifies of, it costs no more than
 * the complete listings that hints may cause.
 */
export class NotifiedObjects {
  readonly #parts: NotifiedObjectsParts;
  #waiting = new Set<string>();
  #isLooking = false;

  constructor(parts: NotifiedObjectsParts) {
    this.#parts = parts;
  }

  add(keys: readonly string[]): void {
    const { pages, listAll } = this.#parts;
    for (const key of keys) this.#waiting.add(key);
    if (!isWorthwhile(this.#waiting.size, pages())) {
      this.#waiting.clear();
      listAll();
    } else if (!this.#isLooking) void this.#look();
  }

  async #look(): Promise<void> {
    const { clock, poll, signal } = this.#parts;
    this.#isLooking = true;
    try {
      while (this.#waiting.size > 0) {
        const keys = [...this.#waiting];
        this.#waiting.clear();
        await inParallel(atOnce, keys, (key) => this.#lookAt(key));
        await clock.sleep(1000 / poll.hintsPerSecond, signal);
      }
    } catch {
      // What failed, or was cut short, is found by a listing, if anybody still reads.
      if (!signal.aborted) this.#parts.listAll();
    } finally {
      this.#isLooking = false;
    }
  }

  async #lookAt(key: string): Promise<void> {
    const page = await this.#parts.page(key, this.#parts.signal);
    if (this.#parts.signal.aborted) return;
    this.#parts.hear(page);
    // Gone already, or not listed yet.
    if (!page.keys.includes(key)) this.#parts.listAll();
  }
}

/** Whether so many single LISTs cost less than those of a complete listing. */
function isWorthwhile(keys: number, pages: number): boolean {
  return keys < pages;
}
