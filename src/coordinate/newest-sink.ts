import type { Update } from '../base/update.ts';
import { MiB } from '../config/units.ts';
import { DeliveredUpdate } from '../log/delivered-update.ts';
import { supersedes } from '../log/newest-rule.ts';
import { type NewestRow, newestRow } from '../state/newest-row.ts';
import type { Advance } from '../state/state.ts';
import type { Alongside } from './alongside.ts';
import type { DeliveryControl } from './sink-runner.ts';

export interface NewestSinkParts {
  /** Content and data up to this size are kept. */
  readonly maxContentBytes: number;
  /** Ms since the epoch: the latest that an update can have been stored of which nobody knows when. */
  readonly storeTime: () => number;
  /** Some of it has been committed. */
  readonly committed: () => void;
}

/** What waits for the next move of the position, which comes by itself within a fraction of a second. */
const mostRows = 5000;
const mostBytes = 8 * MiB;

/**
 * The sink of the index: gathers the newest update of each URL, to be committed with the position that moves past them. A crash
 * takes both, or neither.
 */
export class NewestSink implements Alongside {
  readonly #parts: NewestSinkParts;
  readonly #rows = new Map<string, NewestRow>();
  #bytes = 0;

  constructor(parts: NewestSinkParts) {
    this.#parts = parts;
  }

  readonly deliver = (updates: readonly Update[], { ack }: Pick<DeliveryControl, 'ack'>): void => {
    for (const update of updates) {
      this.#take(update);
      if (this.#rows.size >= mostRows || this.#bytes >= mostBytes) ack(update);
    }
  };

  readonly pending = (): Pick<Advance, 'newest'> => ({ newest: [...this.#rows.values()] });

  readonly committed = (): void => {
    this.#rows.clear();
    this.#bytes = 0;
    this.#parts.committed();
  };

  #take(update: Update): void {
    const { source, start } = DeliveredUpdate.recordOf(update);
    const record = source.bytes.subarray(start, start + source.bytes.readUInt32LE(start));
    const { maxContentBytes, storeTime } = this.#parts;
    const row = newestRow(record, update, { storedAt: source.storedAt ?? storeTime(), maxContentBytes });
    const standing = this.#rows.get(row.url);
    if (standing !== undefined && !supersedes(row, standing)) return;
    this.#rows.set(row.url, row);
    // Also what it has taken the place of: both keep their segments in memory.
    this.#bytes += record.length;
  }
}
