import type { ParkedEntry } from '../log/parked-batch.ts';
import { type BatchReading, listMarkers, type ReadBatchParts, readBatch } from '../publish/parked-batches.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { KnownBatch } from './merge-plan.ts';

export interface ParkedViewParts extends ReadBatchParts {
  readonly store: ReadBatchParts['store'] & Pick<ObjectStore, 'list' | 'head' | 'delete'>;
  /** Leave even stray markers where they are. Default `false`. */
  readonly readOnly?: boolean;
  readonly onUnreadable: (batch: string, error: unknown) => void;
}

type ReadBatch = Exclude<BatchReading, { readonly status: 'missing' }>;

/** What the bucket's parked batches say. A batch never changes, so each is fetched once. */
export class ParkedView {
  readonly #parts: ParkedViewParts;
  #read = new Map<string, ReadBatch>();

  constructor(parts: ParkedViewParts) {
    this.#parts = parts;
  }

  /** `time`: the store's. A batch that cannot be read is left alone: it is neither merged nor deleted. */
  async refresh(): Promise<{ readonly batches: readonly KnownBatch[]; readonly time: number }> {
    const { store, signal, readOnly, onUnreadable } = this.#parts;
    const { markers, time } = await listMarkers(this.#parts);
    const read = new Map<string, ReadBatch>();
    const batches: KnownBatch[] = [];
    for (const { batch, key, lastModified } of markers) {
      const known = this.#read.get(batch);
      const reading = known ?? (await readBatch(batch, this.#parts));
      if (reading.status === 'missing') {
        // A batch stands before its marker does: this one was merged, and its marker brought back by a late PUT.
        if (!readOnly) await store.delete(key, { signal });
        continue;
      }
      read.set(batch, reading);
      if (reading.status === 'read') {
        batches.push({ batch, ageMs: Math.max(0, time - lastModified), entries: reading.entries });
      } else if (known === undefined) {
        onUnreadable(batch, reading.error);
      }
    }
    this.#read = read;
    return { batches, time };
  }
}

/** Entries of batches whose markers have stood for at least so long. */
export function entriesFrom(batches: readonly KnownBatch[], minAgeMs: number): ParkedEntry[] {
  return batches.filter(({ ageMs }) => ageMs >= minAgeMs).flatMap(({ entries }) => entries);
}
