import type { Clock } from '../base/clock.ts';
import { Fifo } from '../base/fifo.ts';

export interface KeyedWorkOptions<Item> {
  /** Does the work of one key; never for the same key twice at once. Resolves with the wait before the same items come again, or nothing. Never rejects. */
  readonly run: (key: string, items: readonly Item[], attempt: number) => Promise<number | undefined>;
  /** Keys worked on at once. */
  readonly atOnce: number;
  /** From the first item of a key to its run: what comes meanwhile goes along. */
  readonly delayMs: number;
  /** All items of a key in one run, or each in its own, in order. */
  readonly together: boolean;
  readonly clock: Pick<Clock, 'after'>;
}

interface Line<Item> {
  readonly key: string;
  readonly items: Fifo<Item>;
  /** Given to the run before, which wants them again. */
  again: readonly Item[];
  attempt: number;
  /** Of the timer, while the line waits for it. */
  cancel: (() => void) | undefined;
}

/**
 * Work in lines, one for each key: what has the same key is done one after the other, in the order of its coming, what has
 * another at the same time. A line that has to wait for another try takes nobody's place.
 *
 *   none ──add──► delayed ──delayMs──► ready ──a place is free──► running ──► none, ready or delayed
 */
export class KeyedWork<Item> {
  readonly #options: KeyedWorkOptions<Item>;
  readonly #lines = new Map<string, Line<Item>>();
  readonly #ready = new Fifo<Line<Item>>();
  #running = 0;
  #closed = false;

  constructor(options: KeyedWorkOptions<Item>) {
    this.#options = options;
  }

  /** Keys under way just now. */
  get running(): number {
    return this.#running;
  }

  add(key: string, item: Item): void {
    if (this.#closed) return;
    const known = this.#lines.get(key);
    if (known) {
      known.items.push(item);
      return;
    }
    const line: Line<Item> = { key, items: new Fifo(), again: [], attempt: 0, cancel: undefined };
    line.items.push(item);
    this.#lines.set(key, line);
    this.#delay(line, this.#options.delayMs);
  }

  /** What only waits for its time begins now. */
  hurry(): void {
    for (const line of this.#lines.values()) if (line.cancel !== undefined) this.#makeReady(line);
  }

  /** Nothing begins any more; what is running ends by itself. Gives back what was not done. */
  close(): Item[] {
    this.#closed = true;
    const left: Item[] = [];
    for (const line of this.#lines.values()) {
      line.cancel?.();
      left.push(...line.again);
      for (let item = line.items.shift(); item !== undefined; item = line.items.shift()) left.push(item);
    }
    this.#ready.clear();
    return left;
  }

  #delay(line: Line<Item>, ms: number): void {
    if (ms === 0) this.#makeReady(line);
    else line.cancel = this.#options.clock.after(ms, () => this.#makeReady(line));
  }

  #makeReady(line: Line<Item>): void {
    line.cancel?.();
    line.cancel = undefined;
    this.#ready.push(line);
    this.#next();
  }

  #next(): void {
    while (this.#running < this.#options.atOnce && !this.#closed) {
      const line = this.#ready.shift();
      if (line === undefined) return;
      void this.#run(line);
    }
  }

  async #run(line: Line<Item>): Promise<void> {
    this.#running += 1;
    const items = this.#taken(line);
    const againInMs = await this.#options.run(line.key, items, line.attempt);
    this.#running -= 1;
    if (this.#closed) return;
    if (againInMs !== undefined) {
      line.again = items;
      line.attempt += 1;
      this.#delay(line, againInMs);
    } else {
      line.attempt = 0;
      if (line.items.size === 0) this.#lines.delete(line.key);
      else this.#delay(line, this.#options.delayMs);
    }
    this.#next();
  }

  #taken(line: Line<Item>): Item[] {
    const items = [...line.again];
    line.again = [];
    const most = this.#options.together ? Number.POSITIVE_INFINITY : 1;
    while (items.length < most) {
      const item = line.items.shift();
      if (item === undefined) break;
      items.push(item);
    }
    return items;
  }
}
