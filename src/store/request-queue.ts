import { Fifo } from '../base/fifo.ts';

/** Who goes first, by rank. */
export const ranks = { control: 2, write: 1, read: 0 } as const;

export type Rank = (typeof ranks)[keyof typeof ranks];

/** Writes in a row after which a read that waits has its turn. */
const writesForARead = 3;

/** Somebody in line; `gone` once that one has given up, and takes nobody's turn. */
export interface InLine {
  readonly gone: boolean;
}

/**
 * What waits for its turn. Control goes first, then writes, then reads, each in order of arrival; but a store that
 * hardly lets anything through must not keep a host that writes a lot from ever reading: of four turns, one is a read's.
 */
export class RequestQueue<Item extends InLine> {
  readonly #control = new Fifo<Item>();
  readonly #write = new Fifo<Item>();
  readonly #read = new Fifo<Item>();
  /** Since the last read, with reads waiting. */
  #writes = 0;

  push(item: Item, rank: Rank): void {
    if (rank === ranks.control) this.#control.push(item);
    else if (rank === ranks.write) this.#write.push(item);
    else this.#read.push(item);
  }

  shift(): Item | undefined {
    if (present(this.#control) > 0) return this.#control.shift();
    const writes = present(this.#write);
    const reads = present(this.#read);
    const isReadsTurn = writes === 0 || (reads > 0 && this.#writes >= writesForARead);
    this.#writes = isReadsTurn || reads === 0 ? 0 : this.#writes + 1;
    return (isReadsTurn ? this.#read : this.#write).shift();
  }
}

/** Not 0 if the first in line is there. */
function present(line: Fifo<InLine>): number {
  while (line.peek()?.gone === true) line.shift();
  return line.size;
}
