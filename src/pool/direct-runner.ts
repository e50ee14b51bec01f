import type { SegmentFetcher } from '../log/segment-fetcher.ts';
import type { Answer, JobKind, JobRunner, Task } from './job.ts';

export interface DirectRunnerParts {
  readonly segments: SegmentFetcher;
}

type Run<K extends JobKind> = (task: Task<K>, signal?: AbortSignal) => Promise<Answer<K>>;

/** One try at a job in the calling thread, without admission: what a worker thread does, and a node without threads. */
export class DirectRunner implements JobRunner {
  readonly #runs: { readonly [K in JobKind]: Run<K> };

  constructor({ segments }: DirectRunnerParts) {
    this.#runs = {
      segment: (task, signal) => segments.fetch(task, signal),
    };
  }

  run<K extends JobKind>(kind: K, task: Task<K>, signal?: AbortSignal): Promise<Answer<K>> {
    return this.#runs[kind](task, signal);
  }
}
