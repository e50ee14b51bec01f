import { PriorityQueue, type Queue, type QueueAddOptions, type RunFunction } from 'p-queue';

/** Who goes first: the numbers that p-queue orders by. */
export const ranks = { control: 2, write: 1, read: 0 } as const;

type Rank = (typeof ranks)[keyof typeof ranks];

/** Writes in a row after which a read that waits has its turn. */
const writesForARead = 3;

/**
 * What waits for the limiter. Control goes first, then writes, then reads, each in order of arrival; but a store that
 * hardly lets anything through must not keep a host that writes a lot from ever reading: of four turns, one is a read's.
 */
export class RequestQueue implements Queue<RunFunction, QueueAddOptions> {
  readonly #lines: Readonly<Record<Rank, PriorityQueue>> = {
    [ranks.control]: new PriorityQueue(),
    [ranks.write]: new PriorityQueue(),
    [ranks.read]: new PriorityQueue(),
  };
  readonly #all = Object.values(this.#lines);
  /** Since the last read, with reads waiting. */
  #writes = 0;

  get size(): number {
    const { 2: control, 1: write, 0: read } = this.#lines;
    return control.size + write.size + read.size;
  }

  enqueue(run: RunFunction, { priority, id }: Partial<QueueAddOptions> = {}): void {
    this.#line(priority).enqueue(run, id === undefined ? {} : { id });
  }

  dequeue(): RunFunction | undefined {
    const { 2: control, 1: write, 0: read } = this.#lines;
    if (control.size > 0) return control.dequeue();
    const isReadsTurn = write.size === 0 || (read.size > 0 && this.#writes >= writesForARead);
    this.#writes = isReadsTurn || read.size === 0 ? 0 : this.#writes + 1;
    return (isReadsTurn ? read : write).dequeue();
  }

  filter({ priority }: Readonly<Partial<QueueAddOptions>>): RunFunction[] {
    return this.#line(priority).filter({ priority: 0 });
  }

  remove(id: string): void {
    for (const line of this.#all) line.remove(id);
  }

  /** Nothing here changes its rank. */
  setPriority(): never {
    throw new Error('a request keeps its rank');
  }

  #line(priority: number | undefined): PriorityQueue {
    return this.#lines[(priority ?? ranks.control) as Rank];
  }
}
