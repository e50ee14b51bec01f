import { type BucketcastError, isBucketcastError } from '../base/errors.ts';
import { markersPrefix, parkedKey, parseTipsKey } from '../log/keys.ts';
import { batchKeyId, decodeBatch, maxBatchBytes, type ParkedEntry } from '../log/parked-batch.ts';
import type { Fleet } from '../log/tip-mac.ts';
import { listPages } from '../store/list-all.ts';
import type { ObjectStore } from '../store/object-store.ts';

export interface Marker {
  readonly batch: string;
  readonly key: string;
  readonly lastModified: number;
}

export interface ListMarkersParts {
  readonly store: Pick<ObjectStore, 'list'>;
  readonly signal: AbortSignal;
}

export interface ReadBatchParts {
  readonly fleet: Fleet;
  readonly store: Pick<ObjectStore, 'get'>;
  readonly signal: AbortSignal;
}

/** `time`: the store's, when the last page was listed. */
export async function listMarkers({
  store,
  signal,
}: ListMarkersParts): Promise<{ readonly markers: readonly Marker[]; readonly time: number }> {
  const markers: Marker[] = [];
  let time = 0;
  for await (const page of listPages(store, markersPrefix, { signal })) {
    time = page.time;
    for (const { key, lastModified } of page.objects) {
      const entry = parseTipsKey(key);
      if (entry.type === 'marker') markers.push({ batch: entry.batch, key, lastModified });
    }
  }
  return { markers, time };
}

/** `unreadable`: corrupt, forged, or sealed with a key or in a format that this node does not have. */
export type BatchReading =
  | { readonly status: 'read'; readonly entries: readonly ParkedEntry[]; readonly keyId: string | undefined }
  | { readonly status: 'missing' }
  | { readonly status: 'unreadable'; readonly error: BucketcastError };

export async function readBatch(
  batch: string,
  { fleet, store, signal }: ReadBatchParts,
): Promise<BatchReading> {
  try {
    const answer = await store.get(parkedKey(batch), { signal, maxBytes: maxBatchBytes });
    if (answer.status !== 'found') return { status: 'missing' };
    const entries = decodeBatch(answer.body, batch, fleet);
    return { status: 'read', entries, keyId: batchKeyId(answer.body) };
  } catch (error) {
    if (!isBucketcastError(error) || !isAboutTheBatch(error)) throw error;
    return { status: 'unreadable', error };
  }
}

function isAboutTheBatch({ code, details }: BucketcastError): boolean {
  if (code === 'store-refused') return details['size'] !== undefined;
  return code === 'corrupt' || code === 'unknown-key' || code === 'newer-format';
}
