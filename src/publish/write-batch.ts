import { type Random, randomHex } from '../base/random.ts';
import { markerKey, parkedKey } from '../log/keys.ts';
import { encodeBatch, type ParkedEntry } from '../log/parked-batch.ts';
import type { Fleet } from '../log/tip-mac.ts';
import type { ObjectStore } from '../store/object-store.ts';

export interface WriteBatchParts {
  readonly fleet: Fleet;
  readonly store: Pick<ObjectStore, 'put'>;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/**
 * Puts a batch, then its marker; returns its id once both are acknowledged. Ids are random and never used again, so
 * no late write or delete can hit another batch. A batch only ever adds knowledge: writing it twice is harmless.
 */
export async function writeBatch(entries: readonly ParkedEntry[], parts: WriteBatchParts): Promise<string> {
  const { fleet, store, random, signal } = parts;
  const batch = randomHex(random, 16);
  await store.put(parkedKey(batch), encodeBatch(entries, batch, fleet), { signal });
  await store.put(markerKey(batch), new Uint8Array(), { signal });
  return batch;
}
