import type { StoreRequest } from '../../metrics/store-requests.ts';
import type { Settings } from '../config/settings.ts';
import type { FleetKeys } from '../log/fleet-keys.ts';
import type { ObjectListTask, ObjectOutcome, ObjectsPage, ObjectTask } from '../log/object-reader.ts';
import type { SegmentOutcome, SegmentTask } from '../log/segment-fetcher.ts';
import type { PlainError } from './plain-error.ts';

/** The kinds of work: each is one request to a store, with all that is done to its answer. */
export interface Jobs {
  segment: { task: SegmentTask; answer: SegmentOutcome };
  object: { task: ObjectTask; answer: ObjectOutcome };
  page: { task: ObjectListTask; answer: ObjectsPage };
}
export type JobKind = keyof Jobs;
export type Task<K extends JobKind> = Jobs[K]['task'];
export type Answer<K extends JobKind> = Jobs[K]['answer'];

/** What does jobs: in this thread or in others, once or with retries. */
export interface JobRunner {
  run<K extends JobKind>(kind: K, task: Task<K>, signal?: AbortSignal): Promise<Answer<K>>;
}

/** What a worker thread is started with (its `workerData`). Holds secrets: never to be logged. */
export interface PoolWorkerData {
  readonly store: Settings['store'];
  readonly fleetId: string;
  readonly keys: FleetKeys;
  readonly maxSegmentBytes: number;
  readonly rangeBytes: number;
  readonly objects: ObjectsPlace;
}

/** Where the objects layout lies: perhaps in another bucket than the log. */
export interface ObjectsPlace {
  readonly store: Settings['store'];
  /** `objects.prefix` and `objects.maxBytes` */
  readonly prefix: string;
  readonly maxBytes: number;
}

/** One try, as it is sent to a thread. `id` is what an abort names. */
export interface Job<K extends JobKind = JobKind> {
  readonly id: number;
  readonly kind: K;
  readonly task: Task<K>;
}

/**
 * What comes back, as data. `requests`: what was asked of the store, for the main thread to count; `lateMs`: the longest
 * that the thread's event loop was late since its last reply.
 */
export type JobReply<K extends JobKind> = {
  readonly requests: readonly StoreRequest[];
  readonly lateMs: number;
} & (
  | { readonly answer: Answer<K>; readonly error?: never }
  | { readonly error: PlainError; readonly answer?: never }
);
