import type { ObjectReader } from '../log/object-reader.ts';
import type { SegmentFetcher } from '../log/segment-fetcher.ts';
import type { Answer, JobKind, JobRunner, Task } from './job.ts';

export interface DirectRunnerParts {
  /** Both are asked with the first job for them, and with every one after: many nodes never read objects. */
  readonly segments: () => Promise<SegmentFetcher>;
  readonly objects: () => Promise<ObjectReader>;
}

type Run<K extends JobKind> = (task: Task<K>, signal?: AbortSignal) => Promise<Answer<K>>;

/** One try at a job in the calling thread, without admission: what a worker thread does, and a node without threads. */
export class DirectRunner implements JobRunner {
  readonly #runs: { readonly [K in JobKind]: Run<K> };

  constructor({ segments, objects }: DirectRunnerParts) {
    this.#runs = {
      segment: async (task, signal) => (await segments()).fetch(task, signal),
      object: async (task, signal) => (await objects()).fetch(task, { signal }),
      page: async (task, signal) => (await objects()).list(task, { signal }),
    };
  }

  run<K extends JobKind>(kind: K, task: Task<K>, signal?: AbortSignal): Promise<Answer<K>> {
    return this.#runs[kind](task, signal);
  }
}
