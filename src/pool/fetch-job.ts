import type { StoreRequest } from '../../metrics/store-requests.ts';
import type { Settings } from '../config/settings.ts';
import type { FleetKeys } from '../log/fleet-keys.ts';
import type { SegmentOutcome, SegmentTask } from '../log/segment-fetcher.ts';
import type { PlainError } from './plain-error.ts';

/** What a worker thread is started with (its `workerData`). Holds secrets: never to be logged. */
export interface FetchWorkerData {
  readonly store: Settings['store'];
  readonly fleetId: string;
  readonly keys: FleetKeys;
  readonly maxSegmentBytes: number;
}

/** One try at one segment. `id` is what an abort names. */
export interface FetchJob {
  readonly id: number;
  readonly task: SegmentTask;
}

/**
 * What comes back, as data. `requests`: what was asked of the store, for the main thread to count; `lateMs`: the longest
 * that the thread's event loop was late since its last reply.
 */
export type FetchReply = { readonly requests: readonly StoreRequest[]; readonly lateMs: number } & (
  | { readonly outcome: SegmentOutcome; readonly error?: never }
  | { readonly error: PlainError; readonly outcome?: never }
);
